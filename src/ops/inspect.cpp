#include "ops/inventory.hpp"
#include "ops/open_input.hpp"
#include "weightsieve/ops/profile.hpp"

namespace weightsieve {

CheckpointProfile inspect_checkpoint(const std::string& path, const NameFilter& filter,
                                     const RunControl& control) {
  const NamePatterns names(filter);
  CheckpointProfile profile = take_inventory(open_input(path, control, filter.include_optimizer), names);
  require_match(filter, profile.tensors.size(), path);
  return profile;
}

}  // namespace weightsieve
