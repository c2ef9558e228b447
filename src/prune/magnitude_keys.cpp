#include <vector>

#include "prune/key_source.hpp"
#include "prune/magnitude.hpp"

namespace weightsieve::prune {
namespace {

/// The key of every code of the dtype that is read: for dtypes of at most 16 bits.
class CodeKeys {
 public:
  const std::vector<std::uint64_t>& of(Dtype dtype) {
    if (made_ && dtype == dtype_) return keys_;
    made_ = true;
    dtype_ = dtype;
    const unsigned bits = dtype_info(dtype).bits;
    const std::size_t sign = std::size_t{1} << (bits - 1);
    keys_.assign(2 * sign, kNoKey);
    for (std::size_t magnitude = 0; magnitude < finite_magnitudes(dtype); ++magnitude)
      keys_[magnitude] = keys_[magnitude | sign] = key_of_magnitude(dtype, magnitude);
    if (const int nan = odd_nan(dtype); nan >= 0) keys_[static_cast<std::size_t>(nan)] = kNoKey;
    return keys_;
  }

 private:
  bool made_ = false;
  Dtype dtype_{};
  std::vector<std::uint64_t> keys_;
};

class MagnitudeReader final : public KeyReader {
 public:
  void read(const TensorRun& run, std::span<std::uint64_t> out) override {
    with_bits(run.tensor->dtype, [&](auto bits) { read_as<decltype(bits)>(run, out); });
  }

 private:
  template <class Bits>
  void read_as(const TensorRun& run, std::span<std::uint64_t> out) {
    const std::byte* const at = run.bytes.data();
    if constexpr (sizeof(Bits) <= 2) {
      const std::vector<std::uint64_t>& keys = codes_.of(run.tensor->dtype);
      for (std::size_t i = 0; i < run.elements; ++i)
        out[i] = keys[load<Bits>(at + i * sizeof(Bits))];
    } else {
      using Value = std::conditional_t<sizeof(Bits) == 4, float, double>;
      for (std::size_t i = 0; i < run.elements; ++i) {
        const std::uint64_t key = key_of(static_cast<double>(load<Value>(at + i * sizeof(Value))));
        out[i] = key < kInfinityKey ? key : kNoKey;
      }
    }
  }

  CodeKeys codes_;
};

class MagnitudeKeys final : public KeySource {
 public:
  std::unique_ptr<KeyReader> reader() const override { return std::make_unique<MagnitudeReader>(); }
  std::uint64_t greatest_key() const noexcept override { return kInfinityKey - 1; }
  bool is_magnitude() const noexcept override { return true; }
};

}  // namespace

std::shared_ptr<const KeySource> magnitude_keys() { return std::make_shared<MagnitudeKeys>(); }

}  // namespace weightsieve::prune
