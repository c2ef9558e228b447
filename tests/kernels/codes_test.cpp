// Counting and finding of 8-bit and 16-bit codes against plain loops.
#include <catch2/catch.hpp>

#include "kernels/samples.hpp"

using namespace weightsieve;

namespace {

template <typename Code>
std::vector<samples::Sample<Code>> code_samples(std::size_t count) {
  std::mt19937_64 random(count);
  std::vector<Code> ramp(count), two(count), runs(count), narrow(count), hidden(count);
  Code run = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (random() % 37 == 0) run = static_cast<Code>(random());
    ramp[i] = static_cast<Code>(i);
    two[i] = static_cast<Code>(random() & 1U ? 0x3F80 : 0xBF80);
    runs[i] = run;
    narrow[i] = static_cast<Code>(random() % 5);
    // One value is frequent, but not where a loop that goes by 64 or 128 would look first.
    hidden[i] = i % 128 - 2 < 40 ? Code{7} : static_cast<Code>(random());
  }
  return {{"random", samples::random_bits<Code>(count, 1)},
          {"constant", samples::constant<Code>(count, static_cast<Code>(0xBEEF))},
          {"zero", samples::constant<Code>(count, 0)},
          {"ramp", ramp},
          {"two values", two},
          {"runs", runs},
          {"narrow", narrow},
          {"hidden", hidden}};
}

template <typename Code>
void count(const KernelTable& table, const std::byte* data, std::size_t size, std::uint32_t* counts) {
  if constexpr (sizeof(Code) == 1) table.count8(data, size, counts);
  if constexpr (sizeof(Code) == 2) table.count16(data, size, counts);
}

template <typename Code>
std::size_t find(const KernelTable& table, const std::byte* data, std::size_t size, Code code) {
  if constexpr (sizeof(Code) == 1) return table.find8(data, size, code);
  if constexpr (sizeof(Code) == 2) return table.find16(data, size, code);
}

constexpr std::size_t kCodeSizes[] = {
    0, 1, 7, 8, 15, 16, 17, 31, 33, 63, 64, 65, 127, 1000, 4097, 1 << 18, (1 << 20) + 131};

}  // namespace

TEMPLATE_TEST_CASE("codes are counted as a plain loop counts them, on top of what was there", "",
                   std::uint8_t, std::uint16_t) {
  for (const KernelTable* table : samples::tables()) {
    for (const std::size_t size : kCodeSizes) {
      for (const auto& sample : code_samples<TestType>(size)) {
        INFO(to_string(table->isa) << ": " << size << " codes, " << sample.name);
        const samples::Unaligned<TestType> copy(sample.values);
        std::vector<std::uint32_t> found(std::size_t{1} << (8 * sizeof(TestType)), 3);
        std::vector<std::uint32_t> want = found;
        for (const TestType code : sample.values)
          ++want[code];
        count<TestType>(*table, copy.data(), size, found.data());
        CHECK(found == want);
      }
    }
  }
}

TEMPLATE_TEST_CASE("upper 16 bits are counted as a plain loop counts them, on top of what was there", "",
                   std::uint32_t, std::uint64_t) {
  for (const KernelTable* table : samples::tables()) {
    for (const std::size_t size : kCodeSizes) {
      for (const auto& sample : code_samples<TestType>(size)) {
        INFO(to_string(table->isa) << ": " << size << " values, " << sample.name);
        const samples::Unaligned<TestType> copy(sample.values);
        std::vector<std::uint32_t> found(65'536, 3);
        std::vector<std::uint32_t> want = found;
        for (const TestType value : sample.values)
          ++want[static_cast<std::size_t>(value >> (8 * sizeof(TestType) - 16))];
        table->count_top16[sizeof(TestType) / 8](copy.data(), size, found.data());
        CHECK(found == want);
      }
    }
  }
}

TEMPLATE_TEST_CASE("find gives the first place of a code, or the size", "", std::uint8_t, std::uint16_t) {
  constexpr auto code = static_cast<TestType>(0xFF80);
  for (const KernelTable* table : samples::tables()) {
    for (const std::size_t size : kCodeSizes) {
      if (size > 5000) continue;
      std::vector<TestType> values(size, static_cast<TestType>(code - 1));
      CHECK(find<TestType>(*table, samples::Unaligned<TestType>(values).data(), size, code) == size);
      for (std::size_t at = 0; at < size; at += 1 + at / 3) {
        values.assign(size, static_cast<TestType>(code - 1));
        values[at] = code;
        values[size - 1] = code;
        CHECK(find<TestType>(*table, samples::Unaligned<TestType>(values).data(), size, code) == at);
      }
    }
  }
}
