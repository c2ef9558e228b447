// Reads a file through mapped windows of at most 16 MiB, each released when the cursor moves on.
#pragma once

#include <memory>

#include "io/fault_guard.hpp"
#include "io/input_file.hpp"
#include "weightsieve/io/source.hpp"

namespace weightsieve::io {

/// What a cursor does when the kernel refuses a mapping.
enum class MapFailure : std::uint8_t { read_instead, fail };

class MappedSource final : public Source {
 public:
  MappedSource(InputFile file, MapFailure on_failure)
      : Source(file.path, file.identity), file_(std::move(file)), on_failure_(on_failure) {}

  std::unique_ptr<Cursor> cursor() const override;
  void check_unchanged() const override;

 private:
  InputFile file_;
  MapFailure on_failure_;
  mutable FaultLog faults_;
};

}  // namespace weightsieve::io
