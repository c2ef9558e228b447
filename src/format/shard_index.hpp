// The index of a sharded safetensors checkpoint (model.safetensors.index.json): which tensor is in which
// file.
//
//   {"metadata": {"total_size": BYTES, …}, "weight_map": {"tensor": "file", …}, …}
//
// As huggingface_hub writes it (serialization/_base.py). One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/json_text.hpp"
#include "format/name_index.hpp"
#include "format/problem_log.hpp"

namespace weightsieve::format {

inline constexpr std::uint64_t kMaxIndexBytes = 100'000'000;

struct MappedTensor {
  std::string_view name;
  std::string_view file;
  std::uint64_t at;  ///< offset in the index
};

class ShardIndex {
 public:
  /// Reads and checks everything that concerns the index alone. Throws Error{malformed} by the INDEX rules.
  explicit ShardIndex(const Source& source);
  ShardIndex(const ShardIndex&) = delete;
  ShardIndex& operator=(const ShardIndex&) = delete;

  /// In the order of weight_map, no name twice. The views last as long as the index.
  const std::vector<MappedTensor>& tensors() const noexcept { return tensors_; }

  /// The position of `name` in tensors(). Asking for them in that order is fast.
  std::optional<std::uint32_t> find(std::string_view name);

  std::uint64_t map_at() const noexcept { return map_at_; }

  /// Warns when metadata.total_size is there and is not `bytes`.
  void check_total_size(std::optional<std::uint64_t> bytes, const std::string& path,
                        ProblemLog& problems) const;

 private:
  struct NameOf {
    const std::vector<MappedTensor>* tensors;
    std::string_view operator()(std::uint32_t i) const { return (*tensors)[i].name; }
  };

  void read_member(std::string_view key, JsonValue value, std::uint64_t at);
  void read_map(JsonValue value, std::uint64_t at);
  void read_metadata(JsonValue value);
  void check_file_name(std::string_view name, std::uint64_t at);
  void check_unique();

  JsonText json_;
  std::vector<MappedTensor> tensors_;
  std::optional<NameIndex<NameOf>> by_name_;
  std::uint32_t next_ = 0;  ///< position after the one found last
  std::uint64_t map_at_ = 0;
  bool has_map_ = false;
  std::string total_size_;  ///< as it stands there
  std::uint64_t total_size_at_ = 0;
};

}  // namespace weightsieve::format
