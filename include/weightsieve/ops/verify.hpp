// The verb verify: whether a checkpoint is what its headers promise, as an answer instead of an error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "weightsieve/base/error.hpp"
#include "weightsieve/ops/run_control.hpp"

namespace weightsieve {

struct VerifyFinding {
  std::string message;
  Place place;
};

/// How the files compare with the manifest that the run which wrote them left beside them.
struct ManifestVerdict {
  std::uint64_t files = 0;  ///< listed, and compared
  bool hashed = false;      ///< by their SHA-256 too, not by name and size alone
};

struct Verification {
  std::string name;      ///< of the checkpoint; the path's own where it could not be opened
  std::string format;    ///< empty where it could not be opened
  std::string encoding;  ///< of its files: "packed", "zst" or "packed, zst"; empty where none is encoded
  std::uint64_t files = 0;
  std::uint64_t tensors = 0;  ///< that the filter keeps
  std::uint64_t bytes = 0;    ///< of these tensors
  bool data_read = false;     ///< to its end, whatever was found
  std::optional<ManifestVerdict> manifest = {};
  std::vector<VerifyFinding> errors;    ///< what makes other verbs refuse the input
  std::vector<VerifyFinding> warnings;  ///< what they accept
  /// What a scanner would report, when it was asked for: warnings of such things too, which then are here
  /// alone.
  std::optional<std::vector<VerifyFinding>> security = {};

  bool sound() const noexcept { return errors.empty(); }
  /// Sound, and nothing was found that was asked for.
  bool clean() const noexcept { return sound() && (!security || security->empty()); }
};

struct VerifyOptions {
  bool headers_only = false;
  bool security = false;
};

/// Opens the checkpoint as every verb does and, unless `headers_only`, reads every byte of the tensors that
/// `filter` keeps, and goes on behind those that are damaged. Where a manifest stands beside the files, they
/// are compared with it: names, sizes and runs, and, when all data is read, SHA-256. What would be
/// Error{malformed} elsewhere is an entry of `errors`, with the same rule; under `control.strict` that is
/// every warning too. Throws Error: usage, unreadable, changed (the input shrank or was written to
/// meanwhile), cancelled.
///
/// `security` gathers what makes a file untrustworthy though it can be read: names in pickles that run code
/// or that no state dict needs, bytes and members that belong to nothing, members hidden by compression,
/// arrays of objects.
Verification verify_checkpoint(const std::string& path, const VerifyOptions& options = {},
                               const NameFilter& filter = {}, const RunControl& control = {});

}  // namespace weightsieve
