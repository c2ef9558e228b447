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

// What Lightning, the examples of PyTorch and other trainers keep beside the model, some of it as tensors.
// Sources: Lightning's checkpoint_connector.py, the ImageNet example's main.py, Megatron's and torchtitan's
// checkpointing.
constexpr std::array<std::string_view, 33> kTraining{"amp",
                                                     "args",
                                                     "callbacks",
                                                     "config",
                                                     "cuda_rng_state",
                                                     "dataloader",
                                                     "datamodule_hyper_parameters",
                                                     "epoch",
                                                     "global_step",
                                                     "grad_scaler",
                                                     "hyper_parameters",
                                                     "iteration",
                                                     "loops",
                                                     "loss",
                                                     "lr_scheduler",
                                                     "lr_schedulers",
                                                     "MixedPrecision",
                                                     "native_amp_scaling_state",
                                                     "numpy_rng_state",
                                                     "opt_param_scheduler",
                                                     "python_rng_state",
                                                     "random_states",
                                                     "rng",
                                                     "rng_state",
                                                     "rng_states",
                                                     "rng_tracker_states",
                                                     "scaler",
                                                     "scheduler",
                                                     "schedulers",
                                                     "step",
                                                     "torch_rng_state",
                                                     "train_args",
                                                     "train_state"};

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

bool is_optimizer_name(std::string_view key) noexcept { return key.starts_with("optim"); }

bool is_training_name(std::string_view key) noexcept {
  return key.starts_with("best") || std::ranges::find(kTraining, key) != kTraining.end();
}

std::string torch_stem(std::string_view file_name) {
  for (const std::string_view ending : kEndings) {
    if (!file_name.ends_with(ending)) continue;
    file_name.remove_suffix(ending.size());
    break;
  }
  return std::string(file_name);
}

}  // namespace weightsieve::format
