// What a comparison says of the two checkpoints as a whole, in words and figures for people. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weightsieve/profile/profile_diff.hpp"

namespace weightsieve {

/// "different: 37 of 104 tensors changed, 1 removed".
std::string verdict_text(const ProfileDiff& diff);

struct ComparisonFact {
  std::string key;
  std::string text;
};

/// What the pairs of parameters add up to, and what is odd; nothing where all pairs are identical.
std::vector<ComparisonFact> comparison_facts(const ProfileDiff& diff);

/// A figure of both checkpoints, and of which one a sketch or a sample placed it between bounds.
struct SideFigure {
  std::string name;
  std::optional<double> a, b;
  bool a_is_placed = false, b_is_placed = false;
};

/// Nothing where all pairs are equal: then all are the same.
std::vector<SideFigure> side_figures(const ProfileDiff& diff);

/// Of which parameters they are: "all parameters", or "parameters in both" checkpoints, as a tensor and a
/// shape that only one has cannot be compared.
std::string_view parameters_text(const ProfileDiff& diff);

/// A's figure and B's; "≈" marks what was placed between bounds.
std::string a_text(const SideFigure& figure);
std::string b_text(const SideFigure& figure);

/// B's figure less A's, with its sign.
std::string shift_text(const SideFigure& figure);

/// "model: safetensors, 1 file, 104 tensors, 86.648 MiB".
std::string side_text(const CheckpointProfile& side);

struct NameSection {
  std::string heading;
  std::vector<std::string> lines;
};

/// Tensors without a partner of their name.
std::vector<NameSection> name_sections(const ProfileDiff& diff);

}  // namespace weightsieve
