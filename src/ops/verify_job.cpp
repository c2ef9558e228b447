#include "ops/verify_job.hpp"

#include <algorithm>

#include "weightsieve/base/wire_error.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kTouchBytes = 4096;

/// Makes a mapped window come in from the disk: one byte a page.
void touch(Bytes window) {
  volatile std::byte sink{};
  for (std::size_t i = 0; i < window.size(); i += kTouchBytes)
    sink = window[i];
  static_cast<void>(sink);
}

}  // namespace

struct VerifyJob::Result : UnitResult {
  struct Damage {
    std::size_t tensor;
    Error error;
  };
  std::vector<Damage> damages;
  std::optional<std::string> digest;
};

class VerifyJob::Worker : public JobWorker {
 public:
  explicit Worker(const VerifyJob& job) : job_(job) {
    if (job.files_ != nullptr) reader_.emplace(*job.files_);
  }

  std::unique_ptr<UnitResult> run(std::size_t unit) override {
    auto result = std::make_unique<Result>();
    const auto& [tensors, listed] = job_.units_[unit];
    if (listed) {
      result->digest =
          job_.to_hash_->digest(*listed, [this](std::uint64_t) { stop_if_cancelled(job_.crew_.cancel); });
    } else {
      for (std::size_t i = tensors.first_tensor; i < tensors.first_tensor + tensors.tensors; ++i)
        read(tensors, i, *result);
    }
    return result;
  }

 private:
  /// One that is damaged is no reason to leave the others.
  void read(const WorkUnit& work, std::size_t tensor, Result& result) {
    const TensorInfo& info = *job_.tensors_[tensor];
    const std::uint64_t elements = work.tensors == 1 ? work.elements : info.elements;
    try {
      read_chunks(*reader_, info, work.first_element, elements,
                  [this](Bytes bytes, std::uint64_t, std::uint64_t) {
                    stop_if_cancelled(job_.crew_.cancel);
                    touch(bytes);
                  });
    } catch (const Error& error) {
      if (error.code() != ErrorCode::malformed) throw;
      result.damages.push_back({tensor, error});
    }
  }

  const VerifyJob& job_;
  std::optional<TensorReader> reader_;
};

VerifyJob::VerifyJob(const Checkpoint* checkpoint, SourcePool* files,
                     std::span<const TensorInfo* const> tensors, ManifestCheck* to_hash, const Crew& crew,
                     std::vector<VerifyFinding>& errors)
    : files_(files),
      tensors_(tensors),
      to_hash_(to_hash),
      crew_(crew),
      errors_(errors),
      is_hashed_(to_hash != nullptr ? to_hash->files() : 0) {
  std::size_t first = 0;
  for (std::size_t file = 0; checkpoint != nullptr && file < checkpoint->files.size(); ++file) {
    std::size_t end = first;
    while (end < tensors.size() && tensors[end]->file == file)
      ++end;
    add_reading(first, end);
    first = end;
    const auto listed =
        to_hash != nullptr ? to_hash->number_of(checkpoint->files[file].path) : std::optional<std::size_t>();
    if (listed) add_hashing(*listed);
  }
  for (std::size_t listed = 0; listed < is_hashed_.size(); ++listed)
    add_hashing(listed);
}

void VerifyJob::add_reading(std::size_t first, std::size_t end) {
  std::vector<std::uint64_t> sizes;
  for (std::size_t i = first; i < end; ++i)
    sizes.push_back(tensors_[i]->elements);
  for (WorkUnit unit : plan_units(sizes, kChunkElements, kSmallElements, crew_.planned_threads())) {
    unit.first_tensor += first;
    units_.push_back({unit});
  }
}

void VerifyJob::add_hashing(std::size_t listed) {
  if (!is_hashed_[listed]) units_.push_back({{}, listed});
  is_hashed_[listed] = true;
}

std::unique_ptr<JobWorker> VerifyJob::make_worker() { return std::make_unique<Worker>(*this); }

void VerifyJob::merge(std::size_t unit, std::unique_ptr<UnitResult> result) {
  const auto& seen = static_cast<Result&>(*result);
  for (const auto& [tensor, error] : seen.damages) {
    if (last_damaged_ != tensor) errors_.push_back({error.message(), error.place()});
    last_damaged_ = tensor;
  }
  if (seen.digest) to_hash_->compare_digest(*units_[unit].listed, *seen.digest);
}

std::uint64_t VerifyJob::work(std::size_t unit) const {
  const auto& [work, listed] = units_[unit];
  if (listed) return to_hash_->bytes_of(*listed);
  std::uint64_t bytes = 0;
  for (const TensorInfo* const tensor : tensors_.subspan(work.first_tensor, work.tensors))
    bytes += work_bytes(work, *tensor);
  return bytes;
}

std::uint64_t VerifyJob::result_bytes(std::size_t unit) const { return 256 * units_[unit].tensors.tensors; }

void VerifyJob::write(const UnitResult& result, WireWriter& out) const {
  const auto& seen = static_cast<const Result&>(result);
  out.count(seen.damages.size());
  for (const auto& [tensor, error] : seen.damages) {
    out.count(tensor);
    write_error(out, error);
  }
  out.count(seen.digest ? 1 : 0);
  if (seen.digest) out.text(*seen.digest);
}

std::unique_ptr<UnitResult> VerifyJob::read(std::size_t, WireReader& in) const {
  auto seen = std::make_unique<Result>();
  for (std::size_t left = in.length(); left > 0; --left) {
    const auto tensor = static_cast<std::size_t>(in.count());
    seen->damages.push_back({tensor, read_error(in)});
  }
  if (in.truth()) seen->digest = in.text();
  return seen;
}

}  // namespace weightsieve
