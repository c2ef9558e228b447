#include "report/sparkline.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <memory>

using namespace weightsieve;

namespace {

TensorProfile tensor_with(double low, double high, std::vector<std::uint64_t> counts) {
  TensorProfile tensor;
  Statistics statistics;
  statistics.histogram.low = low;
  statistics.histogram.high = high;
  statistics.histogram.counts = std::move(counts);
  tensor.statistics = std::make_unique<Statistics>(std::move(statistics));
  return tensor;
}

std::string line_of(std::initializer_list<const TensorProfile*> tensors) {
  const std::vector<const TensorProfile*> pointers(tensors);
  return sparkline(pointers);
}

}  // namespace

TEST_CASE("cells are as high as their values are many, and blank where there are none") {
  const TensorProfile tensor = tensor_with(-1, 1, {1, 0, 2, 3, 4, 5, 6, 7, 8, 8});
  CHECK(line_of({&tensor}) == "▂ ▃▄▅▆▇███");
}

TEST_CASE("a far outlier leaves a trace") {
  std::vector<std::uint64_t> counts(200);
  counts[3] = 1'000'000;
  counts[199] = 1;
  const TensorProfile tensor = tensor_with(-1, 100, counts);
  CHECK(line_of({&tensor}) == "█        ▁");
}

TEST_CASE("several tensors share one range") {
  const TensorProfile left = tensor_with(0, 1, {4, 4}),
                      right = tensor_with(1, 10, {0, 0, 0, 0, 0, 0, 0, 0, 8});
  CHECK(line_of({&left, &right}) == "█        █");
  const TensorProfile nothing;
  CHECK(line_of({&nothing, &left, &right}) == line_of({&left, &right}));
}

TEST_CASE("extreme ranges, one value and none draw what they can") {
  constexpr double most = std::numeric_limits<double>::max();
  const TensorProfile wide = tensor_with(-most, most, {1, 0, 0, 0, 0, 0, 0, 0, 0, 1});
  CHECK(line_of({&wide}) == "█        █");
  const TensorProfile one = tensor_with(3, 3, {5, 0});
  CHECK(line_of({&one}) == "     █    ");
  const TensorProfile none, empty = tensor_with(0, 1, {0, 0});
  CHECK(line_of({&none}).empty());
  CHECK(line_of({&empty}).empty());
}
