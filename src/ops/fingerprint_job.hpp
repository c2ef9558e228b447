// SHA-256 of whole tensors: of each the digest of its chunks' digests, so that threads share a large one.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ops/measured_tensor.hpp"
#include "weightsieve/engine/chunk_plan.hpp"
#include "weightsieve/engine/crew.hpp"
#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/io/sha256.hpp"

namespace weightsieve {

class FingerprintJob : public SharedJob {
 public:
  /// Fills `digests`, a place for each tensor; tensors of as many elements in the same bytes have the same.
  /// Everything handed in must outlive the job.
  FingerprintJob(SourcePool& files, std::span<const TensorInfo* const> tensors, std::vector<WorkUnit> units,
                 std::span<std::string> digests);

  std::size_t units() const override { return units_.size(); }
  std::unique_ptr<JobWorker> make_worker() override;
  void merge(std::size_t unit, std::unique_ptr<UnitResult> result) override;

  std::uint64_t work(std::size_t unit) const override;
  std::uint64_t result_bytes(std::size_t unit) const override;
  void write(const UnitResult& result, WireWriter& out) const override;
  std::unique_ptr<UnitResult> read(std::size_t unit, WireReader& in) const override;

 private:
  class Worker;
  struct Result;

  SourcePool& files_;
  std::span<const TensorInfo* const> tensors_;
  std::vector<WorkUnit> units_;
  std::span<std::string> digests_;
  std::optional<Sha256> open_;  ///< of the tensor whose chunks are being joined
};

/// The digests of all `tensors`, by a FingerprintJob; of a team, rank 0 gets them. Throws Error{cancelled},
/// and what reading throws.
std::vector<std::string> take_fingerprints(SourcePool& files, std::span<const TensorInfo* const> tensors,
                                           const Crew& crew, ProgressMeter& progress);

}  // namespace weightsieve
