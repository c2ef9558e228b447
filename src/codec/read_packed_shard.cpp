// The index of a packed shard, read and checked.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "codec/packed_layout.hpp"
#include "weightsieve/base/as_text.hpp"
#include "weightsieve/base/checked.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/codec/chunk_codec.hpp"
#include "weightsieve/codec/packed_shard.hpp"
#include "weightsieve/codec/rules.hpp"

namespace weightsieve {

using namespace codec;

namespace {

/// Reads the index of one file and checks it on the way.
class IndexReader {
 public:
  explicit IndexReader(const Source& file) : file_(file), cursor_(file.cursor()) {}

  PackedShard read() {
    if (file_.size() < kPackedHeaderBytes + kTrailerBytes)
      fail(rules::kPackedTrailer, 0, fmt::format("has {} bytes; a packed shard has more", file_.size()));
    read_trailer();
    PackedShard shard;
    shard.run = run_;
    read_entries(shard);
    read_name(shard);
    check_sums(shard);
    if (packed_index_hash(shard) != hash_)
      fail(rules::kPackedIndex, index_begin_, "the hash in the index is not that of the index");
    return shard;
  }

 private:
  void read_trailer() {
    trailer_begin_ = file_.size() - kTrailerBytes;
    std::array<std::byte, kTrailerBytes> bytes{};
    const Bytes view = cursor_->view(trailer_begin_, kTrailerBytes);
    std::ranges::copy(view, bytes.begin());
    check_kind(bytes.data());
    content_bytes_ = load<std::uint64_t>(bytes.data());
    frames_bytes_ = load<std::uint64_t>(bytes.data() + 8);
    entries_ = load<std::uint64_t>(bytes.data() + 16);
    name_bytes_ = load<std::uint32_t>(bytes.data() + 24);
    run_ = load<Hash128>(bytes.data() + 32);
    hash_ = load<Hash128>(bytes.data() + 48);
    locate();
  }

  void check_kind(const std::byte* trailer) const {
    const std::string_view magic = as_text({trailer + 72, kMagic.size()});
    if (magic != kMagic)
      fail(rules::kPackedTrailer, trailer_begin_ + 72, "does not end like a packed shard; is it truncated?");
    if (load<std::uint32_t>(trailer + 68) != kByteOrderMark)
      fail(rules::kPackedTrailer, trailer_begin_ + 68, "has a wrong byte order mark");
    const auto version = load<std::uint32_t>(trailer + 28);
    if (version != kVersion)
      fail(rules::kPackedVersion, trailer_begin_ + 28,
           fmt::format("has version {}, this program reads {}; written by a newer one", version, kVersion));
    if (const auto features = load<std::uint32_t>(trailer + 64); features != kFeatures)
      fail(rules::kPackedVersion, trailer_begin_ + 64,
           fmt::format("needs features {:#x} that this program lacks; written by a newer one", features));
  }

  /// Where the parts lie, which must fill the file.
  void locate() {
    const auto entry_bytes = checked_mul(entries_, kEntryBytes);
    const auto index_bytes =
        entry_bytes ? checked_add(*entry_bytes, name_bytes_ + kTrailerBytes) : std::nullopt;
    const auto data_bytes = index_bytes ? checked_add(*index_bytes, frames_bytes_) : std::nullopt;
    if (name_bytes_ > kMaxNameBytes || !data_bytes || *data_bytes != file_.size() - kPackedHeaderBytes)
      fail(rules::kPackedIndex, trailer_begin_,
           fmt::format("{} entries and {} bytes of frames do not fill the file", entries_, frames_bytes_));
    index_begin_ = kPackedHeaderBytes + frames_bytes_;
    const std::vector<std::byte> header = packed_header(frames_bytes_, *index_bytes);
    if (!std::ranges::equal(header, cursor_->view(0, kPackedHeaderBytes)))
      fail(rules::kPackedHeader, 0, "the header is not the one that goes with the index");
  }

  void read_entries(PackedShard& shard) {
    constexpr std::uint64_t a_time = (std::uint64_t{1} << 20) / kEntryBytes;
    shard.entries.reserve(static_cast<std::size_t>(entries_));
    for (std::uint64_t first = 0; first < entries_; first += a_time) {
      const std::uint64_t count = std::min(a_time, entries_ - first);
      const std::uint64_t begin = index_begin_ + first * kEntryBytes;
      const Bytes bytes = cursor_->view(begin, static_cast<std::size_t>(count * kEntryBytes));
      for (std::size_t at = 0; at < bytes.size(); at += kEntryBytes)
        shard.entries.push_back(read_entry(bytes.data() + at, begin + at));
    }
  }

  PackedEntry read_entry(const std::byte* bytes, std::uint64_t at) const {
    const PackedEntry entry{load<std::uint32_t>(bytes), load<std::uint32_t>(bytes + 4),
                            load<std::uint32_t>(bytes + 8), load<std::uint64_t>(bytes + 16)};
    const bool has_width = entry.width == 1 || entry.width == 2 || entry.width == 4 || entry.width == 8;
    const bool fits = has_width && entry.content_bytes > 0 && entry.content_bytes <= kMaxChunkBytes &&
                      entry.content_bytes % entry.width == 0 &&
                      entry.content_bytes / entry.width <= kMaxChunkUnits;
    const bool small = entry.frame_bytes >= kChunkHeaderBytes &&
                       entry.frame_bytes <= entry.content_bytes + kChunkOverheadBytes;
    if (!fits || !small || load<std::uint32_t>(bytes + 12) != 0)
      fail(rules::kPackedIndex, at,
           fmt::format("a frame of {} bytes for {} bytes in units of {}", entry.frame_bytes,
                       entry.content_bytes, entry.width));
    return entry;
  }

  void read_name(PackedShard& shard) {
    const std::uint64_t begin = index_begin_ + entries_ * kEntryBytes;
    const Bytes name = cursor_->view(begin, name_bytes_);
    shard.name = as_text(name);
    using namespace std::string_view_literals;
    const bool plain = !shard.name.empty() && shard.name != "." && shard.name != ".." &&
                       shard.name.find_first_of("/\\\0"sv) == std::string::npos;
    if (!plain) fail(rules::kPackedName, begin, "the name of the content must be a plain file name");
  }

  void check_sums(const PackedShard& shard) const {
    if (shard.frames_bytes() != frames_bytes_ || shard.content_bytes() != content_bytes_)
      fail(rules::kPackedIndex, index_begin_,
           fmt::format("the entries add up to {} bytes in frames of {}; must be {} and {}",
                       shard.content_bytes(), shard.frames_bytes(), content_bytes_, frames_bytes_));
  }

  [[noreturn]] void fail(const Rule& rule, std::uint64_t at, const std::string& message) const {
    throw Error(ErrorCode::malformed, message,
                {.file = file_.path(), .offset_bytes = at, .tensor = {}, .rule = std::string(rule.id)});
  }

  const Source& file_;
  std::unique_ptr<Cursor> cursor_;
  std::uint64_t trailer_begin_ = 0;
  std::uint64_t index_begin_ = 0;
  std::uint64_t content_bytes_ = 0;
  std::uint64_t frames_bytes_ = 0;
  std::uint64_t entries_ = 0;
  std::uint32_t name_bytes_ = 0;
  Hash128 run_{};
  Hash128 hash_{};
};

}  // namespace

PackedShard read_packed_shard(const Source& file) { return IndexReader(file).read(); }

}  // namespace weightsieve
