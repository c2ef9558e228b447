// A small profile whose every field differs from every other, for tests of files and reports.
#pragma once

#include <memory>

#include "profile/sample_tensors.hpp"

namespace weightsieve {

/// Statistics of four F32 values: -1.5, 0.0, 0.25 and +infinity.
inline Statistics sample_statistics() {
  Statistics s;
  s.counts = {.zero = 1, .negative = 1, .positive = 2, .positive_infinity = 1, .subnormal = 0};
  s.min = Extreme{Number(-1.5), 3, {}};
  s.max = Extreme{Number(0.25), 1, {}};
  s.mean = -1.25 / 3;
  s.std = 0.772801541;
  s.l1 = 1.75;
  s.l2 = 1.5206906325745548;
  s.rms = 0.8779711460710615;
  s.skewness = -0.5;
  s.intervals = {{-0.1, 0.1, 1, 2}, {-1, 1, 1, 1}};
  s.quantiles = {QuantileMethod::exact, {{0.5, 0, 0, 0}, {1, 0.25, 0.25, 0.25}}};
  s.magnitude_quantiles = {QuantileMethod::sketch, {{0.5, 0.25, 0.2490234375, 0.251}, {1, 1.5, 1.5, 1.5}}};
  s.histogram = {true, -1.5, 0.25, 0, 0, {1, 0, 2}};
  s.magnitude_histogram = {false, -2, {1, 0, 1}};
  return s;
}

/// Statistics of a tensor without elements: nothing exists but the counts.
inline Statistics empty_statistics() {
  Statistics s;
  s.intervals = {{-0.1, 0.1, 0, 0}, {-1, 1, 0, 0}};
  return s;
}

inline TensorProfile measured(std::string name, Shape shape, Statistics statistics,
                              Dtype dtype = Dtype::F32) {
  TensorProfile tensor = listed(std::move(name), std::move(shape), dtype);
  tensor.statistics = std::make_unique<Statistics>(std::move(statistics));
  return tensor;
}

inline CheckpointProfile sample_profile() {
  CheckpointProfile profile;
  profile.name = "tiny";
  profile.format = "safetensors";
  profile.files = {{"tiny-1.safetensors", 1096}, {"tiny-2.safetensors", 72}};
  profile.options.emplace();
  profile.options->stats.intervals = {{-0.1, 0.1}, {-1, 1}};
  profile.options->stats.quantiles = {0.5, 1};
  profile.options->stats.bins = 3;
  profile.options->stats.seed = 18'446'744'073'709'551'615u;
  profile.options->include = {"h\\..*"};
  profile.tensors = tensor_list(measured("h.0.weight", {2, 2}, sample_statistics()),
                                measured("h.0.empty", {0, 3}, empty_statistics()),
                                measured("h.0.position_ids", {1, 4}, sample_statistics(), Dtype::I64));
  profile.tensors[2].info.file = 1;
  Statistics& ids = *profile.tensors[2].statistics;
  ids.min = Extreme{Number(std::int64_t{-9'007'199'254'740'993}), 0, {}};
  ids.max = Extreme{Number(std::int64_t{9'223'372'036'854'775'807}), 1, {}};
  profile.tied = {{"h.0.weight", "lm_head.weight"}};
  profile.findings = {{"non-finite", "h.0.weight", "1 +infinity among 4 values"}};
  profile.problems = {{"ST-ODD", "tiny-1.safetensors", 8, "found an odd thing"},
                      {"ST-INDEX", "tiny.index.json", std::nullopt, "found nothing"}};
  profile.skipped = {{"h.0.strange", "6-bit types cannot be read"}};
  profile.totals = count_totals(profile.tensors, profile.tied);
  profile.totals.statistics = std::make_unique<Statistics>(sample_statistics());
  profile.totals.statistics->min->tensor = profile.totals.statistics->max->tensor = "h.0.weight";
  return profile;
}

/// The same with a tensor more, in four blocks.
inline CheckpointProfile sample_of_blocks() {
  CheckpointProfile profile = sample_profile();
  TensorProfile& packed = profile.tensors.emplace_back(measured("h.1.packed", {4, 32}, sample_statistics()));
  packed.info.blocks = BlockType::Q8_0;
  packed.scales.push_back(sample_statistics());
  auto statistics = std::move(profile.totals.statistics);
  profile.totals = count_totals(profile.tensors, profile.tied);
  profile.totals.statistics = std::move(statistics);
  return profile;
}

/// The same checkpoint as inspect lists it.
inline CheckpointProfile sample_inventory() {
  CheckpointProfile profile = sample_profile();
  profile.options.reset();
  profile.findings.clear();
  for (TensorProfile& tensor : profile.tensors)
    tensor.statistics.reset();
  profile.totals.statistics.reset();
  return profile;
}

}  // namespace weightsieve
