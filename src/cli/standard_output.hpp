// stdout as a result is written to it: in large pieces, every failure noticed.
#pragma once

#include <string>
#include <string_view>

namespace weightsieve::cli {

/// Throws ClosedPipe when the reader is gone, Error{unwritable} for every other failure and Error{cancelled}
/// when a signal comes while the reader is slow.
class StandardOutput {
 public:
  void write(std::string_view text);
  void flush();

 private:
  std::string pending_;
};

}  // namespace weightsieve::cli
