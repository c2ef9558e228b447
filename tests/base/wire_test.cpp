#include "weightsieve/base/wire.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include "weightsieve/base/error.hpp"

using namespace weightsieve;

TEST_CASE("what is written is read back, in its order") {
  WireWriter out;
  const std::uint64_t counts[] = {0, 1, 127, 128, 300, std::uint64_t{1} << 63, UINT64_MAX};
  for (const std::uint64_t count : counts)
    out.count(count);
  out.put(-0.0);
  out.put(std::numeric_limits<double>::infinity());
  out.put(std::int64_t{-5});
  out.text("a \0 b");
  out.text("");
  WireReader in(out.bytes());
  for (const std::uint64_t count : counts)
    CHECK(in.count() == count);
  CHECK(std::signbit(in.get<double>()));
  CHECK(in.get<double>() == std::numeric_limits<double>::infinity());
  CHECK(in.get<std::int64_t>() == -5);
  CHECK(in.text() == std::string_view("a \0 b"));
  CHECK(in.text().empty());
  CHECK(in.is_at_end());
}

TEST_CASE("small counts take a byte") {
  WireWriter out;
  out.count(127);
  CHECK(out.bytes().size() == 1);
  out.count(128);
  CHECK(out.bytes().size() == 3);
}

TEST_CASE("bytes that end too soon are refused wherever they end") {
  WireWriter out;
  out.count(1'000'000);
  out.put(1.5);
  out.text("weights");
  for (std::size_t size = 0; size < out.bytes().size(); ++size) {
    const auto read_all = [&] {
      WireReader in(Bytes(out.bytes()).first(size));
      in.count();
      in.get<double>();
      in.text();
    };
    CHECK_THROWS_AS(read_all(), Error);
  }
}

TEST_CASE("a length never promises more than there are bytes") {
  WireWriter out;
  out.count(UINT64_MAX);
  CHECK_THROWS_AS(WireReader(out.bytes()).length(), Error);
  CHECK_THROWS_AS(WireReader(out.bytes()).text(), Error);
  CHECK_THROWS_AS(WireReader(out.bytes()).truth(), Error);
}

TEST_CASE("a count that does not fit 64 bits is refused") {
  const std::vector<std::byte> eleven(11, std::byte{0x81});
  CHECK_THROWS_AS(WireReader(eleven).count(), Error);
  std::vector<std::byte> ten(9, std::byte{0xFF});
  ten.push_back(std::byte{2});
  CHECK_THROWS_AS(WireReader(ten).count(), Error);
}
