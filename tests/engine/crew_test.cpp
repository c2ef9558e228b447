#include "weightsieve/engine/crew.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <string>
#include <vector>

#include "support/thread_team.hpp"
#include "weightsieve/base/error.hpp"

using namespace weightsieve;
using namespace weightsieve::test;

namespace {

/// Writes unit numbers; neighbours of one ten can be joined.
class NumberJob : public SharedJob {
 public:
  NumberJob(std::size_t count, bool everywhere, bool joins, std::uint64_t bytes = 1)
      : count_(count), everywhere_(everywhere), joins_(joins), bytes_(bytes) {}

  std::size_t units() const override { return count_; }
  std::unique_ptr<JobWorker> make_worker() override { return std::make_unique<Worker>(*this); }
  void merge(std::size_t unit, std::unique_ptr<UnitResult> result) override {
    const std::string& text = static_cast<Text&>(*result).text;
    if (unit >= fail_merge) throw Error(ErrorCode::changed, "merging");
    CHECK(text.starts_with(std::to_string(unit) + ","));
    merged += text;
    ++merges;
  }

  std::uint64_t work(std::size_t unit) const override { return 1 + unit % 7; }
  std::uint64_t cost(std::size_t unit) const override { return unit < costly ? 9 : work(unit); }
  std::uint64_t result_bytes(std::size_t) const override { return bytes_; }
  void write(const UnitResult& result, WireWriter& out) const override {
    out.text(static_cast<const Text&>(result).text);
  }
  std::unique_ptr<UnitResult> read(std::size_t, WireReader& in) const override {
    return std::make_unique<Text>(std::string(in.text()));
  }
  bool join(std::size_t unit, UnitResult& result, std::size_t next, UnitResult& of_next) const override {
    if (!joins_ || unit / 10 != next / 10) return false;
    static_cast<Text&>(result).text += static_cast<Text&>(of_next).text;
    return true;
  }
  bool is_merged_everywhere() const override { return everywhere_; }

  std::string merged;
  std::size_t merges = 0;
  mutable std::atomic<std::size_t> runs = 0;
  std::size_t costly = 0;  ///< units, the first
  std::size_t fail_unit = SIZE_MAX;
  std::size_t fail_merge = SIZE_MAX;

 private:
  struct Text : UnitResult {
    explicit Text(std::string t) : text(std::move(t)) {}
    std::string text;
  };
  class Worker : public JobWorker {
   public:
    explicit Worker(const NumberJob& job) : job_(job) {}
    std::unique_ptr<UnitResult> run(std::size_t unit) override {
      ++job_.runs;
      if (unit == job_.fail_unit) throw Error(ErrorCode::unreadable, "unit " + std::to_string(unit));
      return std::make_unique<Text>(std::to_string(unit) + ",");
    }

   private:
    const NumberJob& job_;
  };

  std::size_t count_;
  bool everywhere_;
  bool joins_;
  std::uint64_t bytes_;
};

std::string numbers(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i)
    text += std::to_string(i) + ",";
  return text;
}

std::string message_of(const std::exception_ptr& end) {
  try {
    if (end) std::rethrow_exception(end);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

void run_alone(SharedJob& job, unsigned threads) {
  const ProgressSink none;
  ProgressMeter progress(none, 0);
  run_job(job, {.threads = threads}, std::size_t{2} * threads, progress);
}

}  // namespace

TEST_CASE("whoever does a job, results are merged in order, on rank 0 or everywhere") {
  const std::size_t count = 137;
  for (const unsigned ranks : {1u, 2u, 3u, 5u, 200u})
    for (const bool everywhere : {false, true})
      for (const bool joins : {false, true})
        for (const std::uint64_t bytes : {std::uint64_t{1}, std::uint64_t{9} << 20}) {
          if (ranks == 200 && bytes != 1) continue;
          const auto ends = run_team(ranks, [&](Team& team) {
            NumberJob job(count, everywhere, joins, bytes);
            const ProgressSink none;
            ProgressMeter progress(none, 0);
            run_job(job, {.threads = 1 + team.rank() % 2, .team = &team}, 3, progress);
            const bool has = everywhere || team.rank() == 0;
            CHECK(job.merged == (has ? numbers(count) : ""));
            if (has && ranks < 200 && bytes == 1) CHECK(job.merges <= (joins ? 14 + ranks : count));
          });
          for (const auto& end : ends)
            CHECK(message_of(end).empty());
        }
}

TEST_CASE("a job of no units is done at once") {
  NumberJob alone(0, false, true);
  run_alone(alone, 2);
  CHECK(alone.merged.empty());
  run_team(3, [](Team& team) {
    NumberJob job(0, true, true);
    const ProgressSink none;
    ProgressMeter progress(none, 0);
    run_job(job, {.team = &team}, 3, progress);
    CHECK(job.merged.empty());
  });
}

TEST_CASE("what fails in one unit fails on every rank, and so does what fails while rank 0 merges") {
  for (const unsigned ranks : {2u, 5u}) {
    const auto in_unit = run_team(ranks, [](Team& team) {
      NumberJob job(100, true, true);
      job.fail_unit = 99;
      const ProgressSink none;
      ProgressMeter progress(none, 0);
      run_job(job, {.threads = 2, .team = &team}, 4, progress);
    });
    for (const auto& end : in_unit)
      CHECK(message_of(end) == "unit 99 (on rank " + std::to_string(ranks - 1) + ")");
    const auto in_merge = run_team(ranks, [](Team& team) {
      NumberJob job(100, false, false);
      job.fail_merge = 60;
      const ProgressSink none;
      ProgressMeter progress(none, 0);
      run_job(job, {.team = &team}, 2, progress);
    });
    for (const auto& end : in_merge)
      CHECK(message_of(end) == "merging");
  }
}

TEST_CASE("what ranks share out equally is the cost") {
  run_team(2, [](Team& team) {
    NumberJob job(30, false, false);
    job.costly = 15;
    const ProgressSink none;
    ProgressMeter progress(none, 0);
    run_job(job, {.team = &team}, 2, progress);
    CHECK(job.runs == (team.rank() == 0 ? 11 : 19));  // 99 of 193, and 94
  });
}

TEST_CASE("progress is that of the whole, alone and on rank 0") {
  const auto last_of = [](Team* team) {
    NumberJob job(90, false, true);
    std::uint64_t total = 0;
    for (std::size_t unit = 0; unit < job.units(); ++unit)
      total += job.work(unit);
    Progress last;
    const ProgressSink sink = [&last](const Progress& progress) { last = progress; };
    ProgressMeter progress(sink, total);
    run_job(job, {.team = team}, 2, progress);
    return static_cast<double>(last.done_bytes) / static_cast<double>(total);
  };
  CHECK(last_of(nullptr) == 1.0);
  run_team(3, [&](Team& team) {
    const double share = last_of(&team);
    CHECK(share > 0.9);
    CHECK(share <= 1.0);
  });
}
