// Every kernel, dtype and instruction set over a buffer far larger than the caches, beside the rate at which
// the same buffer can be summed as 64-bit words: what plain reading of mapped memory costs.
//
// Values come as in a real run, a chunk of 2^20 elements a call. Calls of the kernel and plain sums of other
// chunks alternate, so that a disturbance of the machine meets both. `GB/s` and `ratio` (plain time / kernel
// time) are medians over the chunks; `quiet` is the ratio of the first deciles, which a busy neighbour
// disturbs less. WEIGHTSIEVE_BENCH_MIB (default 1024) sets the buffer's size.
#include <benchmark/benchmark.h>
#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "weightsieve/kernels/kernels.hpp"

namespace {

using weightsieve::IntervalBounds;
using weightsieve::Isa;
using weightsieve::KernelTable;
using weightsieve::WideSummary;
using weightsieve::WideType;

constexpr std::size_t kChunk = 1 << 20;
constexpr std::size_t kBlock = weightsieve::kBlockValues;
constexpr std::uint16_t kBelowOne = 0x3B80;  ///< where a window of 1024 codes ends at 1
constexpr int kTimes = 4096;

class Buffer {
 public:
  explicit Buffer(std::size_t bytes) : bytes_(bytes) {
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    madvise(memory, bytes, MADV_HUGEPAGE);  // as the folios of a page cache that is large enough
    data_ = static_cast<std::byte*>(memory);
  }

  std::byte* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }

  /// Repeats `tile` all over the buffer, unless it already does.
  template <typename T>
  void fill(const std::string& kind, const std::vector<T>& tile) {
    if (kind == kind_) return;
    kind_ = kind;
    const std::size_t step = tile.size() * sizeof(T);
    for (std::size_t i = 0; i + step <= bytes_; i += step)
      std::memcpy(data_ + i, tile.data(), step);
  }

 private:
  std::size_t bytes_;
  std::byte* data_;
  std::string kind_;
};

Buffer& buffer() {
  static const char* mebibytes = std::getenv("WEIGHTSIEVE_BENCH_MIB");
  static Buffer shared((mebibytes ? std::strtoull(mebibytes, nullptr, 10) : 1024) << 20);
  return shared;
}

std::uint64_t sum_words(const std::byte* data, std::size_t bytes) {
  const auto* words = reinterpret_cast<const std::uint64_t*>(data);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < bytes / sizeof *words; ++i)
    sum += words[i];
  return sum;
}

template <typename Work>
double seconds(Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double quantile(std::vector<double> values, double q) {
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

/// `chunk_pass(data, values)` is called for every chunk of values of `size` bytes.
template <typename ChunkPass>
void run(benchmark::State& state, std::size_t size, ChunkPass&& chunk_pass) {
  const Buffer& memory = buffer();
  const std::size_t bytes = kChunk * size;
  const std::size_t chunks = memory.bytes() / bytes;
  std::vector<double> kernel, plain;
  for ([[maybe_unused]] auto iteration : state) {
    double total = 0;
    for (std::size_t i = 0; i < chunks; ++i) {
      kernel.push_back(seconds([&] { chunk_pass(memory.data() + i * bytes, kChunk); }));
      total += kernel.back();
      const std::byte* other = memory.data() + (i + chunks / 2) % chunks * bytes;
      plain.push_back(seconds([&] { benchmark::DoNotOptimize(sum_words(other, bytes)); }));
    }
    state.SetIterationTime(total);
  }
  state.counters["GB/s"] = static_cast<double>(bytes) / quantile(kernel, 0.5) / 1e9;
  state.counters["ratio"] = quantile(plain, 0.5) / quantile(kernel, 0.5);
  state.counters["quiet"] = quantile(plain, 0.1) / quantile(kernel, 0.1);
}

enum class Kind { gaussian, constant, two_valued, sorted, one_centred };

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::gaussian:
      return "gaussian";
    case Kind::constant:
      return "constant";
    case Kind::two_valued:
      return "two-valued";
    case Kind::sorted:
      return "sorted";
    case Kind::one_centred:
      return "around-1";
  }
  return "";
}

std::vector<double> values_of(Kind kind) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal(kind == Kind::one_centred ? 1 : 0, 0.02);
  std::vector<double> values(kChunk);
  for (double& value : values) {
    value = normal(random);
    if (kind == Kind::constant) value = 0.02;
    if (kind == Kind::two_valued) value = std::copysign(0.02, value);
  }
  if (kind == Kind::sorted) std::sort(values.begin(), values.end());
  return values;
}

template <typename T>
void fill_wide(Kind kind) {
  const std::vector<double> values = values_of(kind);
  const double scale = std::is_integral_v<T> ? 1e6 : 1;
  std::vector<T> tile(values.size());
  std::transform(values.begin(), values.end(), tile.begin(), [&](double x) {
    return std::is_unsigned_v<T> ? static_cast<T>(std::fabs(x * scale)) : static_cast<T>(x * scale);
  });
  buffer().fill(std::to_string(sizeof(T)) + (std::is_integral_v<T> ? "i" : "f") + name_of(kind), tile);
}

/// BF16 by truncation; 8-bit integers in steps of a thousandth.
template <typename Code>
void fill_codes(Kind kind) {
  const std::vector<double> values = values_of(kind);
  std::vector<Code> tile(values.size());
  std::transform(values.begin(), values.end(), tile.begin(), [](double x) {
    const auto narrow = static_cast<float>(x);
    std::uint32_t bits;
    std::memcpy(&bits, &narrow, sizeof bits);
    return sizeof(Code) == 2 ? static_cast<Code>(bits >> 16) : static_cast<Code>(static_cast<int>(x * 1000));
  });
  buffer().fill(std::to_string(sizeof(Code)) + "c" + name_of(kind), tile);
}

/// What `profile` asks for by default cuts N(0, 0.02) data once; the other set cuts it three times.
struct Intervals {
  const char* name;
  std::vector<double> low, high;
};

const Intervals kNone{"no-intervals", {}, {}};
const Intervals kDefault{"default-intervals", {-0.01, -0.1, -1}, {0.01, 0.1, 1}};
const Intervals kCutting{"3-cutting", {-0.01, -0.02, -0.03}, {0.01, 0.02, 0.03}};

template <typename T>
void summarize(benchmark::State& state, const KernelTable& table, WideType type, Kind kind,
               const Intervals& intervals, bool with_top16) {
  fill_wide<T>(kind);
  std::vector<std::uint64_t> below(intervals.low.size()), above(below);
  std::vector<std::uint32_t> top16(65536);
  const IntervalBounds bounds{intervals.low.data(), intervals.high.data(), intervals.low.size()};
  run(state, sizeof(T), [&](const std::byte* data, std::size_t values) {
    WideSummary summary;
    table.summarize[static_cast<std::size_t>(type)](data, values, bounds, below.data(), above.data(),
                                                    with_top16 ? top16.data() : nullptr, &summary);
    benchmark::DoNotOptimize(summary);
  });
}

template <typename Code>
void count(benchmark::State& state, const KernelTable& table, Kind kind) {
  fill_codes<Code>(kind);
  std::vector<std::uint32_t> counts(std::size_t{1} << (8 * sizeof(Code)));
  run(state, sizeof(Code), [&](const std::byte* data, std::size_t values) {
    (sizeof(Code) == 2 ? table.count16 : table.count8)(data, values, counts.data());
  });
}

void pick(benchmark::State& state, const KernelTable& table) {
  fill_wide<float>(Kind::gaussian);
  std::vector<std::uint8_t> wanted(65536);
  for (std::size_t code = 0; code < wanted.size(); code += 7)  // as many as edges of two histograms cut
    wanted[code] = 1;
  std::vector<std::byte> out((kBlock + 16) * sizeof(float));
  run(state, sizeof(float), [&](const std::byte* data, std::size_t values) {
    for (std::size_t i = 0; i + kBlock <= values; i += kBlock)
      benchmark::DoNotOptimize(
          table.pick[0](data + i * sizeof(float), kBlock, wanted.data(), kBelowOne, out.data()));
  });
}

/// What bounds counting by codes: one increment a value, of counters and codes that are in the first level of
/// the cache, with nothing else to do. Zen 4 stores once a cycle: 3.66 G/s at 3.68 GHz.
void increments(benchmark::State& state) {
  fill_codes<std::uint16_t>(Kind::gaussian);
  std::vector<std::uint16_t> codes(8192);
  std::memcpy(codes.data(), buffer().data(), codes.size() * sizeof codes[0]);
  std::vector<std::uint32_t> counts(65536);
  double total = 0;
  for (auto _ : state) {
    const double time = seconds([&] {
      for (int i = 0; i < kTimes; ++i) {
#pragma GCC unroll 16
        for (std::size_t k = 0; k < codes.size(); k += 4) {
          std::uint64_t four;
          std::memcpy(&four, &codes[k], sizeof four);
          ++counts[four & 0xFFFF];
          ++counts[four >> 16 & 0xFFFF];
          ++counts[four >> 32 & 0xFFFF];
          ++counts[four >> 48];
        }
        benchmark::DoNotOptimize(counts.data());
      }
    });
    state.SetIterationTime(time);
    total += time;
  }
  state.counters["G/s"] =
      static_cast<double>(state.iterations()) * kTimes * static_cast<double>(codes.size()) / total / 1e9;
}

template <typename Body>
void add(const std::string& name, Body body) {
  benchmark::RegisterBenchmark(name.c_str(), body)
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond)
      ->Iterations(3);
}

template <typename T>
void add_summaries(const KernelTable& table, WideType type, const std::string& dtype) {
  const std::string isa(to_string(table.isa));
  const auto one = [&](Kind kind, const Intervals& intervals, bool with_top16) {
    const std::string name = "summarize/" + dtype + "/" + name_of(kind) + "/" + intervals.name +
                             (with_top16 ? "/top16/" : "/") + isa;
    add(name, [=, &table, &intervals](benchmark::State& state) {
      summarize<T>(state, table, type, kind, intervals, with_top16);
    });
  };
  one(Kind::gaussian, kNone, false);
  one(Kind::gaussian, kDefault, false);
  one(Kind::gaussian, kCutting, false);
  if (std::is_integral_v<T>) return;
  one(Kind::one_centred, kDefault, false);
  for (const Kind kind : {Kind::gaussian, Kind::constant, Kind::two_valued, Kind::sorted}) {
    one(kind, kDefault, true);
  }
}

void add_benchmarks(const KernelTable& table) {
  add_summaries<float>(table, WideType::f32, "f32");
  add_summaries<double>(table, WideType::f64, "f64");
  add_summaries<std::int32_t>(table, WideType::i32, "i32");
  add_summaries<std::int64_t>(table, WideType::i64, "i64");
  add("pick/f32/" + std::string(to_string(table.isa)),
      [&table](benchmark::State& state) { pick(state, table); });
  for (const Kind kind : {Kind::gaussian, Kind::constant, Kind::two_valued, Kind::sorted}) {
    const std::string end = std::string(name_of(kind)) + "/" + std::string(to_string(table.isa));
    add("count16/" + end, [=, &table](benchmark::State& state) { count<std::uint16_t>(state, table, kind); });
    add("count8/" + end, [=, &table](benchmark::State& state) { count<std::uint8_t>(state, table, kind); });
  }
}

}  // namespace

int main(int argc, char** argv) {
  add("roof/increments", increments);
  for (const Isa isa : {Isa::avx512bw, Isa::avx2, Isa::sse2, Isa::neon, Isa::scalar}) {
    if (const KernelTable* table = weightsieve::kernel_table(isa)) add_benchmarks(*table);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
