#include "weightsieve/engine/chunk_plan.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace weightsieve;

namespace {

constexpr std::uint64_t kChunk = 1000;
constexpr std::uint64_t kSmall = 60;

/// Checks that units cover every element of every tensor once, in order, in whole chunks.
void check_cover(const std::vector<std::uint64_t>& sizes, unsigned threads) {
  std::size_t tensor = 0;
  std::uint64_t at = 0;
  for (const WorkUnit& unit : plan_units(sizes, kChunk, kSmall, threads)) {
    REQUIRE(unit.first_tensor == tensor);
    REQUIRE(unit.first_element == at);
    REQUIRE(unit.first_element % kChunk == 0);
    if (sizes[tensor] > kSmall) {
      REQUIRE(unit.tensors == 1);
      at += unit.elements;
      REQUIRE((at % kChunk == 0 || at == sizes[tensor]));
      REQUIRE(unit.ends_tensor == (at == sizes[tensor]));
      if (unit.ends_tensor) ++tensor, at = 0;
      continue;
    }
    REQUIRE(unit.tensors >= 1);
    std::uint64_t elements = 0;
    for (std::size_t i = 0; i < unit.tensors; ++i) {
      REQUIRE(sizes[tensor] <= kSmall);
      elements += sizes[tensor++];
    }
    REQUIRE(elements == unit.elements);
  }
  REQUIRE(tensor == sizes.size());
}

}  // namespace

TEST_CASE("units cover every element once, in order, whatever the sizes and threads") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::uint64_t> sizes(random() % 50);
    for (auto& size : sizes)
      size = random() % 4 == 0 ? random() % 50'000 : random() % 2 == 0 ? random() % 70 : 0;
    check_cover(sizes, 1 + static_cast<unsigned>(random() % 64));
  }
}

TEST_CASE("units between two places are the rest of them, whoever planned the place") {
  std::mt19937_64 random(2);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::uint64_t> sizes(1 + random() % 30);
    for (auto& size : sizes)
      size = random() % 3 == 0 ? random() % 50'000 : random() % 60;
    const auto planned = plan_units(sizes, kChunk, kSmall, 1 + static_cast<unsigned>(random() % 9));
    const auto place = [&] {
      return random() % 9 == 0 ? PlanPosition{} : end_of(planned[random() % planned.size()]);
    };
    const PlanPosition one = place();
    const PlanPosition other = place();
    const auto again = plan_units(sizes, kChunk, kSmall, 1 + static_cast<unsigned>(random() % 9));
    PlanPosition at = std::min(one, other);
    for (const WorkUnit& unit : units_between(again, sizes, at, std::max(one, other))) {
      REQUIRE(begin_of(unit) == at);
      REQUIRE((unit.tensors == 1 || unit.first_element == 0));
      std::uint64_t elements = 0;
      for (std::size_t i = 0; i < unit.tensors; ++i)
        elements += sizes[unit.first_tensor + i];
      REQUIRE((unit.tensors == 1 ? unit.elements <= elements : unit.elements == elements));
      REQUIRE(unit.ends_tensor == (end_of(unit).element == 0));
      at = end_of(unit);
    }
    REQUIRE(at == std::max(one, other));
  }
}

TEST_CASE("every thread gets several units of one large tensor") {
  const std::vector<std::uint64_t> one{256 * kChunk};
  CHECK(plan_units(one, kChunk, kSmall, 8).size() >= 8 * 8);
  CHECK(plan_units(one, kChunk, kSmall, 1).size() <= 17);
}

TEST_CASE("a hundred thousand small tensors are few units") {
  const std::vector<std::uint64_t> many(100'000, 10);
  CHECK(plan_units(many, kChunk, kSmall, 4).size() <= 1'001);
}
