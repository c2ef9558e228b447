#include "io/mapped_source.hpp"

#include <algorithm>
#include <cassert>
#include <csignal>

#include "io/mapped_stretch.hpp"
#include "io/pread_source.hpp"
#include "io/read_ahead.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve::io {
namespace {

// How far a cursor goes before it gives back the pages behind it: longer costs memory for every thread,
// shorter costs calls (4 MiB was a tenth slower, 16 MiB no faster).
constexpr std::size_t kZoneBytes = std::size_t{8} << 20;

// Views of this length are chunks of a tensor, and the next one is likely to be the next chunk. Shorter ones
// are left to the kernel.
constexpr std::size_t kLongBytes = std::size_t{512} << 10;

// A thread that blocks all signals would be killed by SIGBUS, handler or not.
void let_bus_errors_in() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGBUS);
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

class MappedCursor final : public Cursor {
 public:
  explicit MappedCursor(const MappedSource& source) : source_(&source) {}
  ~MappedCursor() override { release_zone(); }

  Bytes view(std::uint64_t offset_bytes, std::size_t length) override {
    assert(length <= kMaxWindowBytes && offset_bytes <= source_->size() &&
           length <= source_->size() - offset_bytes);
    source_->check_faults();
    if (length == 0) return {};
    if (!reader_ && !in_zone(offset_bytes, length)) start_zone(offset_bytes, length);
    if (reader_) return reader_->view(offset_bytes, length);
    zone_end_ = std::max(zone_end_, offset_bytes + length);
    if (length >= kLongBytes) source_->read_ahead_of(offset_bytes, length);
    return stretch_->view(offset_bytes, length);
  }

 private:
  bool in_zone(std::uint64_t offset_bytes, std::size_t length) const noexcept {
    return stretch_ && offset_bytes >= zone_begin_ && offset_bytes + length <= zone_begin_ + kZoneBytes &&
           stretch_->holds(offset_bytes, length);
  }

  void start_zone(std::uint64_t offset_bytes, std::size_t length) {
    source_->check_unchanged();
    release_zone();
    zone_begin_ = zone_end_ = offset_bytes;
    if (stretch_ && stretch_->holds(offset_bytes, length)) return;
    stretch_.reset();
    let_bus_errors_in();
    stretch_ = source_->stretch(offset_bytes, length);
    if (!stretch_) reader_ = make_pread_cursor(source_->file());
  }

  void release_zone() noexcept {
    if (stretch_) stretch_->release(zone_begin_, static_cast<std::size_t>(zone_end_ - zone_begin_));
  }

  const MappedSource* source_;
  std::shared_ptr<const MappedStretch> stretch_;
  std::uint64_t zone_begin_ =
      0;  ///< pages of [zone_begin_, zone_end_) may be resident because of this cursor
  std::uint64_t zone_end_ = 0;
  std::unique_ptr<Cursor> reader_;  ///< instead of mappings, once one failed
};

}  // namespace

std::unique_ptr<Cursor> MappedSource::cursor() const { return std::make_unique<MappedCursor>(*this); }

void MappedSource::read_ahead_of(std::uint64_t offset_bytes, std::size_t length) const noexcept {
  if (read_ahead_ == ReadAhead::hints) read_ahead(file_, offset_bytes, 2 * length);
  if (read_ahead_ == ReadAhead::front) front_.go_ahead_of(file_, offset_bytes + length);
}

void MappedSource::check_faults() const {
  if (faults_.first()) check_unchanged();
}

void MappedSource::check_unchanged() const {
  io::check_unchanged(file_);
  // The file is what it was, so a page was missing because the disk could not deliver it.
  if (const auto offset_bytes = faults_.first()) {
    throw Error(ErrorCode::unreadable, "cannot be read: I/O error",
                {.file = path(), .offset_bytes = offset_bytes});
  }
}

std::shared_ptr<const MappedStretch> MappedSource::stretch(std::uint64_t offset_bytes,
                                                           std::size_t length) const {
  const std::lock_guard lock(mutex_);
  if (auto shared = newest_.lock(); shared && shared->holds(offset_bytes, length)) return shared;
  try {
    auto fresh = std::make_shared<const MappedStretch>(file_, offset_bytes, faults_);
    newest_ = fresh;
    return fresh;
  } catch (const std::exception& error) {
    if (on_failure_ == MapFailure::read_instead) return nullptr;
    throw Error(ErrorCode::unreadable,
                std::string("cannot be mapped: ") + error.what() + "; --io pread reads it without mapping",
                {.file = path(), .offset_bytes = offset_bytes});
  }
}

}  // namespace weightsieve::io
