// Who does the jobs of a run, as its control says. A pure function.
#pragma once

#include "weightsieve/engine/crew.hpp"
#include "weightsieve/engine/executor.hpp"
#include "weightsieve/ops/run_control.hpp"

namespace weightsieve {

inline Crew crew_of(const RunControl& control) {
  return {control.threads != 0 ? control.threads : available_threads(), control.cancel, control.team};
}

}  // namespace weightsieve
