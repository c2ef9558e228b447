// The pass of verify: tensors read, file by file, and the files that a manifest lists hashed, each behind its
// tensors: what was decoded is hashed while the system still has it in memory.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ops/manifest_check.hpp"
#include "ops/measured_tensor.hpp"
#include "weightsieve/engine/crew.hpp"
#include "weightsieve/format/checkpoint.hpp"

namespace weightsieve {

class VerifyJob : public SharedJob {
 public:
  /// `tensors` are those to be read, by file; `to_hash`, where there is one, gets the digests of what it
  /// lists. Damaged tensors become entries of `errors`, one each. Everything handed in must outlive the job.
  VerifyJob(const Checkpoint* checkpoint, SourcePool* files, std::span<const TensorInfo* const> tensors,
            ManifestCheck* to_hash, const Crew& crew, std::vector<VerifyFinding>& errors);

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

  /// Either tensors to be read, or a file to be hashed.
  struct Unit {
    WorkUnit tensors;
    std::optional<std::size_t> listed = {};  ///< number of the manifest's entry
  };

  void add_reading(std::size_t first, std::size_t end);
  void add_hashing(std::size_t listed);

  SourcePool* files_;
  std::span<const TensorInfo* const> tensors_;
  ManifestCheck* to_hash_;
  const Crew& crew_;
  std::vector<VerifyFinding>& errors_;
  std::vector<Unit> units_;
  std::vector<bool> is_hashed_;              ///< by entry of the manifest: whether a unit is for it
  std::optional<std::size_t> last_damaged_;  ///< of tensors_
};

}  // namespace weightsieve
