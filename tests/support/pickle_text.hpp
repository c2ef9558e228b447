// Writes pickles for tests, opcode by opcode, and the pickles that torch.save makes of dicts of tensors.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/safetensors_file.hpp"
#include "support/zip_file.hpp"

namespace weightsieve::test::pickle {

inline const std::string kProto = "\x80\x02";
inline const std::string kStop = ".";

inline std::string text(std::string_view value) {
  return "X" + bytes_of(static_cast<std::uint32_t>(value.size())) + std::string(value);
}
inline std::string global(std::string_view module, std::string_view name) {
  return "c" + std::string(module) + "\n" + std::string(name) + "\n";
}
inline std::string integer(std::int64_t value) {
  if (value >= 0 && value < 256) return "K" + bytes_of(static_cast<std::uint8_t>(value));
  return "\x8a\x08" + bytes_of(value);
}
/// A tuple of values that are pickled already.
inline std::string tuple(const std::vector<std::string>& items) {
  std::string all = "(";
  for (const std::string& item : items)
    all += item;
  return all + "t";
}
inline std::string integers(const std::vector<std::int64_t>& values) {
  std::string all = "(";
  for (const std::int64_t value : values)
    all += integer(value);
  return all + "t";
}
inline std::string call(const std::string& callee, const std::string& arguments) {
  return callee + arguments + "R";
}
inline std::string ordered_dict() { return call(global("collections", "OrderedDict"), ")"); }

/// Pairs of a key, as text, and a pickled value.
using Items = std::vector<std::pair<std::string, std::string>>;
inline std::string dict(const Items& items) {
  std::string all = "}(";
  for (const auto& [key, value] : items)
    all += text(key) + value;
  return all + "u";
}

inline std::string storage(const std::string& key, std::int64_t elements,
                           const std::string& type = "FloatStorage") {
  return tuple({text("storage"), global("torch", type), text(key), text("cpu"), integer(elements)}) + "Q";
}
inline std::string tensor(const std::string& pickled_storage, std::int64_t offset,
                          const std::vector<std::int64_t>& sizes, const std::vector<std::int64_t>& strides) {
  return call(
      global("torch._utils", "_rebuild_tensor_v2"),
      tuple({pickled_storage, integer(offset), integers(sizes), integers(strides), "\x89", ordered_dict()}));
}
inline std::string whole(const std::string& value) { return kProto + value + kStop; }

struct Storage {
  std::string key;
  std::string bytes;
};

/// The archive as torch.save writes it, but for alignment and descriptors.
inline ZipFile archive(const std::string& pickled, const std::vector<Storage>& storages,
                       const std::string& folder = "archive/") {
  ZipFile zip;
  zip.add(folder + "data.pkl", pickled);
  for (const Storage& one : storages)
    zip.add(folder + "data/" + one.key, one.bytes);
  zip.add(folder + "version", "3\n");
  return zip;
}

/// Of a pickle with one tensor "w" of four floats, or of what is given instead.
inline ZipFile small_archive() {
  return archive(whole(dict({{"w", tensor(storage("0", 4), 0, {4}, {1})}})), {{"0", std::string(16, '\1')}});
}

}  // namespace weightsieve::test::pickle
