// Writes ONNX models for tests, field by field: whatever is put together comes out so.
//
// Deliberately naive and independent of the reader: no check of anything.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/safetensors_file.hpp"

namespace weightsieve::test::onnx {

inline std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7)
    bytes += static_cast<char>((value & 0x7F) | 0x80);
  return bytes + static_cast<char>(value);
}

inline std::string tag(std::uint64_t number, unsigned wire_type) { return varint(number << 3 | wire_type); }

inline std::string number(std::uint64_t field, std::uint64_t value) { return tag(field, 0) + varint(value); }

/// A text, a message, or packed numbers.
inline std::string bytes(std::uint64_t field, std::string_view content) {
  return tag(field, 2) + varint(content.size()) + std::string(content);
}

inline std::string packed(std::uint64_t field, const std::vector<std::uint64_t>& values) {
  std::string content;
  for (const std::uint64_t value : values)
    content += varint(value);
  return bytes(field, content);
}

inline constexpr std::uint64_t kFloat = 1, kUint8 = 2, kInt8 = 3, kInt32 = 6, kInt64 = 7, kText = 8,
                               kBool = 9, kHalf = 10, kDouble = 11, kUint32 = 12, kComplex64 = 14,
                               kComplex128 = 15, kBfloat16 = 16, kUint4 = 21, kInt4 = 22, kFloat4 = 23,
                               kInt2 = 26, kFloat6 = 27;

/// A TensorProto: its name, sizes, type, and fields with its elements.
inline std::string tensor(std::string_view name, const std::vector<std::uint64_t>& sizes, std::uint64_t type,
                          std::string_view elements) {
  std::string message;
  for (const std::uint64_t size : sizes)
    message += number(1, size);
  return message + number(2, type) + bytes(8, name) + std::string(elements);
}

inline std::string raw(std::string_view elements) { return bytes(9, elements); }

inline std::string entry(std::string_view key, std::string_view value) {
  return bytes(13, bytes(1, key) + bytes(2, value));
}

/// The fields that say where external data lie.
inline std::string external(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string fields;
  for (const auto& [key, value] : entries)
    fields += entry(key, value);
  return fields + number(14, 1);
}

inline std::string initializer(std::string_view tensor) { return bytes(5, tensor); }

inline std::string sparse(std::string_view values, std::string_view indices,
                          const std::vector<std::uint64_t>& sizes) {
  return bytes(1, values) + bytes(2, indices) + packed(3, sizes);
}

/// A node of the graph with one attribute.
inline std::string node(std::string_view type, std::string_view output, std::string_view attribute) {
  return bytes(1, bytes(2, output) + bytes(4, type) + bytes(5, attribute));
}

inline std::string constant(std::string_view output, std::string_view tensor) {
  return node("Constant", output, bytes(1, "value") + bytes(5, tensor) + number(20, 4));
}

/// A graph inside a node.
inline std::string branch(std::string_view graph, std::string_view attribute = "then_branch") {
  return bytes(1, attribute) + bytes(6, graph) + number(20, 5);
}

/// A model with these fields in its graph.
inline std::string model(std::string_view graph) {
  return number(1, 8) + bytes(2, "test") + bytes(7, std::string(graph) + bytes(2, "g")) +
         bytes(8, bytes(1, "") + number(2, 18));
}

inline std::string model_of(std::string_view tensor) { return model(initializer(tensor)); }

/// Of four floats.
inline std::string four(std::string_view name = "w") {
  return tensor(name, {4}, kFloat, raw(std::string(16, '\1')));
}

}  // namespace weightsieve::test::onnx
