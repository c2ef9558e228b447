#include "format/torch_names.hpp"

#include <algorithm>
#include <array>

#include "format/shard_files.hpp"

namespace weightsieve::format {
namespace {

constexpr std::array<std::string_view, 4> kEndings{".bin", ".pt", ".pth", ".ckpt"};

constexpr std::array<std::string_view, 6> kBeside{"training_args", "optimizer", "scheduler",
                                                  "scaler",        "rng_state", "random_states"};

constexpr std::array<std::string_view, 13> kRoots{
    "state_dict", "model",   "module",    "model_state_dict", "model_state", "net",       "ema",
    "weights",    "network", "ema_model", "generator",        "params",      "params_ema"};

bool is_candidate(std::string_view name) {
  const bool has_ending =
      std::ranges::any_of(kEndings, [&](std::string_view e) { return name.ends_with(e); });
  const bool lies_beside =
      std::ranges::any_of(kBeside, [&](std::string_view b) { return name.starts_with(b); });
  return has_ending && !lies_beside;
}

}  // namespace

std::vector<std::vector<std::string>> find_torch_files(std::span<const std::string> names) {
  return find_sets(names, is_candidate);
}

bool is_root_name(std::string_view key) noexcept { return std::ranges::find(kRoots, key) != kRoots.end(); }

std::string torch_stem(std::string_view file_name) {
  for (const std::string_view ending : kEndings) {
    if (!file_name.ends_with(ending)) continue;
    file_name.remove_suffix(ending.size());
    break;
  }
  return std::string(file_name);
}

}  // namespace weightsieve::format
