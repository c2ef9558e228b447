// How PyTorch's checkpoint files are called, and what is in them. Pure functions; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weightsieve::format {

/// Sets of files that are PyTorch checkpoints by their names (.bin, .pt, .pth, .ckpt). What trainers write
/// beside a checkpoint (training_args.bin, optimizer.pt, …) is none.
std::vector<std::vector<std::string>> find_torch_files(std::span<const std::string> names);

/// Whether trainers keep a state dict under this key of a dict of several things: "model", for example.
bool is_root_name(std::string_view key) noexcept;

/// Whether a key of the outermost dict is that of an optimizer's state, or of several.
bool is_optimizer_name(std::string_view key) noexcept;

/// Whether trainers keep something else than weights under this key of a dict of several things: schedulers,
/// states of random numbers, the best loss so far.
bool is_training_name(std::string_view key) noexcept;

/// The file name without such an ending.
std::string torch_stem(std::string_view file_name);

}  // namespace weightsieve::format
