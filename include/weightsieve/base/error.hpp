// The one exception type of the library, and the warnings that do not end a run.
//
// Every failure that input, options or the machine can cause is an Error; its code is also the program's exit
// status. `assert` is left for our own bugs. Errors are plain values: safe to copy between threads.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

namespace weightsieve {

/// What kind of failure it was; the numbers are the program's exit codes.
enum class ErrorCode : int {
  usage = 2,       ///< the options or the arguments do not fit together
  malformed = 3,   ///< the input is malformed or of a kind that is not supported
  changed = 5,     ///< the input changed while it was read
  unreadable = 6,  ///< the input cannot be read: missing, permission, I/O error
  unwritable = 7,  ///< the output cannot be written
  cancelled = 128  ///< stopped by the caller's CancelToken
};

/// Where in the input something was found. Empty parts are left out of the message.
struct Place {
  std::string file = {};
  std::optional<std::uint64_t> offset_bytes = {};  ///< from the start of the file
  std::string tensor = {};
  std::string rule = {};  ///< stable identifier, for example "ST-OVERLAP"
};

class Error : public std::runtime_error {
 public:
  /// `message` says what was found and what is allowed. what() adds the place, on one line, with control
  /// characters escaped: `model.safetensors: byte 12: tensor "a": begins at 4, must begin at 0 [ST-HOLE]`.
  Error(ErrorCode code, std::string message, Place place = {});

  ErrorCode code() const noexcept { return code_; }
  const Place& place() const noexcept { return place_; }
  const std::string& message() const noexcept { return message_; }

 private:
  ErrorCode code_;
  std::string message_;
  Place place_;
};

/// The same failure; what is malformed is said of this tensor, unless it names one already.
Error about_tensor(const Error& error, const std::string& tensor);

/// Something odd in the input that was accepted with a warning; fatal under `--strict`.
struct Problem {
  std::string rule;
  std::string file;
  std::optional<std::uint64_t> offset_bytes;
  std::string message;
};

}  // namespace weightsieve
