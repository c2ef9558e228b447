#include "cli/values.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "weightsieve/base/error.hpp"

using namespace weightsieve;
using namespace weightsieve::cli;

namespace {

using Range = std::pair<double, double>;

template <class Parse>
bool is_refused(Parse parse) {
  try {
    parse();
  } catch (const Error& error) {
    return error.code() == ErrorCode::usage;
  }
  return false;
}

}  // namespace

TEST_CASE("whole numbers keep to their bounds and to plain digits") {
  CHECK(parse_whole("0", 0, 9) == 0);
  CHECK(parse_whole("18446744073709551615", 0, UINT64_MAX) == UINT64_MAX);
  for (const char* text :
       {"", "-1", "+1", " 1", "1 ", "1e3", "0x10", "1.0", "10", "18446744073709551616", "1,0"})
    CHECK(is_refused([&] { parse_whole(text, 0, 9); }));
}

TEST_CASE("a real number is the double nearest to what was typed") {
  CHECK(parse_real("0.1") == 0.1);
  CHECK(parse_real("-.5e-3") == -0.0005);
  CHECK(parse_real("9007199254740993") == 9007199254740992.0);
  CHECK(parse_real("-inf") == -std::numeric_limits<double>::infinity());
  CHECK(parse_real("1e-400") == 0);
  CHECK(parse_real("4e-324") == std::numeric_limits<double>::denorm_min());
  CHECK_FALSE(std::signbit(parse_real("-0")));
  for (const char* text : {"", "nan", "-nan", "1e400", "0,1", "0x1p3", "1e", "1 ", " 1", "one"})
    CHECK(is_refused([&] { parse_real(text); }));
}

TEST_CASE("an interval has two ordered ends") {
  CHECK(parse_interval("-0.1:0") == Range{-0.1, 0});
  CHECK(parse_interval("1:1") == Range{1, 1});
  CHECK(parse_interval("-inf:0").first == -std::numeric_limits<double>::infinity());
  for (const char* text : {"1:0", "nan:1", "0:nan", "1", ":", "1:", ":1", "0:1:2", "a:b"})
    CHECK(is_refused([&] { parse_interval(text); }));
}

TEST_CASE("a threshold is an interval around zero") {
  CHECK(parse_threshold("0.1") == Range{-0.1, 0.1});
  CHECK_FALSE(std::signbit(parse_threshold("0").first));
  for (const char* text : {"-0.1", "nan", ""})
    CHECK(is_refused([&] { parse_threshold(text); }));
}

TEST_CASE("a histogram's range is finite and not empty") {
  CHECK(parse_finite_range("-1:1") == Range{-1, 1});
  for (const char* text : {"1:1", "2:1", "-inf:1", "0:inf"})
    CHECK(is_refused([&] { parse_finite_range(text); }));
}

TEST_CASE("quantiles are numbers from 0 to 1 between commas") {
  CHECK(parse_quantiles("0.5") == std::vector<double>{0.5});
  CHECK(parse_quantiles("0,0.25,1") == std::vector<double>{0, 0.25, 1});
  for (const char* text : {"", ",", "0.5,", ",0.5", "1.01", "-0.01", "nan", "0.5;0.6", "0,,1"})
    CHECK(is_refused([&] { parse_quantiles(text); }));
}
