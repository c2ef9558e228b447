// MPI, from the program's first call of it to its last: only where a launcher started the program, so that it
// runs without one as if there were no MPI.
#pragma once

#include <memory>

#include "weightsieve/engine/team.hpp"

namespace weightsieve {

class MpiSession {
 public:
  /// Whether this process is one of those that mpirun or srun started together. A plain batch step of Slurm
  /// is not. Looks at the environment alone.
  static bool is_launched() noexcept;

  /// Initialises MPI, once in a process. Calls of the team come from the thread that made this. Throws
  /// Error{unreadable} where MPI cannot be had.
  MpiSession();
  /// Waits for everybody.
  ~MpiSession();
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;

  Team& team() noexcept;

  /// Ends all processes at once with this status: for what nobody can be told of any more.
  [[noreturn]] static void abort(int status) noexcept;

 private:
  class MpiTeam;
  std::unique_ptr<MpiTeam> team_;
};

}  // namespace weightsieve
