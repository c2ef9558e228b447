// Reads a file by copying it into a buffer: right on network filesystems and where mapping fails.
#pragma once

#include <memory>

#include "io/input_file.hpp"
#include "weightsieve/io/source.hpp"

namespace weightsieve::io {

/// A cursor that copies; `file` must outlive it.
std::unique_ptr<Cursor> make_pread_cursor(const InputFile& file);

class PreadSource final : public Source {
 public:
  explicit PreadSource(InputFile file) : Source(file.path, file.identity), file_(std::move(file)) {}

  std::unique_ptr<Cursor> cursor() const override { return make_pread_cursor(file_); }
  void check_unchanged() const override { io::check_unchanged(file_); }

 private:
  InputFile file_;
};

}  // namespace weightsieve::io
