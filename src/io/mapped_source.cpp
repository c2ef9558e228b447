#include "io/mapped_source.hpp"

#include <algorithm>
#include <boost/iostreams/device/mapped_file.hpp>
#include <cassert>
#include <optional>

#include "io/pread_source.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve::io {
namespace {

using boost::iostreams::mapped_file_source;

// Boost maps by path only. This one leads to the file that was opened, whatever its name leads to by now.
std::string path_of(const FileDescriptor& descriptor) {
  return "/proc/self/fd/" + std::to_string(descriptor.number());
}

class Window {
 public:
  /// Maps [offset_bytes, offset_bytes + length); throws std::exception when the kernel refuses.
  Window(const InputFile& file, std::uint64_t offset_bytes, std::size_t length, FaultLog& faults)
      : map_(path_of(file.descriptor), length, static_cast<std::int64_t>(offset_bytes)),
        begin_(offset_bytes),
        guard_({address(), address() + length, offset_bytes, &faults}) {}

  bool holds(std::uint64_t offset_bytes, std::size_t length) const noexcept {
    return offset_bytes >= begin_ && offset_bytes + length <= begin_ + map_.size();
  }

  Bytes view(std::uint64_t offset_bytes, std::size_t length) const noexcept {
    return std::as_bytes(std::span(map_.data(), map_.size())).subspan(offset_bytes - begin_, length);
  }

 private:
  std::uintptr_t address() const noexcept { return reinterpret_cast<std::uintptr_t>(map_.data()); }

  mapped_file_source map_;
  std::uint64_t begin_;
  FaultGuard guard_;
};

class MappedCursor final : public Cursor {
 public:
  MappedCursor(const MappedSource& source, const InputFile& file, FaultLog& faults, MapFailure on_failure)
      : source_(&source), file_(&file), faults_(&faults), on_failure_(on_failure) {}

  Bytes view(std::uint64_t offset_bytes, std::size_t length) override {
    assert(length <= kMaxWindowBytes && offset_bytes <= source_->size() &&
           length <= source_->size() - offset_bytes);
    if (length == 0) return {};
    if (faults_->first()) source_->check_unchanged();
    if (!reader_ && !(window_ && window_->holds(offset_bytes, length))) move_window(offset_bytes, length);
    return reader_ ? reader_->view(offset_bytes, length) : window_->view(offset_bytes, length);
  }

 private:
  void move_window(std::uint64_t offset_bytes, std::size_t length) {
    source_->check_unchanged();
    const auto page = static_cast<std::uint64_t>(mapped_file_source::alignment());
    const std::uint64_t begin = offset_bytes - offset_bytes % page;
    const std::uint64_t end =
        std::min(source_->size(), std::max(begin + kMaxWindowBytes, offset_bytes + length));
    window_.reset();  // first, so that a cursor never holds two
    try {
      window_.emplace(*file_, begin, static_cast<std::size_t>(end - begin), *faults_);
    } catch (const std::exception& error) {
      give_up_mapping(offset_bytes, error.what());
    }
  }

  void give_up_mapping(std::uint64_t offset_bytes, const std::string& reason) {
    if (on_failure_ == MapFailure::fail) {
      throw Error(ErrorCode::unreadable, "cannot be mapped: " + reason + "; try --io pread",
                  {.file = file_->path, .offset_bytes = offset_bytes});
    }
    reader_ = make_pread_cursor(*file_);
  }

  const MappedSource* source_;
  const InputFile* file_;
  FaultLog* faults_;
  MapFailure on_failure_;
  std::optional<Window> window_;
  std::unique_ptr<Cursor> reader_;  ///< instead of windows, once mapping failed
};

}  // namespace

std::unique_ptr<Cursor> MappedSource::cursor() const {
  return std::make_unique<MappedCursor>(*this, file_, faults_, on_failure_);
}

void MappedSource::check_unchanged() const {
  io::check_unchanged(file_);
  // The file is what it was, so a page was missing because the disk could not deliver it.
  if (const auto offset_bytes = faults_.first()) {
    throw Error(ErrorCode::unreadable, "cannot be read: I/O error",
                {.file = path(), .offset_bytes = offset_bytes});
  }
}

}  // namespace weightsieve::io
