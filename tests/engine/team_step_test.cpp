#include "weightsieve/engine/team_step.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>

#include "support/thread_team.hpp"
#include "weightsieve/base/error.hpp"

using namespace weightsieve;
using namespace weightsieve::test;

namespace {

std::vector<std::byte> bytes_of_rank(const Team& team) {
  return std::vector<std::byte>(team.rank() + 1, static_cast<std::byte>(team.rank()));
}

std::string message_of(const std::exception_ptr& end) {
  try {
    if (end) std::rethrow_exception(end);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("rank 0 takes what every rank made, in the order of ranks") {
  for (const unsigned size : {1u, 2u, 5u}) {
    std::vector<std::size_t> lengths;
    const auto ends = run_team(size, [&](Team& team) {
      run_step(
          team, [&] { return bytes_of_rank(team); },
          [&](unsigned rank, Bytes bytes) {
            CHECK(bytes.size() == rank + 1);
            lengths.push_back(bytes.size());
          });
    });
    CHECK(lengths.size() == size);
    for (const auto& end : ends)
      CHECK(end == nullptr);
  }
}

TEST_CASE("one rank's error is everybody's, with its code and place") {
  const auto ends = run_team(4, [](Team& team) {
    run_step(
        team,
        [&]() -> std::vector<std::byte> {
          if (team.rank() == 2)
            throw Error(ErrorCode::malformed, "broken", {.file = "f", .offset_bytes = 7, .rule = "R"});
          return {};
        },
        [](unsigned, Bytes) {});
  });
  for (const auto& end : ends)
    CHECK(message_of(end) == "f: byte 7: broken (on rank 2) [R]");
}

TEST_CASE(
    "of several errors the lowest rank's is told, and one that means something before one that says stop") {
  const auto ends = run_team(3, [](Team& team) {
    run_step(
        team,
        [&]() -> std::vector<std::byte> {
          if (team.rank() == 0) throw Error(ErrorCode::cancelled, "stopped");
          throw std::runtime_error("rank " + std::to_string(team.rank()));
        },
        [](unsigned, Bytes) {});
  });
  for (const auto& end : ends)
    CHECK(message_of(end).find("rank 1 (on rank 1)") != std::string::npos);
}

TEST_CASE("what fails while rank 0 joins fails everywhere") {
  const auto ends = run_team(3, [](Team& team) {
    run_step(
        team, [] { return std::vector<std::byte>(); },
        [](unsigned rank, Bytes) {
          if (rank == 1) throw Error(ErrorCode::changed, "not the same");
        });
  });
  for (const auto& end : ends)
    CHECK(message_of(end) == "not the same");
}

TEST_CASE("a rank that asks is told that another has failed, and need not finish its work") {
  const auto ends = run_team(2, [](Team& team) {
    run_step(
        team,
        [&]() -> std::vector<std::byte> {
          if (team.rank() == 1) throw Error(ErrorCode::unreadable, "gone");
          for (;;) {
            stop_if_called_off(team);
            std::this_thread::yield();
          }
        },
        [](unsigned, Bytes) {});
  });
  for (const auto& end : ends)
    CHECK(message_of(end) == "gone (on rank 1)");
}

TEST_CASE("what only rank 0 can know comes back everywhere") {
  std::atomic<int> told{0};
  run_team(3, [&](Team& team) {
    const auto answer = run_on_first(team, [] { return std::vector<std::byte>(3, std::byte{9}); });
    if (answer == std::vector<std::byte>(3, std::byte{9})) ++told;
  });
  CHECK(told == 3);
}
