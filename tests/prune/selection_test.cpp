#include <catch2/catch.hpp>

#include "weightsieve/prune/prune_selection.hpp"

using namespace weightsieve;

namespace {

Checkpoint checkpoint_of(const std::vector<TensorInfo>& tensors) {
  Checkpoint checkpoint;
  checkpoint.tensors = tensors;
  return checkpoint;
}

TensorInfo tensor(const std::string& name, Shape shape, Dtype dtype = Dtype::F32,
                  Role role = Role::parameter) {
  TensorInfo info;
  info.name = name;
  info.elements = element_count(shape).value();
  info.shape = std::move(shape);
  info.dtype = dtype;
  info.role = role;
  return info;
}

std::vector<std::string> names(const Checkpoint& checkpoint, const PruneSelection& selection) {
  std::vector<std::string> names;
  for (const std::size_t i : selection.tensors)
    names.push_back(checkpoint.tensors[i].name);
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("matrices have two dimensions after squeezing and are no embeddings or heads") {
  const Checkpoint checkpoint = checkpoint_of({
      tensor("a.weight", {3, 4}),
      tensor("a.bias", {4}),
      tensor("squeezed.weight", {1, 4}),
      tensor("conv.weight", {4, 3, 3, 3}),
      tensor("scalar", {}),
      tensor("model.embed_tokens.weight", {9, 4}),
      tensor("bert.word_embeddings.weight", {9, 4}),
      tensor("wte.weight", {9, 4}),
      tensor("transformer.wpe.weight", {9, 4}),
      tensor("shared.weight", {9, 4}),
      tensor("mlp.shared_expert.weight", {9, 4}),
      tensor("token_embd.weight", {9, 4}),
      tensor("lm_head.weight", {9, 4}),
      tensor("my_lm_head.weight", {9, 4}),
      tensor("bn.running_mean", {3, 4}, Dtype::F32, Role::buffer),
  });
  CHECK(names(checkpoint, select_for_pruning(checkpoint, PruneSelect::matrices)) ==
        Names{"a.weight", "conv.weight", "mlp.shared_expert.weight", "my_lm_head.weight"});
}

TEST_CASE("weights end in weight, all is all, and a predicate is asked for each parameter") {
  const Checkpoint checkpoint =
      checkpoint_of({tensor("a.weight", {4}), tensor("a.bias", {4}), tensor("weight", {2, 2}),
                     tensor("weight_g", {2, 2}), tensor("b", {2}, Dtype::F32, Role::buffer)});
  CHECK(names(checkpoint, select_for_pruning(checkpoint, PruneSelect::weights)) ==
        Names{"a.weight", "weight"});
  CHECK(names(checkpoint, select_for_pruning(checkpoint, PruneSelect::all)) ==
        Names{"a.weight", "a.bias", "weight", "weight_g"});
  const auto short_name = [](std::string_view name) { return name.size() <= 6; };
  CHECK(names(checkpoint, select_for_pruning(checkpoint, PruneSelect::matching, short_name)) ==
        Names{"a.bias", "weight"});
}

TEST_CASE("what cannot be pruned is left alone and listed with the reason") {
  Checkpoint checkpoint;
  for (const Dtype dtype : all_dtypes())
    checkpoint.tensors.push_back(tensor(std::string(dtype_info(dtype).name), {8, 8}, dtype));
  const PruneSelection selection = select_for_pruning(checkpoint, PruneSelect::matrices);
  CHECK(names(checkpoint, selection) ==
        Names{"F8_E5M2", "F8_E4M3", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "F16", "BF16", "F32", "F64"});
  CHECK(selection.left_alone.size() == all_dtypes().size() - 8);
  for (const SkippedTensor& skipped : selection.left_alone) {
    if (skipped.name == "F4") CHECK(skipped.reason == "F4 has fewer than 8 bits");
    if (skipped.name == "C64") CHECK(skipped.reason == "complex numbers are not pruned");
    if (skipped.name == "I8") CHECK(skipped.reason == "I8 is not a floating-point dtype");
    if (skipped.name == "F8_E8M0") CHECK(skipped.reason == "F8_E8M0 has no zero");
  }
}

TEST_CASE("of tensors that share storage the first is pruned") {
  Checkpoint checkpoint = checkpoint_of({tensor("a.weight", {2, 2}), tensor("b.weight", {2, 2})});
  checkpoint.tied = {{"a.weight", "b.weight"}};
  const PruneSelection selection = select_for_pruning(checkpoint, PruneSelect::all);
  CHECK(names(checkpoint, selection) == Names{"a.weight"});
  REQUIRE(selection.left_alone.size() == 1);
  CHECK(selection.left_alone[0].reason == "shares its storage with a.weight");
}
