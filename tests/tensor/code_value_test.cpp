// Every code of every small float against tables that walk from value to value: the next code is one step up,
// and the step doubles with each binade. No field of a code is ever taken apart.
#include "weightsieve/tensor/code_value.hpp"

#include <catch2/catch.hpp>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

using namespace weightsieve;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct SmallFloat {
  Dtype dtype;
  unsigned per_binade;  ///< codes between a power of two and the next
  double least;         ///< the smallest positive value
  unsigned positive;    ///< codes without a sign bit
};

/// The values of the codes without a sign bit as if none were special.
std::vector<double> walk(const SmallFloat& format) {
  std::vector<double> values{0};
  double step = format.least;
  while (values.size() < format.positive) {
    const std::size_t code = values.size() - 1;
    const bool begins_binade = code % format.per_binade == 0 && code > format.per_binade;
    if (begins_binade) step *= 2;
    values.push_back(values.back() + step);
  }
  return values;
}

std::vector<double> with_negatives(std::vector<double> values) {
  const std::size_t positive = values.size();
  for (std::size_t code = 0; code < positive; ++code)
    values.push_back(-values[code]);
  return values;
}

/// The largest exponent's codes: infinity first, then NaN.
void end_as_ieee(std::vector<double>& values, unsigned per_binade) {
  values[values.size() - per_binade] = kInfinity;
  for (std::size_t code = values.size() - per_binade + 1; code < values.size(); ++code)
    values[code] = kNaN;
}

bool same_bits(double a, double b) {
  return std::isnan(a) ? std::isnan(b) : std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

void check_table(const SmallFloat& format, const std::vector<double>& values) {
  INFO(dtype_info(format.dtype).name);
  REQUIRE(values.size() == 2 * format.positive);
  for (std::uint32_t code = 0; code < values.size(); ++code) {
    INFO(code);
    REQUIRE(same_bits(code_value(format.dtype, code), values[code]));
    const double magnitude = std::fabs(values[code]);
    const bool below_normal = magnitude > 0 && magnitude < format.least * format.per_binade;
    REQUIRE(is_subnormal_code(format.dtype, code) == below_normal);
  }
}

}  // namespace

TEST_CASE("all 65,536 codes of F16 and BF16, and all 256 of F8_E5M2, are those of IEEE 754") {
  for (const SmallFloat& format :
       {SmallFloat{Dtype::F16, 1024, 0x1p-24, 32'768}, SmallFloat{Dtype::BF16, 128, 0x1p-133, 32'768},
        SmallFloat{Dtype::F8_E5M2, 4, 0x1p-16, 128}}) {
    std::vector<double> values = walk(format);
    end_as_ieee(values, format.per_binade);
    check_table(format, with_negatives(values));
  }
}

TEST_CASE("F8_E4M3 goes up to 448 and has one NaN of each sign") {
  const SmallFloat format{Dtype::F8_E4M3, 8, 0x1p-9, 128};
  std::vector<double> values = walk(format);
  values.back() = kNaN;
  CHECK(values[126] == 448);
  check_table(format, with_negatives(values));
}

TEST_CASE("the FNUZ kinds have no negative zero: that code is their only NaN") {
  for (const auto& [format, largest] :
       {std::pair{SmallFloat{Dtype::F8_E4M3FNUZ, 8, 0x1p-10, 128}, 240.0},
        std::pair{SmallFloat{Dtype::F8_E5M2FNUZ, 4, 0x1p-17, 128}, 57'344.0}}) {
    std::vector<double> values = with_negatives(walk(format));
    values[128] = kNaN;
    CHECK(values[127] == largest);
    check_table(format, values);
  }
}

TEST_CASE("F4 is half steps to 2, then 3, 4, 6") {
  const SmallFloat format{Dtype::F4, 2, 0.5, 8};
  CHECK(walk(format) == std::vector<double>{0, 0.5, 1, 1.5, 2, 3, 4, 6});
  check_table(format, with_negatives(walk(format)));
}

TEST_CASE("F8_E8M0 is a power of two, with neither sign nor zero") {
  double value = 0x1p-127;
  for (std::uint32_t code = 0; code < 255; ++code, value *= 2) {
    REQUIRE(same_bits(code_value(Dtype::F8_E8M0, code), value));
    REQUIRE_FALSE(is_subnormal_code(Dtype::F8_E8M0, code));
  }
  CHECK(std::isnan(code_value(Dtype::F8_E8M0, 255)));
}

TEST_CASE("small integers are themselves, and every byte of a BOOL but 0 is 1") {
  for (int code = 0; code < 65'536; ++code) {
    const auto bits = static_cast<std::uint32_t>(code);
    REQUIRE(code_value(Dtype::U16, bits) == code);
    REQUIRE(code_value(Dtype::I16, bits) == (code < 32'768 ? code : code - 65'536));
    if (code > 255) continue;
    REQUIRE(code_value(Dtype::U8, bits) == code);
    REQUIRE(code_value(Dtype::I8, bits) == (code < 128 ? code : code - 256));
    REQUIRE(code_value(Dtype::BOOL, bits) == (code == 0 ? 0 : 1));
  }
}
