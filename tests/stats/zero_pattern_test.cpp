#include "weightsieve/stats/zero_pattern.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>
#include <random>

#include "weightsieve/stats/tensor_stats.hpp"

using namespace weightsieve;

namespace {

struct Model {
  Dtype dtype;
  Shape shape;
  std::vector<std::byte> bytes;

  std::uint64_t elements() const {
    std::uint64_t product = 1;
    for (const std::uint64_t extent : shape)
      product *= extent;
    return product;
  }

  bool zero(std::uint64_t element) const {
    const std::uint64_t parts = values_per_element(dtype);
    bool all = true;
    for (std::uint64_t i = element * parts; i < (element + 1) * parts; ++i)
      all = all && value_at(dtype, bytes, i) == 0;
    return all;
  }
};

/// Element by element, from the definition.
ZeroPattern plain_pattern(const Model& model) {
  Shape extents;
  for (const std::uint64_t extent : model.shape)
    if (extent != 1) extents.push_back(extent);
  const std::uint64_t depth = model.elements() / extents[0] / extents[1];
  std::vector<bool> rows(extents[0], true), columns(extents[1], true);
  bool fours = extents.back() % 4 == 0;
  for (std::uint64_t i = 0; i < model.elements(); ++i) {
    if (model.zero(i)) continue;
    rows[i / depth / extents[1]] = columns[i / depth % extents[1]] = false;
  }
  for (std::uint64_t i = 0; fours && i < model.elements(); i += 4) {
    int zeros = 0;
    for (std::uint64_t j = i; j < i + 4; ++j)
      zeros += model.zero(j);
    fours = zeros >= 2;
  }
  const auto first = [](const std::vector<bool>& dead) {
    const auto at = std::find(dead.begin(), dead.end(), true);
    return at == dead.end() ? 0 : static_cast<std::uint64_t>(at - dead.begin());
  };
  return {extents[0],
          extents[1],
          static_cast<std::uint64_t>(std::count(rows.begin(), rows.end(), true)),
          static_cast<std::uint64_t>(std::count(columns.begin(), columns.end(), true)),
          first(rows),
          first(columns),
          fours};
}

void check_same(const ZeroPattern& found, const ZeroPattern& expected) {
  CHECK(found.rows == expected.rows);
  CHECK(found.columns == expected.columns);
  REQUIRE(found.dead_rows == expected.dead_rows);
  REQUIRE(found.dead_columns == expected.dead_columns);
  CHECK(found.first_dead_row == expected.first_dead_row);
  CHECK(found.first_dead_column == expected.first_dead_column);
  REQUIRE(found.two_of_four == expected.two_of_four);
}

/// Scanned in pieces of random length, each by itself, and joined in random order.
ZeroPattern scanned(const Model& model, std::mt19937_64& random) {
  std::vector<ZeroScan> parts;
  for (std::uint64_t first = 0; first < model.elements();) {
    const std::uint64_t some = std::min(model.elements() - first, 4 * (1 + random() % 40));
    parts.push_back(*ZeroScan::of(model.dtype, model.shape));
    const std::uint64_t bits = dtype_info(model.dtype).bits;
    parts.back().add(Bytes(model.bytes).subspan(first * bits / 8, (some * bits + 7) / 8), first, some);
    first += some;
  }
  std::shuffle(parts.begin(), parts.end(), random);
  ZeroScan joined = *ZeroScan::of(model.dtype, model.shape);
  for (const ZeroScan& part : parts)
    joined.merge(part);
  return joined.finish();
}

/// Of bytes that are mostly zero, some rows, columns or places of each four emptied.
Model random_model(Dtype dtype, Shape shape, std::mt19937_64& random) {
  Model model{dtype, std::move(shape), {}};
  model.bytes.resize((model.elements() * dtype_info(dtype).bits + 7) / 8);
  const std::uint64_t odds = 1 + random() % 8;
  for (std::byte& byte : model.bytes)
    if (random() % odds == 0) byte = static_cast<std::byte>(random());
  const std::uint64_t width = dtype_info(dtype).bits / 8;
  if (width == 0 || random() % 2 == 0) return model;
  const std::uint64_t fours = random() % 2;
  for (std::uint64_t i = 0; i < model.elements(); ++i)
    if (fours != 0 ? i % 4 < 2 : i % 5 == 1) std::fill_n(&model.bytes[i * width], width, std::byte{0});
  return model;
}

}  // namespace

TEST_CASE("patterns of zeros are those of a plain walk, whatever the pieces") {
  std::mt19937_64 random(11);
  const std::vector<Shape> shapes{{2, 2},    {7, 5},       {16, 12}, {1, 9, 1, 8},
                                  {5, 3, 4}, {4, 6, 3, 3}, {40, 2},  {3, 1, 64}};
  for (const Dtype dtype : {Dtype::F32, Dtype::F64, Dtype::F16, Dtype::BF16, Dtype::F8_E4M3, Dtype::F4,
                            Dtype::I8, Dtype::I64, Dtype::BOOL, Dtype::C64, Dtype::F8_E4M3FNUZ}) {
    for (const Shape& shape : shapes) {
      for (int round = 0; round < 6; ++round) {
        const Model model = random_model(dtype, shape, random);
        check_same(scanned(model, random), plain_pattern(model));
      }
    }
  }
}

TEST_CASE("minus zero is zero, NaN is not") {
  const std::vector<float> values{-0.0f, 0.0f, std::numeric_limits<float>::quiet_NaN(), 0.0f};
  ZeroScan scan = *ZeroScan::of(Dtype::F32, {2, 2});
  scan.add(std::as_bytes(std::span(values)), 0, 4);
  check_same(scan.finish(), {2, 2, 1, 1, 0, 1, false});
}

TEST_CASE("only shapes with rows and columns, and not too many, are looked at") {
  for (const Shape& shape :
       {Shape{}, Shape{5}, Shape{1, 5, 1}, Shape{0, 3}, Shape{2, 0, 3}, Shape{2, 2'000'000}})
    CHECK_FALSE(ZeroScan::of(Dtype::F32, shape));
  CHECK(ZeroScan::of(Dtype::F32, {30'522, 384}));
}

TEST_CASE("fewer zeros than a row or a column has are not worth a look") {
  const ZeroScan scan = *ZeroScan::of(Dtype::F32, {8, 3, 5});
  CHECK_FALSE(scan.is_worth(14));
  CHECK(scan.is_worth(15));
}
