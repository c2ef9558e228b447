#include "ops/search_job.hpp"

#include <algorithm>

#include "weightsieve/stats/exact_counter.hpp"

namespace weightsieve {
namespace {

using Counts = std::unique_ptr<ExactSearch>;

/// Nothing where nothing is asked for.
Counts afresh(const ExactSearch* search) {
  if (search == nullptr) return nullptr;
  auto counts = std::make_unique<ExactSearch>(*search, Afresh());
  counts->begin_pass();
  return counts;
}

void add(ExactSearch& to, const ExactSearch& counts) {
  WireWriter out;
  counts.write_pass(out);
  WireReader in(out.bytes());
  to.add_pass(in);
}

/// What units of a few MiB of data lead to at most, about.
constexpr std::uint64_t kSearchBytes = std::uint64_t{4} << 20;
constexpr std::uint64_t kTotalBytes = std::uint64_t{1} << 20;

}  // namespace

/// Counted apart: of the unit's tensor, where it has one that is searched, and of all parameters. Of several
/// units in order up to `last`, when they were joined.
struct SearchJob::Result : UnitResult {
  std::size_t last = 0;
  Counts own;
  Counts total;
};

class SearchJob::Worker : public JobWorker {
 public:
  explicit Worker(SearchJob& job) : job_(job), reader_(job.files_) {}

  std::unique_ptr<UnitResult> run(std::size_t unit) override {
    const WorkUnit& work = job_.units_[unit];
    auto result = std::make_unique<Result>();
    result->last = unit;
    if (job_.apart_) {
      const auto tensor = job_.searched_in(unit);
      result->own = afresh(tensor ? job_.searches_[*tensor].get() : nullptr);
      result->total = afresh(job_.total_);
    }
    for (std::size_t i = work.first_tensor; i < work.first_tensor + work.tensors; ++i) {
      if (!job_.apart_) job_.begin(i);
      ExactSearch* const own = job_.apart_ ? result->own.get() : job_.searches_[i].get();
      ExactSearch* const total = job_.apart_ ? result->total.get() : job_.total_;
      count(i, work, own, job_.counts_in_total(i) ? total : nullptr);
    }
    return result;
  }

 private:
  void count(std::size_t tensor, const WorkUnit& work, ExactSearch* own, ExactSearch* total) {
    const MeasuredTensor& measured = job_.tensors_[tensor];
    const std::uint64_t elements = work.tensors == 1 ? work.elements : measured.task.elements;
    ExactCounter counter(measured.task.dtype, own, total);
    read_chunks(reader_, measured.profile->info, work.first_element, elements,
                [&](Bytes bytes, std::uint64_t, std::uint64_t some) {
                  counter.count(bytes, some * values_per_element(measured.task.dtype));
                });
  }

  SearchJob& job_;
  TensorReader reader_;
};

SearchJob::SearchJob(SourcePool& files, std::span<const MeasuredTensor> tensors,
                     std::span<const std::unique_ptr<ExactSearch>> searches, ExactSearch* total,
                     std::vector<WorkUnit> units, bool apart)
    : files_(files),
      tensors_(tensors),
      searches_(searches),
      total_(total),
      units_(std::move(units)),
      apart_(apart),
      begun_(tensors.size()) {}

bool SearchJob::counts_in_total(std::size_t tensor) const noexcept {
  return tensors_[tensor].task.total_first.has_value();
}

/// Those that share a unit are small: they were exact when they were measured.
std::optional<std::size_t> SearchJob::searched_in(std::size_t unit) const noexcept {
  const WorkUnit& work = units_[unit];
  if (work.tensors != 1 || !searches_[work.first_tensor]) return std::nullopt;
  return work.first_tensor;
}

/// Room for a tensor's counters is made when its first unit starts and freed with its last: few are open at a
/// time.
void SearchJob::begin(std::size_t tensor) {
  const std::scoped_lock lock(begin_mutex_);
  if (searches_[tensor] && !begun_[tensor]) searches_[tensor]->begin_pass();
  begun_[tensor] = true;
}

void SearchJob::end(std::size_t unit) {
  const WorkUnit& work = units_[unit];
  if (!work.ends_tensor) return;
  for (std::size_t i = work.first_tensor; i < work.first_tensor + work.tensors; ++i)
    if (searches_[i]) searches_[i]->end_pass();
}

std::unique_ptr<JobWorker> SearchJob::make_worker() { return std::make_unique<Worker>(*this); }

void SearchJob::merge(std::size_t unit, std::unique_ptr<UnitResult> result) {
  const auto& counted = static_cast<Result&>(*result);
  const auto tensor = searched_in(unit);
  if (apart_ && tensor) begin(*tensor);
  if (counted.own) add(*searches_[*tensor], *counted.own);
  if (counted.total) add(*total_, *counted.total);
  for (; unit <= counted.last; ++unit)
    end(unit);
}

std::uint64_t SearchJob::work(std::size_t unit) const { return sum_over(units_[unit], tensors_, work_bytes); }

std::uint64_t SearchJob::cost(std::size_t unit) const { return sum_over(units_[unit], tensors_, work_cost); }

std::uint64_t SearchJob::result_bytes(std::size_t unit) const {
  return (searched_in(unit) ? kSearchBytes : 0) + (total_ != nullptr ? kTotalBytes : 0);
}

void SearchJob::write(const UnitResult& result, WireWriter& out) const {
  const auto& counted = static_cast<const Result&>(result);
  out.count(counted.last);
  if (counted.own) counted.own->write_pass(out);
  if (counted.total) counted.total->write_pass(out);
}

std::unique_ptr<UnitResult> SearchJob::read(std::size_t unit, WireReader& in) const {
  auto result = std::make_unique<Result>();
  result->last = static_cast<std::size_t>(in.count(units_.size() - 1));
  const auto tensor = searched_in(unit);
  result->own = afresh(tensor ? searches_[*tensor].get() : nullptr);
  if (result->own) result->own->add_pass(in);
  result->total = afresh(total_);
  if (result->total) result->total->add_pass(in);
  return result;
}

/// Units of one tensor, and those that count for all parameters alone.
bool SearchJob::join(std::size_t unit, UnitResult& result, std::size_t next, UnitResult& of_next) const {
  if (searched_in(unit) != searched_in(next)) return false;
  auto& counted = static_cast<Result&>(result);
  const auto& more = static_cast<const Result&>(of_next);
  if (counted.own) add(*counted.own, *more.own);
  if (counted.total) add(*counted.total, *more.total);
  counted.last = more.last;
  return true;
}

}  // namespace weightsieve
