#include "ops/fingerprint_job.hpp"

#include <algorithm>

#include "weightsieve/stats/tensor_stats.hpp"

namespace weightsieve {
namespace {

/// Digits of a digest, and their length.
constexpr std::uint64_t kDigestBytes = 65;

Bytes bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

}  // namespace

/// The digest of each chunk, tensor after tensor.
struct FingerprintJob::Result : UnitResult {
  std::vector<std::vector<std::string>> chunks;
};

class FingerprintJob::Worker : public JobWorker {
 public:
  explicit Worker(const FingerprintJob& job) : job_(job), reader_(job.files_) {}

  std::unique_ptr<UnitResult> run(std::size_t unit) override {
    const WorkUnit& work = job_.units_[unit];
    auto result = std::make_unique<Result>();
    for (std::size_t i = work.first_tensor; i < work.first_tensor + work.tensors; ++i) {
      const TensorInfo& tensor = *job_.tensors_[i];
      const std::uint64_t elements = work.tensors == 1 ? work.elements : tensor.elements;
      std::vector<std::string>& digests = result->chunks.emplace_back();
      read_chunks(
          reader_, tensor, work.first_element, elements,
          [&digests](Bytes bytes, std::uint64_t, std::uint64_t) { digests.push_back(sha256_of(bytes)); });
    }
    return result;
  }

 private:
  const FingerprintJob& job_;
  TensorReader reader_;
};

FingerprintJob::FingerprintJob(SourcePool& files, std::span<const TensorInfo* const> tensors,
                               std::vector<WorkUnit> units, std::span<std::string> digests)
    : files_(files), tensors_(tensors), units_(std::move(units)), digests_(digests) {}

std::unique_ptr<JobWorker> FingerprintJob::make_worker() { return std::make_unique<Worker>(*this); }

void FingerprintJob::merge(std::size_t unit, std::unique_ptr<UnitResult> result) {
  const auto& read = static_cast<Result&>(*result);
  const WorkUnit& work = units_[unit];
  for (std::size_t i = 0; i < read.chunks.size(); ++i) {
    if (!open_) open_.emplace();
    for (const std::string& chunk : read.chunks[i])
      open_->add(bytes_of(chunk));
    if (work.tensors == 1 && !work.ends_tensor) continue;
    digests_[work.first_tensor + i] = open_->finish();
    open_.reset();
  }
}

std::uint64_t FingerprintJob::work(std::size_t unit) const {
  const WorkUnit& work = units_[unit];
  std::uint64_t bytes = 0;
  for (const TensorInfo* const tensor : tensors_.subspan(work.first_tensor, work.tensors))
    bytes += work_bytes(work, *tensor);
  return bytes;
}

std::uint64_t FingerprintJob::result_bytes(std::size_t unit) const {
  const WorkUnit& work = units_[unit];
  return (work.elements / kChunkElements + work.tensors + 1) * kDigestBytes;
}

void FingerprintJob::write(const UnitResult& result, WireWriter& out) const {
  for (const std::vector<std::string>& tensor : static_cast<const Result&>(result).chunks) {
    out.count(tensor.size());
    for (const std::string& chunk : tensor)
      out.text(chunk);
  }
}

std::unique_ptr<UnitResult> FingerprintJob::read(std::size_t unit, WireReader& in) const {
  auto result = std::make_unique<Result>();
  result->chunks.resize(units_[unit].tensors);
  for (std::vector<std::string>& tensor : result->chunks)
    for (std::size_t left = in.length(); left > 0; --left)
      tensor.emplace_back(in.text());
  return result;
}

std::vector<std::string> take_fingerprints(SourcePool& files, std::span<const TensorInfo* const> tensors,
                                           const Crew& crew, ProgressMeter& progress) {
  std::vector<std::uint64_t> elements;
  for (const TensorInfo* tensor : tensors)
    elements.push_back(tensor->elements);
  std::vector<std::string> digests(tensors.size());
  FingerprintJob job(files, tensors,
                     plan_units(elements, kChunkElements, kSmallElements, crew.planned_threads()), digests);
  run_job(job, crew, 2 * std::size_t{crew.threads}, progress);
  return digests;
}

}  // namespace weightsieve
