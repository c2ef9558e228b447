#include <catch2/catch.hpp>

#include "weightsieve/tensor/index_text.hpp"
#include "weightsieve/tensor/tensor_info.hpp"

using namespace weightsieve;

TEST_CASE("forms follow the dimensions that are not 1") {
  CHECK(form({}) == "Scalar");
  CHECK(form({1, 1}) == "Scalar");
  CHECK(form({1, 1024}) == "Vector");
  CHECK(form({8, 32, 1, 1}) == "Matrix");
  CHECK(form({32, 3, 3, 3}) == "Tensor rank 4");
  CHECK(form({0}) == "Vector");
}

TEST_CASE("shapes print as Python prints tuples") {
  CHECK(to_string(Shape{}) == "()");
  CHECK(to_string(Shape{1024}) == "(1024,)");
  CHECK(to_string(Shape{50265, 1024}) == "(50265, 1024)");
  CHECK(index_text(Shape{}, 0) == "[0]");
  CHECK(index_text(Shape{384}, 99) == "[99]");
  CHECK(index_text(Shape{384, 1536}, 611416) == "[398, 88]");
  CHECK(index_text(Shape{2, 3, 4}, 23) == "[1, 2, 3]");
  CHECK(index_text(Shape{3, 0}, 7) == "[7]");
  CHECK(squeezed({1, 32, 1, 3}) == Shape{32, 3});
}

TEST_CASE("element counts are checked, and zero wins wherever it stands") {
  constexpr std::uint64_t huge = std::uint64_t{1} << 40;
  CHECK(element_count({}) == 1u);
  CHECK(element_count({3, 4}) == 12u);
  CHECK(element_count({huge, huge}) == std::nullopt);
  CHECK(element_count({0, huge, huge}) == 0u);
  CHECK(element_count({huge, huge, 0}) == 0u);
}

TEST_CASE("buffers are known by the last part of their name or by their dtype") {
  CHECK(role_of("bn1.running_mean", Dtype::F32) == Role::buffer);
  CHECK(role_of("position_ids", Dtype::I64) == Role::buffer);
  CHECK(role_of("mask", Dtype::BOOL) == Role::buffer);
  CHECK(role_of("running_mean.weight", Dtype::F32) == Role::parameter);
  CHECK(role_of("x.my_running_mean", Dtype::F32) == Role::parameter);
}

TEST_CASE("dtype names are those of safetensors, exactly") {
  CHECK(all_dtypes().size() == 22);
  for (const Dtype dtype : all_dtypes())
    CHECK(dtype_from_name(dtype_info(dtype).name) == dtype);
  CHECK(dtype_from_name("f32") == std::nullopt);
  CHECK(dtype_from_name("F128") == std::nullopt);
}
