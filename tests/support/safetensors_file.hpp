// Writes safetensors files for tests: good ones by their tensors, broken ones by any header text.
//
// Deliberately naive and independent of the reader: no check of anything.
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace weightsieve::test {

/// A number as it lies in a file: little-endian.
template <class T>
std::string bytes_of(T value) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

/// The file with this header text, whatever it is, and this data.
inline std::string safetensors_file(std::string_view header, std::string_view data = {}) {
  return bytes_of<std::uint64_t>(header.size()) + std::string(header) + std::string(data);
}

/// `text` as a JSON string. Bytes from 0x80 on go in as they are.
inline std::string json_string(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (byte < 0x20) {
      out += "\\u00";
      out += {kHex[byte >> 4], kHex[byte & 15]};
    } else {
      out += c;
    }
  }
  return out + '"';
}

/// One entry of a header; `shape` and `offsets` are the insides of their brackets.
inline std::string entry(std::string_view name, std::string_view dtype, std::string_view shape,
                         std::string_view offsets) {
  std::string text = json_string(name);
  text += R"(:{"dtype":")" + std::string(dtype) + R"(","shape":[)" + std::string(shape);
  return text + R"(],"data_offsets":[)" + std::string(offsets) + "]}";
}

inline std::string entry(std::string_view name, std::string_view dtype,
                         const std::vector<std::uint64_t>& shape, std::uint64_t begin, std::uint64_t end) {
  std::string dimensions;
  for (const std::uint64_t d : shape)
    dimensions += (dimensions.empty() ? "" : ",") + std::to_string(d);
  return entry(name, dtype, dimensions, std::to_string(begin) + "," + std::to_string(end));
}

/// Collects tensors, in the order in which their bytes shall lie, into one good file.
class SafetensorsWriter {
 public:
  SafetensorsWriter& add(std::string_view name, std::string_view dtype,
                         const std::vector<std::uint64_t>& shape, std::string_view bytes) {
    const std::uint64_t begin = data_.size();
    data_ += bytes;
    entries_.push_back(entry(name, dtype, shape, begin, data_.size()));
    return *this;
  }

  SafetensorsWriter& metadata(std::string_view key, std::string_view value) {
    metadata_ += (metadata_.empty() ? "" : ",") + json_string(key) + ":" + json_string(value);
    return *this;
  }

  std::string header() const {
    std::string text;
    if (!metadata_.empty()) text = "\"__metadata__\":{" + metadata_ + "}";
    for (const std::string& one : entries_)
      text += (text.empty() ? "" : ",") + one;
    return "{" + text + "}";
  }

  std::string file() const { return safetensors_file(header(), data_); }

 private:
  std::vector<std::string> entries_;
  std::string data_;
  std::string metadata_;
};

/// Writes `bytes` and makes the file `size` bytes long with a hole behind them.
inline void write_sparse(const std::string& path, std::string_view bytes, std::uint64_t size) {
  std::ofstream(path, std::ios::binary) << bytes;
  std::filesystem::resize_file(path, size);
}

}  // namespace weightsieve::test
