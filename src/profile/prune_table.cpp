#include "weightsieve/profile/prune_table.hpp"

#include <cmath>

namespace weightsieve {
namespace {

double zeroed_share(const MaskCounts& counts) {
  return static_cast<double>(counts.zeroed) / static_cast<double>(counts.elements);
}

/// Place of the first tensor whose share no other exceeds in the sense of `more`.
template <class More>
std::optional<std::size_t> most(const std::vector<MaskCounts>& tensors, More more) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].elements == 0) continue;
    if (!found || more(zeroed_share(tensors[i]), zeroed_share(tensors[*found]))) found = i;
  }
  return found;
}

}  // namespace

void MaskCounts::add(const MaskCounts& later) noexcept {
  elements += later.elements;
  zeros_before += later.zeros_before;
  zeroed += later.zeroed;
  already_zero += later.already_zero;
  non_finite += later.non_finite;
  energy += later.energy;
  removed_energy += later.removed_energy;
}

std::optional<double> MaskCounts::retained_energy() const noexcept {
  if (!std::isfinite(energy)) return std::nullopt;
  return energy == 0 ? 1 : std::fmax(1 - removed_energy / energy, 0);
}

std::optional<double> MaskCounts::relative_error() const noexcept {
  if (!std::isfinite(energy)) return std::nullopt;
  return energy == 0 ? 0 : std::sqrt(std::fmin(removed_energy / energy, 1));
}

/// What is left is y, and x·y = ‖y‖².
std::optional<double> MaskCounts::cosine() const noexcept {
  const auto retained = retained_energy();
  if (!retained || energy == 0 || *retained == 0) return std::nullopt;
  return std::sqrt(*retained);
}

std::optional<double> MaskCounts::signal_to_noise_db() const noexcept {
  if (!std::isfinite(energy) || removed_energy == 0) return std::nullopt;
  return 10 * std::log10(energy / removed_energy);
}

std::optional<std::size_t> PruneTableLevel::hit_hardest() const noexcept {
  return most(tensors, [](double a, double b) { return a > b; });
}

std::optional<std::size_t> PruneTableLevel::hit_least() const noexcept {
  return most(tensors, [](double a, double b) { return a < b; });
}

}  // namespace weightsieve
