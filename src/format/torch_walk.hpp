// Finds the tensors of a PyTorch pickle, and names them as its state dict would. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/pickle.hpp"
#include "weightsieve/base/rule.hpp"
#include "weightsieve/tensor/tensor_info.hpp"

namespace weightsieve::format {

struct FoundTensor {
  std::string name;
  PickleRef value;           ///< what makes it
  std::optional<Role> role;  ///< where a module's own lists say it
};

struct TorchWalkOptions {
  std::string file;                ///< for messages
  std::uint64_t offset_bytes = 0;  ///< of the pickle in it
  std::uint64_t pickle_bytes = 0;
  bool include_optimizer = false;
};

/// Every tensor below `root`, in the order of the dicts. Keys are joined by '.'; positions in lists are their
/// numbers; a module's _parameters, _buffers and _modules are left out of names; where all tensors lie in one
/// well-known entry of the outermost dict, "state_dict" for example, so is that. Storages without a tensor
/// and calls that are given tensors, but not known to make one, are found too. The state of optimizers, and
/// beside a well-known entry other state of the training, is left out unless it is asked for. Throws by
/// PICKLE-DEPTH, PICKLE-TYPE and, when there is more to visit than honest pickles have, PICKLE-LIMIT.
std::vector<FoundTensor> find_tensors(const Pickle& pickle, PickleRef root, const TorchWalkOptions& options);

}  // namespace weightsieve::format
