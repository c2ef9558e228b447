#include "weightsieve/ops/verify.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "ops/name_patterns.hpp"
#include "weightsieve/format/checkpoint.hpp"

namespace weightsieve {
namespace {

constexpr std::uint64_t kReadElements = std::uint64_t{1} << 20;
constexpr std::size_t kTouchBytes = 4096;

/// Makes a mapped window come in from the disk: one byte a page.
void touch(Bytes window) {
  volatile std::byte sink{};
  for (std::size_t i = 0; i < window.size(); i += kTouchBytes)
    sink = window[i];
  static_cast<void>(sink);
}

class DataPass {
 public:
  DataPass(SourcePool& files, const RunControl& control, std::uint64_t total_bytes)
      : reader_(files), control_(control), progress_{0, total_bytes} {}

  void read(const TensorInfo& tensor) {
    for (std::uint64_t first = 0; first < tensor.elements; first += kReadElements) {
      if (control_.cancel != nullptr && control_.cancel->cancelled())
        throw Error(ErrorCode::cancelled, "stopped");
      const Bytes window = reader_.read(tensor, first, std::min(kReadElements, tensor.elements - first));
      touch(window);
      progress_.done_bytes += window.size();
      if (control_.progress) control_.progress(progress_);
    }
  }

 private:
  TensorReader reader_;
  const RunControl& control_;
  Progress progress_;
};

VerifyFinding finding(const Problem& problem) {
  return {problem.message,
          {.file = problem.file, .offset_bytes = problem.offset_bytes, .tensor = {}, .rule = problem.rule}};
}

void read_data(const Checkpoint& checkpoint, const NamePatterns& names, const RunControl& control,
               std::uint64_t total_bytes) {
  SourcePool files = open_files(checkpoint, control.io);
  DataPass pass(files, control, total_bytes);
  for (const TensorInfo& tensor : checkpoint.tensors)
    if (names.keep(tensor.name)) pass.read(tensor);
  files.check_unchanged();
}

Verification described(const Checkpoint& checkpoint, const NamePatterns& names) {
  Verification result;
  result.name = checkpoint.name;
  result.format = checkpoint.format;
  result.files = checkpoint.files.size();
  for (const TensorInfo& tensor : checkpoint.tensors) {
    if (!names.keep(tensor.name)) continue;
    ++result.tensors;
    result.bytes += tensor.bytes;
  }
  for (const Problem& problem : checkpoint.problems)
    result.warnings.push_back(finding(problem));
  return result;
}

Verification refused(const std::string& path, const Error& error) {
  Verification result;
  result.name = std::filesystem::path(path).filename().string();
  result.errors.push_back({error.message(), error.place()});
  return result;
}

/// Opening under strict ends at the first problem. Where that is no reason to refuse otherwise, all are
/// named.
Verification refused_strictly(const std::string& path, const NamePatterns& names, const RunControl& control,
                              const Error& error) {
  try {
    Verification result = described(open_checkpoint(path, {.io = control.io}), names);
    result.errors = std::exchange(result.warnings, {});
    const bool known = std::any_of(result.errors.begin(), result.errors.end(), [&](const VerifyFinding& one) {
      return one.place.rule == error.place().rule;
    });
    if (!known) result.errors.push_back({error.message(), error.place()});
    return result;
  } catch (const Error& other) {
    if (other.code() != ErrorCode::malformed) throw;
    return refused(path, error);
  }
}

}  // namespace

Verification verify_checkpoint(const std::string& path, const VerifyOptions& options,
                               const NameFilter& filter, const RunControl& control) {
  const NamePatterns names(filter);
  try {
    const Checkpoint checkpoint = open_checkpoint(path, {.io = control.io, .strict = control.strict});
    Verification result = described(checkpoint, names);
    if (!options.headers_only) read_data(checkpoint, names, control, result.bytes);
    result.data_read = !options.headers_only;
    return result;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::malformed) throw;
    return control.strict ? refused_strictly(path, names, control, error) : refused(path, error);
  }
}

}  // namespace weightsieve
