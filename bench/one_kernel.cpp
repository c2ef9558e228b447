// Calls one kernel on normal values, once, as count_instructions.py wants it under callgrind, or `CALLS`
// times; then it prints how long a value took at least, in ns, and how long an addition: a cycle of the CPU,
// as fast as it ran. Usage: one_kernel KERNEL ISA VALUES [CALLS]; KERNEL is f32, f32-top16, f64, f64-top16,
// i32, i64, count16, count8 or pick.
#include <algorithm>
#include <chrono>
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

namespace {

template <class Work>
double seconds(Work&& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Each addition waits for the one before, which the compiler cannot see through.
void add_one_by_one(int count) {
  std::uint64_t sum = 0;
  for (int i = 0; i < count; ++i) {
    asm volatile("add $1, %0\n\tadd $1, %0\n\tadd $1, %0\n\tadd $1, %0" : "+r"(sum));
    asm volatile("add $1, %0\n\tadd $1, %0\n\tadd $1, %0\n\tadd $1, %0" : "+r"(sum));
  }
}

void print_times(Work& work, unsigned long calls) {
  constexpr int kTurns = 5000;
  double kernel = 1, addition = 1;
  for (unsigned long i = 0; i < calls; ++i) {
    kernel = std::min(kernel, seconds([&] { run_counted_kernel(work); }));
    addition = std::min(addition, seconds([] { add_one_by_one(kTurns); }));
  }
  std::printf("%.4f %.4f\n", kernel * 1e9 / static_cast<double>(work.values), addition * 1e9 / (8 * kTurns));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4 && argc != 5) return std::fprintf(stderr, "usage: one_kernel KERNEL ISA VALUES [CALLS]\n"), 2;
  const auto isa = isa_from_name(argv[2]);
  Work work{.kernel = argv[1],
            .table = isa ? kernel_table(*isa) : nullptr,
            .values = std::strtoull(argv[3], nullptr, 10)};
  if (work.table == nullptr) return std::fprintf(stderr, "%s: not here\n", argv[2]), 3;
  if (!prepare(work)) return std::fprintf(stderr, "%s: no such kernel\n", argv[1]), 2;
  if (argc == 5) return print_times(work, std::strtoul(argv[4], nullptr, 10)), 0;
  run_counted_kernel(work);
}
