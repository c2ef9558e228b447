// PyTorch's checkpoints before 1.6, and those that were saved like them since: one file of
//
//   five pickles: the magic number, protocol 1001, the system (its byte order), the object, the storages'
//   keys for each key, in that order: i64 elements | the elements, raw
//
// After _legacy_save and _legacy_load of torch/serialization.py.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_map>

#include "format/known_formats.hpp"
#include "format/shard_files.hpp"
#include "format/torch_checkpoint.hpp"
#include "format/torch_names.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve::format {
namespace {

using namespace std::string_view_literals;

/// LONG1 of 0x1950a86a20f9469cfc6c, and STOP: a pickle that computes the number would have to be run.
constexpr std::string_view kMagic = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e"sv;
constexpr std::string_view kMagicFrame = "\x95\x0d\0\0\0\0\0\0\0"sv;
constexpr std::int64_t kProtocol = 1001;
constexpr std::size_t kCountBytes = 8;

/// Bytes of the magic number's pickle, in any protocol; 0 when the file does not begin with it.
std::size_t magic_bytes(Bytes first_bytes) {
  std::size_t at = 2;
  const bool is_pickle = begins_with(first_bytes, "\x80\x02"sv) || begins_with(first_bytes, "\x80\x03"sv) ||
                         begins_with(first_bytes, "\x80\x04"sv) || begins_with(first_bytes, "\x80\x05"sv);
  if (!is_pickle) return 0;
  if (begins_with(first_bytes.subspan(at), kMagicFrame)) at += kMagicFrame.size();
  return begins_with(first_bytes.subspan(at), kMagic) ? at + kMagic.size() : 0;
}

std::size_t magic_bytes(const Source& source) {
  const auto cursor = source.cursor();
  return magic_bytes(cursor->view(0, static_cast<std::size_t>(std::min<std::uint64_t>(source.size(), 64))));
}

class LegacyFile {
 public:
  explicit LegacyFile(FileReading& reading)
      : reading_(reading), path_(reading.source->path()), at_(magic_bytes(*reading.source)) {}

  void read() {
    check_protocol();
    const bool big_endian = read_byte_order();
    const std::uint64_t object_at = at_;
    const PickleResult object = next();
    const std::uint64_t object_bytes = at_ - object_at;
    const PickleResult keys = next();
    reading_.checkpoint.header_bytes += at_;
    TorchTensors tensors(object.pickle, path_);
    tensors.add_all_storages();
    place_storages(keys, tensors.storages());
    const auto locate = [&](const TorchStorage& storage) { return stretch_of(storage); };
    read_torch({&object.pickle, object.root, object_at, object_bytes, big_endian, locate}, reading_);
  }

 private:
  PickleResult next() {
    PickleResult result = read_pickle({reading_.source.get(), at_, reading_.source->size(), at_});
    at_ = result.end;
    return result;
  }

  void check_protocol() {
    const std::uint64_t at = at_;
    const PickleResult protocol = next();
    const bool right = protocol.pickle.is(protocol.root, PickleKind::integer) &&
                       protocol.pickle.integer(protocol.root) == kProtocol;
    if (!right) reject(rules::kTorchLegacy, path_, at, "the protocol is not 1001");
  }

  bool read_byte_order() {
    const std::uint64_t at = at_;
    const PickleResult system = next();
    std::optional<bool> little;
    system.pickle.each_pair(system.root, [&](PickleRef key, PickleRef value) {
      const bool is_order = system.pickle.is(key, PickleKind::text) &&
                            system.pickle.text(key) == "little_endian" &&
                            system.pickle.is(value, PickleKind::boolean);
      if (is_order) little = system.pickle.integer(value) != 0;
      return !little;
    });
    if (!little)
      reject(rules::kTorchLegacy, path_, at, "the system's description does not name its byte order");
    return !*little;
  }

  /// Finds where each storage lies, by the sizes of those before it.
  void place_storages(const PickleResult& keys, const std::vector<TorchStorage>& storages) {
    std::unordered_map<std::string_view, const TorchStorage*> by_key;
    for (const TorchStorage& storage : storages)
      by_key.emplace(storage.key, &storage);
    const auto cursor = reading_.source->cursor();
    keys.pickle.each_element(keys.root, [&](PickleRef ref) {
      const std::string_view key =
          keys.pickle.is(ref, PickleKind::text) ? keys.pickle.text(ref) : std::string_view();
      const auto known = by_key.find(key);
      if (known == by_key.end())
        reject(rules::kTorchRecord, path_, at_, fmt::format("no tensor has the storage {}", in_quotes(key)));
      place(*known->second, *cursor);
      return true;
    });
    const std::uint64_t left = reading_.source->size() - at_;
    if (left > 0)
      reading_.problems.warn(rules::kTorchTrailing, path_, at_,
                             fmt::format("{} trailing bytes follow the last storage", grouped(left)));
  }

  void place(const TorchStorage& storage, Cursor& cursor) {
    const std::uint64_t left = reading_.source->size() - at_;
    const bool has_count = left >= kCountBytes;
    const std::uint64_t elements =
        has_count ? load<std::uint64_t>(cursor.view(at_, kCountBytes).data()) : storage.elements;
    if (elements != storage.elements)
      reject(rules::kTorchRecord, path_, at_,
             fmt::format("storage {} has {} elements here; it needs {}", storage.key, elements,
                         storage.elements));
    if (!has_count || storage.bytes > left - kCountBytes)
      reject(
          rules::kTorchRecord, path_, at_,
          fmt::format("the file is cut short: storage {} has {} bytes after the {} of its count; {} are left",
                      storage.key, storage.bytes, kCountBytes, left));
    const bool is_new = places_.emplace(storage.key, Stretch{at_ + kCountBytes, storage.bytes}).second;
    if (!is_new) reject(rules::kTorchRecord, path_, at_, fmt::format("storage {} comes twice", storage.key));
    at_ += kCountBytes + storage.bytes;
  }

  Stretch stretch_of(const TorchStorage& storage) const {
    const auto at = places_.find(std::string(storage.key));
    if (at != places_.end()) return at->second;
    reject(rules::kTorchRecord, path_, storage.at,
           fmt::format("the list of storages lacks {}", in_quotes(storage.key)));
  }

  FileReading& reading_;
  std::string path_;
  std::uint64_t at_;  ///< where the next part begins
  std::unordered_map<std::string, Stretch> places_;
};

Match recognise(Bytes first_bytes, const Source&) {
  return magic_bytes(first_bytes) > 0 ? Match::yes : Match::no;
}

// Files of both containers have the same names; kTorch finds them.
std::vector<std::vector<std::string>> find(std::span<const std::string>) { return {}; }

void read(FileReading& reading) { LegacyFile(reading).read(); }

}  // namespace

const FormatReader kTorchLegacy{"pytorch",  "a PyTorch checkpoint as before 1.6 (pickles, then storages)",
                                recognise,  find,
                                torch_stem, open_files_of,
                                read};

}  // namespace weightsieve::format
