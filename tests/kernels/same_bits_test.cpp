// Every instruction set gives the bits that plain C++ gives.
#include <catch2/catch.hpp>

#include "kernels/samples.hpp"

using namespace weightsieve;

namespace {

template <typename T>
void check_same(const samples::Result& found, const samples::Result& want) {
  CHECK(samples::same_bits(found.summary, want.summary));
  CHECK(found.below == want.below);
  CHECK(found.above == want.above);
  CHECK(found.top16 == want.top16);
}

template <typename T>
void check_tables_agree(const std::vector<T>& values, std::size_t offset, std::size_t intervals) {
  const samples::Unaligned<T> copy(values, offset);
  const KernelTable& plain = *kernel_table(Isa::scalar);
  const auto want = samples::summarize<T>(plain, copy.data(), values.size(), offset % 2 == 0, intervals);
  for (const KernelTable* table : samples::tables()) {
    INFO(to_string(table->isa) << ": offset " << offset << ", " << intervals << " intervals");
    check_same<T>(samples::summarize<T>(*table, copy.data(), values.size(), offset % 2 == 0, intervals),
                  want);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("every table gives the same bits", "", float, double, std::int32_t, std::uint32_t,
                   std::int64_t, std::uint64_t) {
  for (const std::size_t size : samples::kSizes) {
    for (const auto& sample : samples::of_type<TestType>(size, size + 5)) {
      INFO(size << " values, " << sample.name);
      check_tables_agree(sample.values, size % 7, size % 9);
    }
  }
}

TEMPLATE_TEST_CASE("one odd value anywhere changes no bit more than it must", "", float, double) {
  using Limits = std::numeric_limits<TestType>;
  const TestType odd[] = {Limits::quiet_NaN(), -Limits::infinity(), Limits::denorm_min(), TestType(-0.0),
                          Limits::max()};
  for (const std::size_t size : {4096U, 4097U, 5000U, 8192U}) {
    std::vector<TestType> values = samples::gaussian<TestType>(size, 0.5, 0.25, size);
    for (std::size_t at = 0; at < size; at += 1 + at / 2) {
      for (const TestType value : odd) {
        INFO(size << " values, " << value << " at " << at);
        std::vector<TestType> changed = values;
        changed[at] = value;
        changed[size - 1 - at] = value;
        check_tables_agree(changed, 1, 4);
      }
    }
  }
}

TEMPLATE_TEST_CASE("a whole chunk gives the same bits", "", float, double) {
  check_tables_agree(samples::gaussian<TestType>(1 << 20, 0.001, 0.02, 1), 4, 3);
  check_tables_agree(
      samples::sprinkled<TestType>(samples::gaussian<TestType>(1 << 20, 1, 0.02, 1), 100'003, 2), 6, 3);
}
