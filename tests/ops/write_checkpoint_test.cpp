// Runs that are stopped and gone on with, with parts small enough to be many.
#include "ops/write_checkpoint.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <random>
#include <sstream>

#include "io/temp_folder.hpp"
#include "ops/write_job.hpp"
#include "support/safetensors_file.hpp"
#include "weightsieve/base/error.hpp"

using namespace weightsieve;
using namespace weightsieve::test;

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kTensors = 40, kElements = 40'001;

/// Floats, of which half are zero: 6 MB.
std::string write_model(const TempFolder& folder) {
  std::mt19937_64 random(1);
  SafetensorsWriter writer;
  for (std::uint64_t i = 0; i < kTensors; ++i) {
    std::vector<std::uint32_t> values(kElements);
    for (std::uint32_t& value : values)
      value = random() % 2 ? 0 : 0x3C00'0000 | (random() & 0x83FF'FFFF);
    writer.add("w" + std::to_string(i), i % 2 ? "F32" : "U32", {kElements}, bytes_of(values));
  }
  return folder.write("model.safetensors", writer.file());
}

std::map<std::string, std::string> content_of(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::ostringstream text;
    text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    files[entry.path().filename().string()] = text.str();
  }
  return files;
}

struct Run {
  std::string path;  ///< of the input
  Encoding encoding;
  bool restores;
  std::uint64_t note_bytes = std::uint64_t{200} << 10;

  /// What was left to do when it began.
  std::uint64_t write(const std::string& folder, unsigned threads, double until = 2) const {
    const Checkpoint checkpoint = open_checkpoint(path);
    SourcePool files = open_files(checkpoint, IoMode::automatic);
    CancelToken cancel;
    std::uint64_t left = 0;
    const RunControl control{.threads = threads,
                             .progress =
                                 [&](const Progress& progress) {
                                   left = progress.total_bytes;
                                   const auto total = static_cast<double>(progress.total_bytes);
                                   if (static_cast<double>(progress.done_bytes) >= until * total)
                                     cancel.cancel();
                                 },
                             .cancel = &cancel};
    WriteTask task{checkpoint, files, path, folder, "test", !restores, !restores};
    task.note_bytes = note_bytes;
    write_checkpoint(task, {.encoding = encoding, .existing = Leftover::resume}, control);
    return left;
  }

  bool stopped(const std::string& folder, unsigned threads, double until) const {
    try {
      write(folder, threads, until);
      return false;
    } catch (const Error& error) {
      REQUIRE(error.code() == ErrorCode::cancelled);
      return true;
    }
  }
};

void check_going_on(const TempFolder& folder, const Run& run) {
  const std::uint64_t all = run.write(folder / "whole", 1);
  const auto expected = content_of(folder / "whole");
  for (const unsigned threads : {1U, 3U}) {
    for (const double until : {0.2, 0.6}) {
      CAPTURE(to_string(run.encoding), run.restores, threads, until);
      const std::string out = folder / ("out" + std::to_string(threads) + std::to_string(until));
      REQUIRE(run.stopped(out, threads, until));
      for (const auto& [name, content] : content_of(out))
        CHECK(name[0] == '.');
      if (threads == 1) CHECK(run.stopped(out, threads, 0.4));  // a run that goes on is stopped, too
      const std::uint64_t left = run.write(out, threads);
      CHECK(static_cast<double>(left) < (1.15 - until) * static_cast<double>(all));
      CHECK(content_of(out) == expected);
    }
  }
}

}  // namespace

TEST_CASE("a run that was stopped goes on behind what its journal vouches for") {
  const TempFolder folder;
  const std::string model = write_model(folder);
  for (const Encoding encoding : {Encoding::dense, Encoding::zst, Encoding::packed}) {
    const TempFolder out;
    check_going_on(out, {model, encoding, false});
  }
}

TEST_CASE("so does one that restores a file in place") {
  const TempFolder folder;
  Run{write_model(folder), Encoding::packed, false}.write(folder / "packed", 2);
  const TempFolder out;
  check_going_on(out, {folder / "packed/model.packed.safetensors", Encoding::dense, true});
  CHECK(content_of(out / "whole") == std::map{*content_of(folder / ".").find("model.safetensors")});
}

TEST_CASE("without a note in the journal a run begins anew") {
  const TempFolder folder;
  const Run run{write_model(folder), Encoding::packed, false, std::uint64_t{1} << 30};
  const std::uint64_t all = run.write(folder / "whole", 1);
  REQUIRE(run.stopped(folder / "out", 1, 0.9));
  CHECK(run.write(folder / "out", 1) == all);
  CHECK(content_of(folder / "out") == content_of(folder / "whole"));
}

TEST_CASE("taking the SHA-256 of a file that is written stops when asked") {
  const TempFolder folder;
  const Checkpoint checkpoint = open_checkpoint(write_model(folder));
  SourcePool files = open_files(checkpoint, IoMode::automatic);
  const ShardEncoding& encoding = shard_encoding(Encoding::packed);
  const auto shards = plan_shards(checkpoint, encoding, {});
  OutputFolder out(folder / "out", {shards.front().name}, "run", "command", Leftover::refuse, checkpoint);
  const std::optional<PruneLevel> whole;
  const ProgressSink nobody;
  ProgressMeter progress(nobody, 1);
  CancelToken cancel;
  WriteJob job(files, whole, encoding, 0, true, kNoteBytes, shards, out, progress, &cancel);
  const auto worker = job.make_worker();
  const std::size_t last = job.units() - 1;
  for (std::size_t unit = 0; unit < last; ++unit)
    job.merge(unit, worker->run(unit));
  auto end = worker->run(last);
  cancel.cancel();
  CHECK_THROWS_AS(job.merge(last, std::move(end)), Error);
  CHECK_FALSE(fs::exists(out.path_of(shards.front().name)));
}
