#include "prune/key_source.hpp"
#include "prune/magnitude.hpp"
#include "weightsieve/stats/sample.hpp"

namespace weightsieve::prune {
namespace {

/// The finalizer of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xBF58'476D'1CE4'E5B9U;
  x = (x ^ (x >> 27)) * 0x94D0'49BB'1331'11EBU;
  return x ^ (x >> 31);
}

constexpr std::uint64_t kGolden = 0x9E37'79B9'7F4A'7C15U;

class RandomReader final : public KeyReader {
 public:
  explicit RandomReader(std::uint64_t seed) : seed_(seed), magnitudes_(magnitude_keys()->reader()) {}

  void read(const TensorRun& run, std::span<std::uint64_t> out) override {
    magnitudes_->read(run, out);
    const std::uint64_t stream = mix(sample_stream(run.tensor->name) ^ mix(seed_ + kGolden));
    for (std::size_t i = 0; i < run.elements; ++i) {
      const std::uint64_t hash = mix(stream + (run.first + i) * kGolden) >> 32;
      out[i] = out[i] == kNoKey ? kNoKey : hash;
    }
  }

 private:
  std::uint64_t seed_;
  std::unique_ptr<KeyReader> magnitudes_;
};

/// 32 bits: two passes settle them, and among 10^10 elements two share a key, of which the first goes first.
class RandomKeys final : public KeySource {
 public:
  explicit RandomKeys(std::uint64_t seed) : seed_(seed) {}

  std::unique_ptr<KeyReader> reader() const override { return std::make_unique<RandomReader>(seed_); }
  std::uint64_t greatest_key() const noexcept override { return UINT32_MAX; }

 private:
  std::uint64_t seed_;
};

}  // namespace

std::shared_ptr<const KeySource> random_keys(std::uint64_t seed) {
  return std::make_shared<RandomKeys>(seed);
}

}  // namespace weightsieve::prune
