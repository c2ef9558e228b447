// Reads a file through mappings that all cursors share; each cursor gives its pages back as it moves on.
#pragma once

#include <memory>
#include <mutex>

#include "io/fault_guard.hpp"
#include "io/input_file.hpp"
#include "io/read_ahead.hpp"
#include "weightsieve/io/source.hpp"

namespace weightsieve::io {

class MappedStretch;

/// What a cursor does when the kernel refuses a mapping.
enum class MapFailure : std::uint8_t { read_instead, fail };

class MappedSource final : public Source {
 public:
  MappedSource(InputFile file, MapFailure on_failure)
      : Source(file.path, file.identity),
        file_(std::move(file)),
        on_failure_(on_failure),
        read_ahead_(read_ahead_for(file_)) {}

  std::unique_ptr<Cursor> cursor() const override;
  void check_unchanged() const override;

  /// Throws Error{changed} or Error{unreadable} once a page of any cursor's was missing. Costs next to
  /// nothing.
  void check_faults() const;

  /// A mapping that holds this range: the one that other cursors use, or a new one. When the kernel refuses,
  /// yields none (`read_instead`) or throws Error{unreadable}.
  std::shared_ptr<const MappedStretch> stretch(std::uint64_t offset_bytes, std::size_t length) const;

  /// A cursor is about to touch this, and then what follows.
  void read_ahead_of(std::uint64_t offset_bytes, std::size_t length) const noexcept;

  const InputFile& file() const noexcept { return file_; }

 private:
  InputFile file_;
  MapFailure on_failure_;
  ReadAhead read_ahead_;
  mutable ReadFront front_;
  mutable FaultLog faults_;
  mutable std::mutex mutex_;
  mutable std::weak_ptr<const MappedStretch> newest_;
};

}  // namespace weightsieve::io
