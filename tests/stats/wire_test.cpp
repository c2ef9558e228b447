// What several processes count of a tensor, sent as bytes and joined, is what one counts.

#include <catch2/catch.hpp>

#include <cstring>
#include <random>

#include "weightsieve/base/error.hpp"
#include "weightsieve/stats/tensor_stats.hpp"
#include "weightsieve/stats/wire_statistics.hpp"
#include "weightsieve/stats/zero_pattern.hpp"

using namespace weightsieve;

namespace {

constexpr std::uint64_t kElements = 3 * kChunkElements + 7;

std::vector<std::byte> random_bytes(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::byte> bytes(count);
  for (std::byte& byte : bytes)
    byte = static_cast<std::byte>(random() & 0x7F);
  return bytes;
}

TensorStats count(const StatsContext& context, const TensorTask& task, Bytes bytes, std::uint64_t first,
                  std::uint64_t end) {
  TensorStats stats(context, task, first);
  const std::uint64_t width = dtype_info(task.dtype).bits / 8;
  for (std::uint64_t chunk = first; chunk < end; chunk += kChunkElements) {
    UnitStats unit(context, task);
    const std::uint64_t elements = std::min(kChunkElements, end - chunk);
    unit.add_chunk(bytes.subspan(chunk * width, elements * width), chunk);
    stats.merge(std::move(unit));
  }
  return stats;
}

std::vector<std::byte> on_wire(const TensorStats& stats) {
  WireWriter out;
  stats.write(out);
  return out.take();
}

std::vector<std::byte> finished(TensorStats stats) {
  const TensorResult result = std::move(stats).finish();
  WireWriter out;
  write_statistics(out, result.statistics, result.moments);
  return out.take();
}

TensorStats join(const StatsContext& context, const TensorTask& task,
                 const std::vector<std::vector<std::byte>>& stretches) {
  TensorStats joined(context, task);
  for (const auto& stretch : stretches) {
    WireReader in(stretch);
    joined.read_behind(in);
    REQUIRE(in.is_at_end());
  }
  joined.require_whole();
  return joined;
}

}  // namespace

TEST_CASE("stretches of a tensor join to the bits of the whole, wherever it is cut") {
  for (const Dtype dtype : {Dtype::F32, Dtype::BF16, Dtype::F64, Dtype::I64, Dtype::U8}) {
    for (const auto method : {QuantileChoice::automatic, QuantileChoice::reservoir}) {
      StatsContext context;
      context.options.quantile_method = method;
      const TensorTask task{dtype, kElements, 5, std::nullopt};
      const auto bytes = random_bytes(kElements * dtype_info(dtype).bits / 8, 3);
      const auto whole = finished(count(context, task, bytes, 0, kElements));
      for (const std::uint64_t cut : {kChunkElements, 2 * kChunkElements, 3 * kChunkElements}) {
        const auto head = on_wire(count(context, task, bytes, 0, cut));
        const auto rest = on_wire(count(context, task, bytes, cut, kElements));
        CHECK(finished(join(context, task, {head, rest})) == whole);
      }
    }
  }
}

TEST_CASE("what was joined may be sent on and joined again") {
  const StatsContext context;
  const TensorTask task{Dtype::F32, kElements, 5, std::nullopt};
  const auto bytes = random_bytes(kElements * 4, 4);
  const auto whole = finished(count(context, task, bytes, 0, kElements));
  TensorStats middle = count(context, task, bytes, kChunkElements, 2 * kChunkElements);
  middle.merge(count(context, task, bytes, 2 * kChunkElements, 3 * kChunkElements));
  const auto first = on_wire(count(context, task, bytes, 0, kChunkElements));
  const auto last = on_wire(count(context, task, bytes, 3 * kChunkElements, kElements));
  CHECK(finished(join(context, task, {first, on_wire(middle), last})) == whole);
}

TEST_CASE("a stretch that is missing, twice or cut short is noticed") {
  const StatsContext context;
  const TensorTask task{Dtype::F32, kElements, 5, std::nullopt};
  const auto bytes = random_bytes(kElements * 4, 6);
  const auto head = on_wire(count(context, task, bytes, 0, kChunkElements));
  const auto rest = on_wire(count(context, task, bytes, kChunkElements, kElements));
  CHECK_THROWS_AS(join(context, task, {head}), Error);
  CHECK_THROWS_AS(join(context, task, {head, head, rest}), Error);
  CHECK_THROWS_AS(join(context, task, {head, rest, rest}), Error);
  for (std::size_t size = 0; size < rest.size(); size += rest.size() / 50) {
    WireReader in(Bytes(rest).first(size));
    TensorStats joined(context, task);
    CHECK_THROWS_AS(joined.read_behind(in), Error);
  }
}

TEST_CASE("statistics whose counts were changed on the way are noticed") {
  const StatsContext context;
  const TensorTask task{Dtype::BF16, kElements, 5, std::nullopt};
  const auto bytes = random_bytes(kElements * 2, 8);
  auto wire = finished(count(context, task, bytes, 0, kElements));
  WireReader sound(wire);
  CHECK(read_statistics(sound, context.options, kElements).statistics.counts.values() == kElements);
  wire[0] ^= std::byte{1};
  WireReader changed(wire);
  CHECK_THROWS_AS(read_statistics(changed, context.options, kElements), Error);
}

TEST_CASE("where zeros stand is joined from bytes as from scans") {
  const Shape shape{64, 48};
  std::vector<std::uint16_t> values(64 * 48, 0x3F80);
  for (std::size_t i = 0; i < 48; ++i)
    values[10 * 48 + i] = values[50 * 48 + i] = 0;
  const Bytes bytes = std::as_bytes(std::span(values));
  const auto empty = ZeroScan::of(Dtype::BF16, shape);
  ZeroScan first = *empty, second = *empty, joined = *empty;
  first.add(bytes.first(20 * 48 * 2), 0, 20 * 48);
  second.add(bytes.subspan(20 * 48 * 2), 20 * 48, 44 * 48);
  for (const ZeroScan* scan : {&first, &second}) {
    WireWriter out;
    scan->write(out);
    WireReader in(out.bytes());
    joined.read(in);
    CHECK(in.is_at_end());
  }
  CHECK(joined.finish().dead_rows == 2);
  CHECK(joined.finish().first_dead_row == 10);
  CHECK(joined.finish().dead_columns == 0);
  CHECK_FALSE(joined.finish().two_of_four);
}
