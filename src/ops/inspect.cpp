#include "ops/inventory.hpp"
#include "weightsieve/ops/profile.hpp"

namespace weightsieve {

CheckpointProfile inspect_checkpoint(const std::string& path, const NameFilter& filter,
                                     const RunControl& control) {
  const NamePatterns names(filter);
  return take_inventory(open_checkpoint(path, {.io = control.io, .strict = control.strict}), names);
}

}  // namespace weightsieve
