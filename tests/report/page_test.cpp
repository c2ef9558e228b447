#include <catch2/catch.hpp>

#include "report/expected_text.hpp"
#include "report/tiny_model.hpp"

using namespace weightsieve;

namespace {

CheckpointProfile checkpoint_of(std::vector<TensorProfile> tensors) {
  CheckpointProfile profile;
  profile.name = "file-name";
  profile.format = "safetensors";
  profile.files = {{"file-name.safetensors", 1}};
  profile.tensors = std::move(tensors);
  profile.totals = count_totals(profile.tensors, profile.tied);
  return profile;
}

/// A convolutional network: buffers between its layers, and forms up to rank 4.
CheckpointProfile convolutional() {
  return checkpoint_of(tensor_list(
      listed("conv_stem.weight", {32, 3, 3, 3}), listed("bn1.weight", {32}), listed("bn1.bias", {32}),
      listed("bn1.running_mean", {32}), listed("bn1.num_batches_tracked", {}, Dtype::I64),
      listed("blocks.0.conv_dw.weight", {32, 1, 3, 3}), listed("blocks.0.se.weight", {8, 32, 1, 1}),
      listed("classifier.weight", {10, 32})));
}

/// 24 blocks of 16 layers, so that its sizes are in MiB and its percentages are no round numbers.
CheckpointProfile encoder() {
  std::vector<TensorProfile> tensors =
      tensor_list(listed("embeddings.word_embeddings.weight", {30'522, 1'024}));
  for (int layer = 0; layer < 24; ++layer) {
    const std::string block = "encoder.layer." + std::to_string(layer) + ".";
    for (const char* part : {"query", "key", "value", "output"}) {
      tensors.push_back(listed(block + part + ".weight", {1'024, 1'024}));
      tensors.push_back(listed(block + part + ".bias", {1'024}));
    }
  }
  return checkpoint_of(std::move(tensors));
}

const std::string kConvolutionalPage = R"(# effnet parameter information

**Number of layers: [ 6 ]**

**Number of parameters: [ 7.000 KiB ] [Top <a href='./README.md'>Check rank</a> ]**

**Number of trainable parameters: [ 7.000 KiB ]**

**Proportional of each form** (%)

| Vector | Matrix | Tensor rank 3 | Tensor rank 4 | 
|  --- | --- | --- | --- |
| 33.33 | 33.33 | 16.67 | 16.67 | 

**Proportional of parameters by form** (%)


| Vector | Matrix | Tensor rank 3 | Tensor rank 4 | 
|  --- | --- | --- | --- |
| 3.57 | 32.14 | 16.07 | 48.21 | 

# Layer information


| Name | Shape | Squeezed shape | Number of parameters | Form |
| --- | --- | --- | --- | --- |
| conv_stem.weight | (32, 3, 3, 3) | (32, 3, 3, 3) | 864 | Tensor rank 4 |
| bn1.weight | (32,) | (32,) | 32 | Vector |
| bn1.bias | (32,) | (32,) | 32 | Vector |
| blocks.0.conv_dw.weight | (32, 1, 3, 3) | (32, 3, 3) | 288 | Tensor rank 3 |
| blocks.0.se.weight | (8, 32, 1, 1) | (8, 32) | 256 | Matrix |
| classifier.weight | (10, 32) | (10, 32) | 320 | Matrix |
)";

}  // namespace

TEST_CASE("the model-summary page is reproduced to the byte, up to the last row of its table") {
  const std::string page =
      reported(convolutional(), Format::markdown, {.name = "effnet", .rank_page = "README.md"});
  CHECK(page.substr(0, kConvolutionalPage.size()) == kConvolutionalPage);
  CHECK(page.substr(kConvolutionalPage.size(), 15) == "\n# Checkpoint\n\n");
}

TEST_CASE("without a ranking page the bracket is left out, without a name the file's stands") {
  const std::string page = reported(convolutional(), Format::markdown);
  CHECK_THAT(page, Catch::StartsWith("# file-name parameter information\n"));
  CHECK_THAT(page, Catch::Contains("\n**Number of parameters: [ 7.000 KiB ]**\n"));
}

TEST_CASE("a page of many layers counts and weighs them") {
  const std::string page = reported(encoder(), Format::markdown, {.name = "bert-like"});
  CHECK_THAT(page, Catch::Contains("**Number of layers: [ 193 ]**"));
  CHECK_THAT(page, Catch::Contains("**Number of parameters: [ 503.602 MiB ]**"));
  CHECK_THAT(page, Catch::Contains("| 49.74 | 50.26 | \n"));
  CHECK_THAT(page, Catch::Contains("| 0.07 | 99.93 | \n"));
  CHECK_THAT(page,
             Catch::Contains("| encoder.layer.23.output.bias | (1024,) | (1024,) | 1024 | Vector |\n\n# "));
}

TEST_CASE("what is frozen counts as parameter, not as trainable") {
  CheckpointProfile profile = convolutional();
  profile.tensors[0].info.trainable = false;
  profile.totals = count_totals(profile.tensors, {});
  const std::string page = reported(profile, Format::markdown);
  CHECK_THAT(page, Catch::Contains("**Number of parameters: [ 7.000 KiB ]**"));
  CHECK_THAT(page, Catch::Contains("**Number of trainable parameters: [ 3.625 KiB ]**"));
}
