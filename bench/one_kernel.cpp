// Calls one kernel on one chunk of normal values: what count_instructions.py runs under callgrind.
// Usage: one_kernel KERNEL ISA VALUES; KERNEL is f32, f32-top16, f64, f64-top16, i32, i64, count16, count8 or
// pick.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "weightsieve/kernels/kernels.hpp"

namespace {

using namespace weightsieve;

template <typename T>
std::vector<std::byte> normal_values(std::size_t count, double scale) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal(0, 0.02);
  std::vector<std::byte> bytes(count * sizeof(T));
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = static_cast<T>(normal(random) * scale);
    std::memcpy(bytes.data() + i * sizeof value, &value, sizeof value);
  }
  return bytes;
}

/// The upper halves of normal F32 values: BF16 by truncation.
std::vector<std::byte> upper_halves(std::size_t count) {
  const std::vector<std::byte> wide = normal_values<float>(count, 1);
  std::vector<std::byte> bytes(2 * count);
  for (std::size_t i = 0; i < count; ++i)
    std::memcpy(bytes.data() + 2 * i, wide.data() + 4 * i + 2, 2);
  return bytes;
}

struct Work {
  std::string kernel;
  const KernelTable* table;
  std::size_t values;
  std::vector<std::byte> data{};
  std::vector<std::uint32_t> counts = std::vector<std::uint32_t>(65536);
  std::vector<std::uint8_t> wanted = std::vector<std::uint8_t>(65536);
  std::vector<std::byte> out{};
};

bool prepare(Work& work) {
  if (work.kernel.starts_with("f32") || work.kernel == "pick") {
    work.data = normal_values<float>(work.values, 1);
  } else if (work.kernel.starts_with("f64")) {
    work.data = normal_values<double>(work.values, 1);
  } else if (work.kernel == "i32") {
    work.data = normal_values<std::int32_t>(work.values, 1e6);
  } else if (work.kernel == "i64") {
    work.data = normal_values<std::int64_t>(work.values, 1e6);
  } else if (work.kernel == "count16") {
    work.data = upper_halves(work.values);
  } else if (work.kernel == "count8") {
    work.data = normal_values<std::int8_t>(work.values, 500);
  } else {
    return false;
  }
  for (std::size_t code = 0; code < work.wanted.size(); code += 7)
    work.wanted[code] = 1;
  work.out.resize(4 * (work.values + 16));
  return true;
}

std::size_t type_of(const std::string& kernel) {
  if (kernel.starts_with("f32")) return static_cast<std::size_t>(WideType::f32);
  if (kernel.starts_with("f64")) return static_cast<std::size_t>(WideType::f64);
  return static_cast<std::size_t>(kernel == "i32" ? WideType::i32 : WideType::i64);
}

void summarize(Work& work) {
  const double low[] = {-0.01, -0.1, -1}, high[] = {0.01, 0.1, 1};
  std::uint64_t below[3] = {}, above[3] = {};
  WideSummary summary;
  work.table->summarize[type_of(work.kernel)](work.data.data(), work.values, {low, high, 3}, below, above,
                                              work.kernel.ends_with("top16") ? work.counts.data() : nullptr,
                                              &summary);
}

}  // namespace

/// The name that callgrind counts in.
extern "C" [[gnu::noinline]] void run_counted_kernel(Work& work) {
  if (work.kernel == "count16") return work.table->count16(work.data.data(), work.values, work.counts.data());
  if (work.kernel == "count8") return work.table->count8(work.data.data(), work.values, work.counts.data());
  if (work.kernel != "pick") return summarize(work);
  work.table->pick[0](work.data.data(), work.values, work.wanted.data(), 0x3900, work.out.data());
}

int main(int argc, char** argv) {
  if (argc != 4) return std::fprintf(stderr, "usage: one_kernel KERNEL ISA VALUES\n"), 2;
  const auto isa = isa_from_name(argv[2]);
  Work work{.kernel = argv[1],
            .table = isa ? kernel_table(*isa) : nullptr,
            .values = std::strtoull(argv[3], nullptr, 10)};
  if (work.table == nullptr) return std::fprintf(stderr, "%s: not here\n", argv[2]), 3;
  if (!prepare(work)) return std::fprintf(stderr, "%s: no such kernel\n", argv[1]), 2;
  run_counted_kernel(work);
}
