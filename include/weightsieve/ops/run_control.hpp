// What every verb takes besides its own options. Plain values.
#pragma once

#include <string>
#include <vector>

#include "weightsieve/base/progress.hpp"
#include "weightsieve/io/source.hpp"

namespace weightsieve {

class Team;

/// How a run is done; never part of the result.
struct RunControl {
  IoMode io = IoMode::automatic;
  bool strict = false;      ///< every problem is an Error{malformed}
  unsigned threads = 0;     ///< 0: the CPUs this process may use, cgroup limit included
  ProgressSink progress{};  ///< may be empty
  const CancelToken* cancel = nullptr;
  /// Processes that do the run together: each makes the same calls, rank 0 has the result, the others one
  /// that says nothing. What is thrown on one is thrown on all of them. Null: this process is alone.
  Team* team = nullptr;
};

/// Which tensors count, by name. Patterns are RE2, found anywhere in the name. A tensor is kept when it
/// matches one of `include` (or there is none) and none of `exclude`.
struct NameFilter {
  std::vector<std::string> include{};
  std::vector<std::string> exclude{};
  bool include_optimizer = false;  ///< the state of optimizers too, as buffers, where a format knows it
};

}  // namespace weightsieve
