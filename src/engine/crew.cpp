#include "weightsieve/engine/crew.hpp"

#include <algorithm>
#include <span>
#include <vector>

#include "weightsieve/engine/executor.hpp"
#include "weightsieve/engine/share.hpp"
#include "weightsieve/engine/team_step.hpp"

namespace weightsieve {
namespace {

/// So many units a rank are cut that shares are equal to a few per cent.
constexpr unsigned kThreadsPlannedPerRank = 8;

/// What waits to be merged: of one rank, and of all where every rank gets all of it.
constexpr std::uint64_t kHeldBytes = std::uint64_t{16} << 20;
constexpr std::uint64_t kHeldEverywhere = std::uint64_t{256} << 20;

/// Some units of a job as a job of its own, each merged by `take`.
class StretchOfJob : public Job {
 public:
  using Take = std::function<void(std::size_t unit, std::unique_ptr<UnitResult> result)>;

  StretchOfJob(Job& job, const UnitRange& range, Take take)
      : job_(job), range_(range), take_(std::move(take)) {}

  std::size_t units() const override { return range_.end - range_.first; }
  std::unique_ptr<JobWorker> make_worker() override {
    return std::make_unique<Worker>(job_.make_worker(), range_.first);
  }
  void merge(std::size_t unit, std::unique_ptr<UnitResult> result) override {
    take_(range_.first + unit, std::move(result));
  }

 private:
  class Worker : public JobWorker {
   public:
    Worker(std::unique_ptr<JobWorker> worker, std::size_t first)
        : worker_(std::move(worker)), first_(first) {}
    std::unique_ptr<UnitResult> run(std::size_t unit) override { return worker_->run(first_ + unit); }

   private:
    std::unique_ptr<JobWorker> worker_;
    std::size_t first_;
  };

  Job& job_;
  UnitRange range_;
  Take take_;
};

/// Results one after another as bytes, joined where the job can.
class ResultWriter {
 public:
  explicit ResultWriter(const SharedJob& job) : job_(job) {}

  void add(std::size_t unit, std::unique_ptr<UnitResult> result) {
    if (last_ && job_.join(unit_, *last_, unit, *result)) return;
    flush();
    unit_ = unit;
    last_ = std::move(result);
  }

  std::vector<std::byte> take() {
    flush();
    return out_.take();
  }

 private:
  void flush() {
    if (!last_) return;
    out_.count(unit_);
    job_.write(*last_, out_);
    last_.reset();
  }

  const SharedJob& job_;
  WireWriter out_;
  std::size_t unit_ = 0;
  std::unique_ptr<UnitResult> last_;
};

void read_results(const SharedJob& job, Bytes bytes, const StretchOfJob::Take& take) {
  for (WireReader in(bytes); !in.is_at_end();) {
    const auto unit = static_cast<std::size_t>(in.count(job.units() - 1));
    take(unit, job.read(unit, in));
  }
}

/// One job done by a team, round after round.
class TeamRun {
 public:
  TeamRun(SharedJob& job, const Crew& crew, std::size_t ahead, ProgressMeter& progress)
      : job_(job), crew_(crew), team_(*crew.team), ahead_(ahead), progress_(progress) {
    for (std::size_t unit = 0; unit < job.units(); ++unit)
      costs_.push_back(job.cost(unit));
  }

  void run() {
    for (std::size_t first = 0; first < job_.units();) {
      const std::size_t end = end_of_round(first);
      run_round(first, end);
      first = end;
    }
  }

 private:
  std::size_t end_of_round(std::size_t first) const {
    const std::uint64_t all = kHeldBytes * team_.size();
    std::uint64_t left = job_.is_merged_everywhere() ? std::min(all, kHeldEverywhere) : all;
    for (; first < job_.units(); ++first) {
      const std::uint64_t bytes = std::max<std::uint64_t>(job_.result_bytes(first), 1);
      if (bytes > left) break;
      left -= bytes;
    }
    return first;
  }

  void run_round(std::size_t first, std::size_t end) {
    end = std::max(end, first + 1);
    const auto costs = std::span(costs_).subspan(first, end - first);
    UnitRange mine = share_units(costs, team_.size())[team_.rank()];
    mine = {mine.first + first, mine.end + first};
    const auto merge = [this](std::size_t unit, std::unique_ptr<UnitResult> result) {
      job_.merge(unit, std::move(result));
    };
    ResultWriter all(job_);
    const auto pass_on = [&all](std::size_t unit, std::unique_ptr<UnitResult> result) {
      all.add(unit, std::move(result));
    };
    const StretchOfJob::Take take =
        job_.is_merged_everywhere() ? StretchOfJob::Take(pass_on) : StretchOfJob::Take(merge);
    run_step(
        team_, [&] { return results_of(mine); },
        [&](unsigned, Bytes bytes) { read_results(job_, bytes, take); });
    if (job_.is_merged_everywhere()) read_results(job_, team_.broadcast(all.take()), merge);
  }

  /// Rank 0 shows its own progress as that of all.
  std::vector<std::byte> results_of(const UnitRange& mine) {
    ResultWriter out(job_);
    StretchOfJob stretch(job_, mine, [&](std::size_t unit, std::unique_ptr<UnitResult> result) {
      out.add(unit, std::move(result));
      progress_.add(job_.work(unit) * team_.size());
    });
    ThreadExecutor(crew_.threads, ahead_, crew_.cancel, [this] { stop_if_called_off(team_); }).run(stretch);
    return out.take();
  }

  SharedJob& job_;
  const Crew& crew_;
  Team& team_;
  std::size_t ahead_;
  ProgressMeter& progress_;
  std::vector<std::uint64_t> costs_;
};

}  // namespace

unsigned Crew::planned_threads() const noexcept {
  return team == nullptr ? threads : kThreadsPlannedPerRank * team->size();
}

void run_job(SharedJob& job, const Crew& crew, std::size_t ahead, ProgressMeter& progress) {
  if (crew.team != nullptr) return TeamRun(job, crew, ahead, progress).run();
  StretchOfJob whole(job, {0, job.units()}, [&](std::size_t unit, std::unique_ptr<UnitResult> result) {
    job.merge(unit, std::move(result));
    progress.add(job.work(unit));
  });
  ThreadExecutor(crew.threads, ahead, crew.cancel).run(whole);
}

void together(Team* team, const std::function<void()>& work) {
  if (team == nullptr) return work();
  run_step(
      *team,
      [&] {
        work();
        return std::vector<std::byte>();
      },
      [](unsigned, Bytes) {});
}

std::vector<std::byte> on_first(Team* team, const std::function<std::vector<std::byte>()>& work) {
  return team == nullptr ? work() : run_on_first(*team, work);
}

}  // namespace weightsieve
