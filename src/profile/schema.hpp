// What the writer and the reader of the profile file agree on.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "weightsieve/stats/options.hpp"

namespace weightsieve {

inline constexpr std::string_view kProfileSchemaFamily = "weightsieve.profile/";
inline constexpr std::string_view kProfileSchema = "weightsieve.profile/1";

/// As the options of the command line call them, in the order of QuantileChoice.
inline constexpr std::array<std::string_view, 3> kQuantileChoices{"auto", "reservoir", "exact"};

inline std::string_view name_of(QuantileChoice choice) noexcept {
  return kQuantileChoices[static_cast<std::size_t>(choice)];
}

inline std::optional<QuantileChoice> quantile_choice(std::string_view name) noexcept {
  const auto at = std::ranges::find(kQuantileChoices, name);
  if (at == kQuantileChoices.end()) return std::nullopt;
  return static_cast<QuantileChoice>(at - kQuantileChoices.begin());
}

}  // namespace weightsieve
