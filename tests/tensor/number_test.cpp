#include "weightsieve/tensor/number.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <limits>

using namespace weightsieve;

TEST_CASE("numbers compare as real numbers, beyond what a double holds") {
  const Number big(std::int64_t{9'007'199'254'740'993});
  CHECK(big > Number(9'007'199'254'740'992.0));
  CHECK(big < Number(9'007'199'254'740'994.0));
  CHECK(Number(std::numeric_limits<std::uint64_t>::max()) < Number(0x1p64));
  CHECK(Number(std::numeric_limits<std::int64_t>::min()) == Number(-0x1p63));
  CHECK(Number(std::int64_t{-1}) < Number(std::uint64_t{0}));
  CHECK(Number(std::uint64_t{3}) > Number(2.5));
  CHECK(Number(2.5) < Number(std::int64_t{3}));
  CHECK(Number(std::int64_t{-3}) < Number(-2.5));
}

TEST_CASE("integers keep every digit, and their magnitude too") {
  CHECK(Number(std::int64_t{9'007'199'254'740'993}).text() == "9007199254740993");
  CHECK(Number(std::numeric_limits<std::int64_t>::min()).magnitude().text() == "9223372036854775808");
  CHECK(Number(-0.5).magnitude().text() == "0.5");
}
