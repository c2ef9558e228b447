// Picking values by their upper halves against a plain loop.
#include <catch2/catch.hpp>

#include "kernels/samples.hpp"

using namespace weightsieve;

namespace {

template <typename T>
std::uint16_t upper_half(T value) {
  std::uint16_t top;
  std::memcpy(&top, reinterpret_cast<const char*>(&value) + sizeof(T) - 2, 2);
  return top;
}

std::vector<std::uint8_t> random_codes(std::uint64_t one_in, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::uint8_t> wanted(65536);
  for (std::uint8_t& each : wanted)
    each = random() % one_in == 0 ? static_cast<std::uint8_t>(1 + random() % 255) : 0;
  return wanted;
}

template <typename T>
std::vector<T> pick(const KernelTable& table, const std::vector<T>& values,
                    const std::vector<std::uint8_t>& wanted, std::uint16_t window) {
  const samples::Unaligned<T> copy(values);
  std::vector<T> out(values.size() + 16);
  out.resize(table.pick[samples::wide_index<T>()](copy.data(), values.size(), wanted.data(), window,
                                                  reinterpret_cast<std::byte*>(out.data())));
  return out;
}

template <typename T>
bool may_come_along(T value, std::uint16_t window) {
  const std::uint16_t magnitude = upper_half(value) & 0x7FFF;
  const int first = std::min(int{window}, 0x8000 - 1024);
  return magnitude < first || magnitude >= first + 1024;
}

/// Walks both in step: what was picked is what was wanted, in order, and at most what may come along.
template <typename T>
bool is_right(const std::vector<T>& picked, const std::vector<T>& values,
              const std::vector<std::uint8_t>& wanted, std::uint16_t window) {
  std::size_t next = 0;
  for (const T& value : values) {
    const bool is_next = next < picked.size() && samples::same_bits(picked[next], value);
    const bool is_wanted = wanted[upper_half(value)] != 0;
    if (is_wanted && !is_next) return false;
    if (is_next && (is_wanted || may_come_along(value, window))) ++next;
  }
  return next == picked.size();
}

}  // namespace

TEMPLATE_TEST_CASE("the wanted values are picked, in order", "", float, double) {
  for (const std::size_t size : samples::kSizes) {
    for (const auto& sample : samples::floats<TestType>(size, size + 4)) {
      for (const std::uint64_t one_in : {1U, 2U, 7U, 1000U}) {
        const auto wanted = random_codes(one_in, size + one_in);
        const auto window = static_cast<std::uint16_t>(size * 977 % 0x8000);
        for (const std::uint16_t each : {window, std::uint16_t{0x3900}, std::uint16_t{0}}) {
          for (const KernelTable* table : samples::tables()) {
            INFO(to_string(table->isa) << ": " << size << " values, " << sample.name << ", one code in "
                                       << one_in << ", window " << each);
            CHECK(is_right(pick(*table, sample.values, wanted, each), sample.values, wanted, each));
          }
        }
      }
    }
  }
}
