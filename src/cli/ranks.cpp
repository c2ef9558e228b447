#include "cli/ranks.hpp"

#include <unistd.h>

#include "cli/paths.hpp"
#ifdef WEIGHTSIEVE_HAS_MPI
#include "weightsieve/mpi/mpi_session.hpp"
#endif

namespace weightsieve::cli {
namespace {

Team* ranks = nullptr;

#ifdef WEIGHTSIEVE_HAS_MPI
/// Others may wait for what this rank will never send. Rank 0 says what happened: it is given time to.
[[noreturn]] void end_all(int status) {
  if (!is_first_rank()) ::sleep(2);
  MpiSession::abort(status);
}
#endif

}  // namespace

Team* team() noexcept { return ranks; }

bool is_first_rank() noexcept { return ranks == nullptr || ranks->rank() == 0; }

int run_as_rank(const std::function<int()>& program) {
#ifdef WEIGHTSIEVE_HAS_MPI
  if (!MpiSession::is_launched()) return program();
  MpiSession session;
  ranks = &session.team();
  const int status = program();
  if (!is_done(status) && ranks->size() > 1) end_all(status);
  const bool says = is_first_rank();
  ranks = nullptr;
  return says ? status : 0;
#else
  return program();
#endif
}

}  // namespace weightsieve::cli
