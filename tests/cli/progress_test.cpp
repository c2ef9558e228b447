#include "cli/progress.hpp"

#include <catch2/catch.hpp>

using namespace weightsieve;
using namespace weightsieve::cli;
using std::chrono::milliseconds;

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

/// A display with a clock that only the test moves.
struct Watched {
  std::chrono::steady_clock::time_point now{};
  std::string written;
  ProgressDisplay display;

  explicit Watched(ProgressStyle style, unsigned width = 80, std::string label = "model")
      : display(
            style, std::move(label), width, [this](std::string_view text) { written += text; },
            [this] { return now; }) {}

  std::string after(milliseconds time, std::uint64_t done, std::string_view pass = {}) {
    now += time;
    written.clear();
    display.report({done, 100 * kMiB, pass});
    return written;
  }
};

}  // namespace

TEST_CASE("elsewhere than on a terminal a line comes at most each 30 seconds") {
  Watched watched(ProgressStyle::lines);
  CHECK(watched.after(milliseconds(29'999), kMiB).empty());
  CHECK(watched.after(milliseconds(1), 30 * kMiB) ==
        "weightsieve: model:  30 % of 100.000 MiB, 1.000 MiB/s, 1 min 10 s left\n");
  CHECK(watched.after(milliseconds(29'000), 31 * kMiB).empty());
  CHECK_FALSE(watched.after(milliseconds(1'000), 60 * kMiB).empty());
}

TEST_CASE("a bar redraws itself ten times a second at most and fits the terminal") {
  Watched watched(ProgressStyle::bar, 70, "größe/model-00001-of-00002.safetensors");
  CHECK(watched.after(milliseconds(99), kMiB).empty());
  const std::string bar = watched.after(milliseconds(901), 50 * kMiB);
  CHECK_THAT(bar, Catch::StartsWith("\r\x1b[Kgrö") && Catch::Contains("[############------------]  50 %") &&
                      Catch::Contains("50.000 MiB/s, 1 s left") && !Catch::Contains("\n"));
  CHECK(bar.size() <= 70 + 4 + 2);
}

TEST_CASE("the bar is gone when all is done, before a result is printed") {
  Watched watched(ProgressStyle::bar);
  CHECK_FALSE(watched.after(milliseconds(500), 50 * kMiB).empty());
  CHECK(watched.after(milliseconds(1), 100 * kMiB) == "\r\x1b[K");
  CHECK(watched.after(milliseconds(500), 100 * kMiB).empty());
}

TEST_CASE("quiet is quiet, and names are harmless") {
  Watched quiet(ProgressStyle::none);
  CHECK(quiet.after(milliseconds(90'000), kMiB).empty());
  Watched hostile(ProgressStyle::lines, 80, "a\x1b[31m\nb");
  CHECK_THAT(hostile.after(milliseconds(30'000), kMiB), Catch::Contains("a\\x1b[31m\\nb"));
}

TEST_CASE("more done than announced is still at most everything") {
  Watched watched(ProgressStyle::lines);
  CHECK_THAT(watched.after(milliseconds(30'000), 150 * kMiB),
             Catch::Contains("100 %") && Catch::Contains(" 0 s left"));
}

TEST_CASE("a further pass has a pace of its own") {
  Watched watched(ProgressStyle::lines);
  watched.after(milliseconds(100'000), 90 * kMiB);
  watched.after(milliseconds(0), 0);
  CHECK_THAT(watched.after(milliseconds(30'000), 60 * kMiB), Catch::Contains(" 2.000 MiB/s, 20 s left"));
}

TEST_CASE("durations are as precise as helps") {
  CHECK(duration_text(0) == "0 s");
  CHECK(duration_text(7.2) == "8 s");
  CHECK(duration_text(59.9) == "1 min 00 s");
  CHECK(duration_text(200) == "3 min 20 s");
  CHECK(duration_text(7500) == "2 h 05 min");
  CHECK_FALSE(duration_text(1e300).empty());
}

TEST_CASE("each pass is named and has its own pace") {
  Watched watched(ProgressStyle::bar);
  CHECK_THAT(watched.after(milliseconds(1'000), 50 * kMiB, "counting"),
             Catch::Contains("model: counting [") && Catch::Contains("50.000 MiB/s"));
  watched.after(milliseconds(1'000), 60 * kMiB, "writing");
  CHECK_THAT(watched.after(milliseconds(1'000), 90 * kMiB, "writing"),
             Catch::Contains("model: writing [") && Catch::Contains("90.000 MiB/s"));
}

TEST_CASE("where room is short the pass stays and the name goes") {
  Watched watched(ProgressStyle::bar, 70, "a-very-long-name-of-a-model.safetensors");
  const std::string bar = watched.after(milliseconds(1'000), 50 * kMiB, "writing");
  CHECK_THAT(bar, Catch::Contains(": writing [") && !Catch::Contains("safetensors"));
  CHECK(bar.size() <= 70 + 4);
}
