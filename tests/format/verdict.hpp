// What opening a checkpoint comes to, whichever way its bytes are read.
#pragma once

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "io/temp_folder.hpp"
#include "support/safetensors_file.hpp"
#include "weightsieve/format/checkpoint.hpp"

namespace weightsieve::test {

struct Verdict {
  std::optional<Checkpoint> checkpoint;
  std::optional<Error> error;
};

inline Verdict open_once(const std::string& path, const OpenOptions& options) {
  Verdict verdict;
  try {
    verdict.checkpoint = open_checkpoint(path, options);
  } catch (const Error& error) {
    verdict.error = error;
  }
  return verdict;
}

/// REJECT: the same malformed-Error by both ways of reading.
inline void rejects(const std::string& path, std::string_view rule, std::optional<std::uint64_t> offset_bytes,
                    bool strict = false) {
  for (const IoMode io : {IoMode::mmap, IoMode::pread}) {
    const Verdict verdict = open_once(path, {io, strict});
    REQUIRE(verdict.error.has_value());
    INFO(verdict.error->what());
    CHECK(verdict.error->code() == ErrorCode::malformed);
    CHECK(verdict.error->place().rule == rule);
    CHECK(verdict.error->place().offset_bytes == offset_bytes);
    CHECK_FALSE(verdict.error->place().file.empty());
  }
}

/// REJECT by this rule, at a place inside the file, and at the same one by both ways of reading.
inline void rejects_bytes(std::string_view bytes, std::string_view rule, bool strict = false) {
  const TempFolder folder;
  const std::string path = folder.write("model.bin", bytes);
  std::optional<std::uint64_t> place;
  for (const IoMode io : {IoMode::mmap, IoMode::pread}) {
    const Verdict verdict = open_once(path, {io, strict});
    INFO("must be rejected by " << rule);
    REQUIRE(verdict.error.has_value());
    INFO(verdict.error->what());
    CHECK(verdict.error->code() == ErrorCode::malformed);
    CHECK(verdict.error->place().rule == rule);
    const auto offset = verdict.error->place().offset_bytes;
    REQUIRE(offset.has_value());
    CHECK(*offset <= bytes.size());
    if (place) CHECK(place == offset);
    place = offset;
  }
}

/// WARN: one problem by this rule, fatal under strict.
inline Checkpoint warns_bytes(std::string_view bytes, std::string_view rule) {
  rejects_bytes(bytes, rule, true);
  const TempFolder folder;
  const Verdict verdict = open_once(folder.write("model.bin", bytes), {});
  INFO((verdict.error ? verdict.error->what() : ""));
  REQUIRE(verdict.checkpoint.has_value());
  REQUIRE(verdict.checkpoint->problems.size() == 1);
  CHECK(verdict.checkpoint->problems.front().rule == rule);
  return *verdict.checkpoint;
}

inline void rejects_file(std::string_view bytes, std::string_view rule, std::uint64_t offset_bytes) {
  const TempFolder folder;
  INFO("file: " << bytes.substr(0, 300));
  rejects(folder.write("model.safetensors", bytes), rule, offset_bytes);
}

inline void rejects_header(std::string_view header, std::string_view rule, std::uint64_t offset_bytes,
                           std::string_view data = {}) {
  rejects_file(safetensors_file(header, data), rule, offset_bytes);
}

/// ACCEPT, without a word: what was opened.
inline Checkpoint accepts(const std::string& path) {
  const Verdict mapped = open_once(path, {IoMode::mmap, true});
  const Verdict copied = open_once(path, {IoMode::pread, true});
  INFO((mapped.error ? mapped.error->what() : ""));
  REQUIRE(mapped.checkpoint.has_value());
  REQUIRE(copied.checkpoint.has_value());
  CHECK(mapped.checkpoint->tensors.size() == copied.checkpoint->tensors.size());
  CHECK(mapped.checkpoint->problems.empty());
  return *copied.checkpoint;
}

inline Checkpoint accepts_file(std::string_view bytes) {
  const TempFolder folder;
  return accepts(folder.write("model.safetensors", bytes));
}

/// WARN: one problem, fatal under strict at the same place.
inline Checkpoint warns(const std::string& path, std::string_view rule,
                        std::optional<std::uint64_t> offset_bytes) {
  rejects(path, rule, offset_bytes, true);
  for (const IoMode io : {IoMode::mmap, IoMode::pread}) {
    const Verdict verdict = open_once(path, {io, false});
    INFO((verdict.error ? verdict.error->what() : ""));
    REQUIRE(verdict.checkpoint.has_value());
    REQUIRE(verdict.checkpoint->problems.size() == 1);
    const Problem& problem = verdict.checkpoint->problems.front();
    INFO(problem.message);
    CHECK(problem.rule == rule);
    CHECK(problem.offset_bytes == offset_bytes);
  }
  return *open_once(path, {}).checkpoint;
}

inline Checkpoint warns_file(std::string_view bytes, std::string_view rule, std::uint64_t offset_bytes) {
  const TempFolder folder;
  return warns(folder.write("model.safetensors", bytes), rule, offset_bytes);
}

}  // namespace weightsieve::test
