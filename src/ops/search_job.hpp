// A further pass of `exact`: counts the values of the tensors whose order statistics are still open, and of
// all parameters where the totals' are.
//
// Alone, threads count into the searches themselves. Of a team each rank counts its units apart and adds up
// what they lead to, as far as its tensors go; then every rank adds what all have counted to its searches,
// which so stay the same everywhere.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "ops/measured_tensor.hpp"
#include "weightsieve/engine/chunk_plan.hpp"
#include "weightsieve/engine/shared_job.hpp"
#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/stats/exact_search.hpp"

namespace weightsieve {

class SearchJob : public SharedJob {
 public:
  /// `searches[i]` belongs to tensors[i] and may be null; `total` may be null, and is between begin_pass()
  /// and end_pass() while the job runs. Everything handed in must outlive the job.
  SearchJob(SourcePool& files, std::span<const MeasuredTensor> tensors,
            std::span<const std::unique_ptr<ExactSearch>> searches, ExactSearch* total,
            std::vector<WorkUnit> units, bool apart);

  std::size_t units() const override { return units_.size(); }
  std::unique_ptr<JobWorker> make_worker() override;
  void merge(std::size_t unit, std::unique_ptr<UnitResult> result) override;

  std::uint64_t work(std::size_t unit) const override;
  std::uint64_t cost(std::size_t unit) const override;
  std::uint64_t result_bytes(std::size_t unit) const override;
  void write(const UnitResult& result, WireWriter& out) const override;
  std::unique_ptr<UnitResult> read(std::size_t unit, WireReader& in) const override;
  bool join(std::size_t unit, UnitResult& result, std::size_t next, UnitResult& of_next) const override;
  bool is_merged_everywhere() const override { return true; }

 private:
  class Worker;
  struct Result;

  void begin(std::size_t tensor);
  void end(std::size_t unit);
  bool counts_in_total(std::size_t tensor) const noexcept;
  std::optional<std::size_t> searched_in(std::size_t unit) const noexcept;

  SourcePool& files_;
  std::span<const MeasuredTensor> tensors_;
  std::span<const std::unique_ptr<ExactSearch>> searches_;
  ExactSearch* total_;
  std::vector<WorkUnit> units_;
  bool apart_;
  std::mutex begin_mutex_;
  std::vector<bool> begun_;
};

}  // namespace weightsieve
