#include "weightsieve/engine/team_step.hpp"

#include <fmt/format.h>

#include <new>
#include <optional>

#include "weightsieve/base/wire_error.hpp"

namespace weightsieve {
namespace {

/// What a rank sends: its bytes, or why there are none.
enum class Outcome : std::uint8_t { done, failed };

Error on_rank(const Error& error, unsigned rank) {
  if (rank == 0 || error.code() == ErrorCode::cancelled) return error;
  return {error.code(), fmt::format("{} (on rank {})", error.message(), rank), error.place()};
}

/// The error that `work` ends with, if it does.
std::optional<Error> error_of(const std::function<void()>& work) {
  try {
    work();
    return std::nullopt;
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::unreadable, "not enough memory");
  } catch (const std::exception& error) {
    return Error(ErrorCode::unreadable,
                 fmt::format("a bug of weightsieve, please report it: {}", error.what()));
  }
}

/// Whoever was stopped says nothing of why.
bool says_more(const Error& error, const std::optional<Error>& than) {
  return !than || (than->code() == ErrorCode::cancelled && error.code() != ErrorCode::cancelled);
}

void end_alike(Team& team, const std::optional<Error>& error) {
  WireWriter verdict;
  if (error) write_error(verdict, *error);
  const std::vector<std::byte> told = team.broadcast(verdict.bytes());
  if (told.empty()) return;
  WireReader in(told);
  throw read_error(in);
}

}  // namespace

void run_step(Team& team, const std::function<std::vector<std::byte>()>& work,
              const std::function<void(unsigned, Bytes)>& take) {
  WireWriter mine;
  const auto own = error_of([&] {
    const std::vector<std::byte> bytes = work();
    mine.count(static_cast<std::uint64_t>(Outcome::done));
    mine.block(bytes);
  });
  if (own) {
    team.call_off();
    mine = {};
    mine.count(static_cast<std::uint64_t>(Outcome::failed));
    write_error(mine, *own);
  }
  std::optional<Error> first;
  const auto note = [&first](const Error& error) {
    if (says_more(error, first)) first = error;
  };
  team.gather(mine.bytes(), [&](unsigned rank, Bytes bytes) {
    WireReader in(bytes);
    if (static_cast<Outcome>(in.count(1)) == Outcome::failed) return note(on_rank(read_error(in), rank));
    if (first) return;
    if (const auto error = error_of([&] { take(rank, in.block()); })) note(*error);
  });
  end_alike(team, first);
}

std::vector<std::byte> run_on_first(Team& team, const std::function<std::vector<std::byte>()>& work) {
  std::vector<std::byte> result;
  run_step(
      team,
      [&] {
        if (team.rank() == 0) result = work();
        return std::vector<std::byte>();
      },
      [](unsigned, Bytes) {});
  return team.broadcast(result);
}

void stop_if_called_off(Team& team) {
  if (team.is_called_off()) throw Error(ErrorCode::cancelled, "stopped, because another rank failed");
}

}  // namespace weightsieve
