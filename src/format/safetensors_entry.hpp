// The members of a safetensors header, one at a time. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "format/json_text.hpp"
#include "format/problem_log.hpp"
#include "weightsieve/tensor/tensor_info.hpp"

namespace weightsieve::format {

class EntryReader {
 public:
  /// `path` is that of the file, for warnings. All three must outlive the reader.
  EntryReader(JsonText& json, const std::string& path, ProblemLog& problems)
      : json_(&json), path_(&path), problems_(&problems) {}

  /// The tensor that a member describes; `at` is where the member stands. What needs other entries or the
  /// file is left to check_layout(): elements is 0 and offset_bytes counts from the first byte of the data.
  TensorInfo read(std::string_view name, JsonValue value, std::uint64_t at);

  /// Checks "__metadata__", which stands at `at`.
  void check_metadata(JsonValue value, std::uint64_t at);

 private:
  struct Fields {
    std::optional<Dtype> dtype;
    std::optional<Shape> shape;
    std::optional<std::pair<std::uint64_t, std::uint64_t>> offsets;
  };

  void read_field(Fields& fields, std::string_view key, JsonValue value, std::uint64_t at);
  Dtype read_dtype(JsonValue value);
  Shape read_shape(JsonValue value);
  std::pair<std::uint64_t, std::uint64_t> read_offsets(JsonValue value);
  std::uint64_t read_integer(JsonValue value, const Rule& rule, std::uint64_t at);

  JsonText* json_;
  const std::string* path_;
  ProblemLog* problems_;
  std::string_view name_;  ///< of the tensor that is read now
  std::vector<std::uint64_t> scratch_;
};

}  // namespace weightsieve::format
