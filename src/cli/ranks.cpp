#include "cli/ranks.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <string>

#include "cli/paths.hpp"
#ifdef WEIGHTSIEVE_HAS_MPI
#include "weightsieve/mpi/mpi_session.hpp"
#endif

namespace weightsieve::cli {
namespace {

Team* ranks = nullptr;
std::string last_words;

#ifdef WEIGHTSIEVE_HAS_MPI
/// Others may wait for what this rank will never send. What all ranks were told rank 0 says: it is given time
/// to, until its end reaches this rank as a signal. If none came, this rank alone knows what happened.
[[noreturn]] void end_all(int status) {
  constexpr unsigned seconds = 10;
  if (!is_first_rank() && ::sleep(seconds) == 0) {
    const std::string line = fmt::format("weightsieve: {} (on rank {})\n", last_words, ranks->rank());
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
  }
  MpiSession::abort(status);
}
#endif

}  // namespace

Team* team() noexcept { return ranks; }

void keep_in_mind(std::string text) { last_words = std::move(text); }

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
