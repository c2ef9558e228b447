#include <algorithm>
#include <cmath>
#include <map>

#include "prune/key_source.hpp"
#include "prune/magnitude.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/stats/tensor_stats.hpp"

namespace weightsieve::prune {
namespace {

/// Factors by tensor name, in the file they came in.
class Factors {
 public:
  Factors(const Checkpoint& scores, SourcePool& files) : scores_(scores), files_(files) {
    for (const TensorInfo& tensor : scores.tensors)
      by_name_[tensor.name] = &tensor;
  }

  SourcePool& files() const noexcept { return files_; }

  /// Requires a name that check() found.
  const TensorInfo& of(const std::string& name) const { return *by_name_.at(name); }

  /// Throws Error{usage} unless there is a finite factor of at least 0 for every column.
  void check(const TensorInfo& tensor, std::uint64_t columns) const {
    const auto found = by_name_.find(tensor.name);
    const std::string& file = scores_.name;
    if (found == by_name_.end())
      throw Error(ErrorCode::usage, "no factors in " + file, {.tensor = tensor.name});
    if (found->second->elements != columns || !has_values(found->second->dtype) ||
        values_per_element(found->second->dtype) != 1) {
      throw Error(ErrorCode::usage,
                  "the factors in " + file + " must be " + std::to_string(columns) + " numbers",
                  {.tensor = tensor.name});
    }
    check_values(*found->second);
  }

 private:
  void check_values(const TensorInfo& factors) const {
    TensorReader reader(files_);
    for (std::uint64_t first = 0; first < factors.elements; first += kMostKeys) {
      const std::uint64_t count = std::min(kMostKeys, factors.elements - first);
      const Bytes bytes = reader.read(factors, first, count);
      for (std::uint64_t i = 0; i < count; ++i) {
        const double factor = value_at(factors.dtype, bytes, i);
        if (std::isfinite(factor) && factor >= 0) continue;
        throw Error(ErrorCode::usage,
                    "factor " + std::to_string(first + i) + " is not a finite number of at least 0",
                    {.file = scores_.name, .tensor = factors.name});
      }
    }
  }

  const Checkpoint& scores_;
  SourcePool& files_;
  std::map<std::string_view, const TensorInfo*> by_name_;
};

class ScaledReader final : public KeyReader {
 public:
  explicit ScaledReader(const Factors& factors)
      : factors_(factors), reader_(factors.files()), magnitudes_(magnitude_keys()->reader()) {}

  void read(const TensorRun& run, std::span<std::uint64_t> out) override {
    magnitudes_->read(run, out);
    const TensorInfo& factors = factors_.of(run.tensor->name);
    for (std::uint64_t done = 0; done < run.elements;) {
      const std::uint64_t column = (run.first + done) % factors.elements;
      const std::uint64_t count = std::min(factors.elements - column, run.elements - done);
      const Bytes bytes = reader_.read(factors, column, count);
      for (std::uint64_t i = 0; i < count; ++i)
        out[done + i] = scaled(out[done + i], value_at(factors.dtype, bytes, i));
      done += count;
    }
  }

 private:
  static std::uint64_t scaled(std::uint64_t key, double factor) noexcept {
    if (key == kNoKey) return kNoKey;
    return std::min(key_of(value_of_key(key) * factor), kInfinityKey - 1);
  }

  const Factors& factors_;
  TensorReader reader_;
  std::unique_ptr<KeyReader> magnitudes_;
};

class ScaledKeys final : public KeySource {
 public:
  explicit ScaledKeys(const std::string& path)
      : scores_(open_checkpoint(path)),
        files_(open_files(scores_, IoMode::automatic)),
        factors_(scores_, files_) {}

  const Factors& factors() const noexcept { return factors_; }
  std::unique_ptr<KeyReader> reader() const override { return std::make_unique<ScaledReader>(factors_); }
  std::uint64_t greatest_key() const noexcept override { return kInfinityKey - 1; }

 private:
  Checkpoint scores_;
  mutable SourcePool files_;
  Factors factors_;
};

}  // namespace

std::shared_ptr<const KeySource> scaled_keys(const std::string& path,
                                             std::span<const TensorInfo* const> tensors) {
  auto keys = std::make_shared<ScaledKeys>(path);
  for (const TensorInfo* tensor : tensors) {
    const bool has_rows = tensor->shape.size() >= 2 && tensor->shape[0] != 0;
    keys->factors().check(*tensor, has_rows ? tensor->elements / tensor->shape[0] : tensor->elements);
  }
  return keys;
}

}  // namespace weightsieve::prune
