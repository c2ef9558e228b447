#include <catch2/catch.hpp>

#include "report/expected_text.hpp"
#include "report/tiny_model.hpp"

using namespace weightsieve;

namespace {

/// A tensor of which `outside` in ten thousand values lie above 0.1.
TensorProfile shared(const std::string& name, std::uint64_t outside, double low) {
  TensorProfile tensor = listed(name, {10'000});
  Statistics s;
  s.counts.zero = 10'000 - outside;
  s.counts.positive = outside;
  s.intervals = {{low, 0.1, 0, outside}};
  tensor.statistics = std::make_unique<Statistics>(std::move(s));
  return tensor;
}

CheckpointProfile lab_model(double low) {
  CheckpointProfile profile;
  profile.name = "gpt2";
  profile.files = {{"gpt2.safetensors", 0}};
  profile.options.emplace();
  profile.options->stats.intervals = {{low, 0.1}};
  profile.tensors = tensor_list(shared("wte.weight", 7'368, low), shared("h.0.ln_1.weight", 10'000, low),
                                shared("h.0.attn.c_attn.bias", 6'840, low), shared("ln", 0, low));
  profile.totals = count_totals(profile.tensors, {});
  profile.totals.statistics = std::make_unique<Statistics>();
  profile.totals.statistics->counts.positive = 40'000;
  profile.totals.statistics->intervals = {{low, 0.1, 0, 24'208}};
  return profile;
}

const ReportOptions kSparsity{.view = View::sparsity};

}  // namespace

TEST_CASE("the sparsity view is the lab's table, with two decimals always") {
  CHECK(reported(lab_model(-0.1), Format::text, kSparsity) == R"(# gpt2

Percent of model parameters > 0.1 is 60.52%

+----------------------+----------------------+
|        Layers        | Percent Params > 0.1 |
+----------------------+----------------------+
|      wte.weight      |        73.68%        |
|   h.0.ln_1.weight    |       100.00%        |
| h.0.attn.c_attn.bias |        68.40%        |
|          ln          |        0.00%         |
+----------------------+----------------------+
)");
}

TEST_CASE("an interval that is not around zero is named as what it is") {
  const std::string text = reported(lab_model(0), Format::text, kSparsity);
  CHECK_THAT(text, Catch::Contains("Percent of model parameters outside [0, 0.1] is 60.52%"));
  CHECK_THAT(text, Catch::Contains("| Percent Params outside [0, 0.1] |"));
}

TEST_CASE("the sparsity view in markdown and CSV") {
  CHECK(reported(lab_model(-0.1), Format::markdown, {.view = View::sparsity, .name = "other", .top = 2}) ==
        R"(# other

Percent of model parameters > 0.1 is 60.52%

2 of 4 layers

| Layers | Percent Params > 0.1 |
| --- | ---: |
| h.0.ln_1.weight | 100.00% |
| wte.weight | 73.68% |
)");
  CHECK(reported(lab_model(-0.1), Format::csv, {.view = View::sparsity, .sort = "name", .top = 1}) ==
        "checkpoint,layer,low,high,outside_percent\ngpt2,h.0.attn.c_attn.bias,-0.1,0.1,68.4\n");
}

TEST_CASE("there is a table for each interval, and buffers are in none") {
  TinyModel model;
  model.options().intervals = {{-0.1, 0}, {-0.01, 0.01}};
  const std::string text = reported(model.profile(), Format::text, kSparsity);
  check_expected("sparsity.txt", text);
  CHECK(text.find("position_ids") == std::string::npos);
}
