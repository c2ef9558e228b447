// Bytes from one file, read in bounded windows: mapped (MappedSource) or copied (PreadSource).
//
// A Source is opened once, checked to be a regular file, and remembers what the file was (FileIdentity), so
// that a change under a running profile is noticed: no number is printed from bytes that moved. Sources are
// shared between threads; each thread reads through a Cursor of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "weightsieve/base/bytes.hpp"

namespace weightsieve {

enum class IoMode : std::uint8_t { automatic, mmap, pread };

/// The most bytes one Cursor::view may ask for.
inline constexpr std::size_t kMaxWindowBytes = std::size_t{16} << 20;

/// What must stay the same about a file between opening it and printing results.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t links = 0;  ///< tells a link made or removed, which touches ctime, from a write
  std::uint64_t size_bytes = 0;
  std::int64_t modified_ns = 0;  ///< mtime
  std::int64_t changed_ns = 0;   ///< ctime

  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

/// A moving window over one Source, for one thread.
class Cursor {
 public:
  virtual ~Cursor() = default;

  /// `length` bytes from `offset` on; valid until the next call. Requires offset + length ≤ size and length ≤
  /// kMaxWindowBytes. Memory: 12 MiB, or `length` + 4 MiB where that is more. A long range is read fastest in
  /// views of up to 1 MiB: moving on costs nothing where files are mapped, and a copy stays in the CPU's
  /// cache. Throws Error{unreadable} with the offset on an I/O error and Error{changed} when the file got
  /// shorter; a page that vanishes after the call reads as zeros, and then the next view or check_unchanged()
  /// throws.
  virtual Bytes view(std::uint64_t offset_bytes, std::size_t length) = 0;
};

class Source {
 public:
  virtual ~Source() = default;

  const std::string& path() const noexcept { return path_; }
  /// Bytes that a cursor can view: of the file, or of what its bytes decode to.
  std::uint64_t size() const noexcept { return size_; }
  const FileIdentity& identity() const noexcept { return identity_; }

  /// A new cursor; it must not outlive the source.
  virtual std::unique_ptr<Cursor> cursor() const = 0;

  /// Throws Error{changed} when the open file is no longer what it was: its size or times differ. A file that
  /// was renamed, replaced or removed is still there to read to its end, and that is fine. Throws
  /// Error{unreadable} when a mapped page could not be read from disk. Call after reading, before any number
  /// is shown.
  virtual void check_unchanged() const = 0;

 protected:
  Source(std::string path, FileIdentity identity) : Source(std::move(path), identity, identity.size_bytes) {}
  Source(std::string path, FileIdentity identity, std::uint64_t size_bytes)
      : path_(std::move(path)), identity_(identity), size_(size_bytes) {}

 private:
  std::string path_;
  FileIdentity identity_;
  std::uint64_t size_;
};

/// Whether `path` leads to that very file, by whatever name. For an output that must not be the input.
bool leads_to(const std::string& path, const FileIdentity& file);

/// Opens a regular file for reading. `automatic` maps where that is fast and safe, and falls back to pread
/// where mapping fails. Throws Error{unreadable} (missing, permission) and Error{malformed, rule FILE-KIND}
/// (directory, FIFO, device, socket, a file of /proc or /sys whose size lies), without ever blocking.
std::shared_ptr<const Source> open_source(const std::string& path, IoMode mode);

}  // namespace weightsieve
