#include <catch2/catch.hpp>

#include "profile/sample_tensors.hpp"

using namespace weightsieve;

TEST_CASE("totals count layers, parameters and buffers apart") {
  const auto tensors = tensor_list(
      listed("conv.weight", {8, 4, 3, 3}), listed("bn.weight", {8}), listed("bn.running_mean", {8}),
      listed("scale", {1, 1}), listed("fc.weight", {10, 8}, Dtype::F16), listed("mask", {4}, Dtype::BOOL));
  const Totals totals = count_totals(tensors, {});
  CHECK(totals.tensors == 6);
  CHECK(totals.layers == 4);
  CHECK(totals.buffers == 2);
  CHECK(totals.parameters == 288 + 8 + 1 + 80);
  CHECK(totals.trainable_parameters == totals.parameters);
  CHECK(totals.parameter_bytes == 4 * (288 + 8 + 1) + 2 * 80);
  CHECK(totals.bytes == totals.parameter_bytes + 32 + 4);
}

TEST_CASE("forms come as Scalar, Vector, Matrix, then by rank, and only those that are there") {
  const auto tensors = tensor_list(listed("e", {2, 2, 2, 2, 2, 2, 2, 2, 2, 2}), listed("d", {2, 2, 2}),
                                   listed("c", {2, 2}), listed("a", {1}), listed("c2", {2, 1, 2}));
  const Totals totals = count_totals(tensors, {});
  std::vector<std::string> forms;
  for (const FormShare& share : totals.by_form)
    forms.push_back(share.form);
  CHECK(forms == std::vector<std::string>{"Scalar", "Matrix", "Tensor rank 3", "Tensor rank 10"});
  CHECK(totals.by_form[1].layers == 2);
  CHECK(totals.by_form[1].parameters == 8);
}

TEST_CASE("dtypes are counted over all tensors, buffers too") {
  const auto tensors = tensor_list(listed("w", {4}, Dtype::F32), listed("running_mean", {4}, Dtype::F32),
                                   listed("h", {4}, Dtype::BF16));
  const Totals totals = count_totals(tensors, {});
  REQUIRE(totals.by_dtype.size() == 2);
  CHECK(totals.by_dtype[0].dtype == Dtype::BF16);
  CHECK(totals.by_dtype[1].tensors == 2);
  CHECK(totals.by_dtype[1].elements == 8);
  CHECK(totals.by_dtype[1].bytes == 32);
}

TEST_CASE("tied tensors count once, as the first of them that is there") {
  const std::vector<std::vector<std::string>> tied{{"absent", "wte.weight", "lm_head.weight"}};
  const auto tensors =
      tensor_list(listed("lm_head.weight", {10, 4}), listed("wte.weight", {10, 4}), listed("b", {4}));
  CHECK(tied_repeats(tensors, tied) == std::vector<bool>{false, true, false});
  const Totals totals = count_totals(tensors, tied);
  CHECK(totals.tensors == 2);
  CHECK(totals.parameters == 44);
  CHECK(totals.by_form.at(1).layers == 1);
}

TEST_CASE("what a format marks as frozen is not trainable") {
  auto tensors = tensor_list(listed("a", {4}), listed("b", {6}));
  tensors[1].info.trainable = false;
  const Totals totals = count_totals(tensors, {});
  CHECK(totals.parameters == 10);
  CHECK(totals.trainable_parameters == 4);
  CHECK(totals.trainable_bytes == 16);
}

TEST_CASE("a checkpoint without tensors has empty totals") {
  const Totals totals = count_totals({}, {});
  CHECK(totals.tensors == 0);
  CHECK(totals.by_form.empty());
  CHECK(totals.by_dtype.empty());
}
