#include "format/dcp_metadata.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "format/dcp_globals.hpp"
#include "format/foreign_names.hpp"
#include "format/known_formats.hpp"
#include "format/pickle.hpp"
#include "format/torch_globals.hpp"
#include "weightsieve/base/as_text.hpp"
#include "weightsieve/base/checked.hpp"

namespace weightsieve::format {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMaxRank = 64;
constexpr std::size_t kMaxPathLength = 256;

class MetadataReader {
 public:
  MetadataReader(const Source& source, ProblemLog& problems)
      : path_(source.path()), text_(read_pickle(pickle_of(source))), pickle_(text_.pickle) {
    if (text_.end != source.size())
      reject(rules::kPickleEnd, path_, text_.end, "bytes follow the pickle's STOP");
    note_foreign_names(pickle_, path_, 0, is_known_dcp_global, problems);
  }

  DcpMetadata read() {
    require(is_object(text_.root, DcpClass::metadata), text_.root, "the pickle holds no Metadata");
    read_paths();
    read_items();
    read_tensors();
    return std::move(result_);
  }

 private:
  static PickleText pickle_of(const Source& source) {
    PickleText text{&source, 0, source.size(), 0};
    text.most_bytes = kMaxDcpMetadataBytes;
    text.most_opcodes = kMaxDcpMetadataOpcodes;
    return text;
  }

  /// What a flat name was made of; those of planners that say nothing are names as they are.
  void read_paths() {
    const auto planner_data = attribute(text_.root, "planner_data");
    if (!planner_data) return;
    pickle_.each_pair(*planner_data, [&](PickleRef key, PickleRef value) {
      if (!pickle_.is(key, PickleKind::text) || !pickle_.is(value, PickleKind::tuple)) return true;
      std::vector<std::string> path;
      pickle_.each_element(value, [&](PickleRef part) {
        if (pickle_.is(part, PickleKind::text)) path.emplace_back(pickle_.text(part));
        if (pickle_.is(part, PickleKind::integer)) path.push_back(fmt::to_string(pickle_.integer(part)));
        return path.size() <= kMaxPathLength;
      });
      require(path.size() <= kMaxPathLength, value,
              fmt::format("a path of more than {} keys", kMaxPathLength));
      if (!path.empty()) paths_[pickle_.text(key)] = std::move(path);
      return true;
    });
  }

  std::vector<std::string> path_of(std::string_view name) const {
    const auto known = paths_.find(name);
    return known == paths_.end() ? std::vector{std::string(name)} : known->second;
  }

  void read_items() {
    const auto storage = attribute(text_.root, "storage_data");
    require(storage && pickle_.is(*storage, PickleKind::dict), text_.root, "storage_data is no dict");
    pickle_.each_pair(*storage, [&](PickleRef index, PickleRef info) {
      require(is_object(index, DcpClass::index), index, "storage_data has a key that is no MetadataIndex");
      require(is_object(info, DcpClass::storage_info), info,
              "storage_data has a value that is no _StorageInfo");
      const auto name = attribute(index, "fqn");
      require(name && pickle_.is(*name, PickleKind::text), index, "a MetadataIndex without a name");
      const auto offset = attribute(index, "offset");
      const bool is_chunk = offset && !pickle_.is(*offset, PickleKind::none);
      Shape begin = is_chunk ? sizes_of(*offset, "the offset of a MetadataIndex") : Shape();
      const bool is_new =
          places_.try_emplace({pickle_.text(*name), is_chunk, std::move(begin)}, result_.items.size()).second;
      if (!is_new)
        fail(rules::kDcpDuplicate, index, "storage_data places one chunk twice", pickle_.text(*name));
      result_.items.push_back(item_of(info));
      return true;
    });
  }

  DcpItem item_of(PickleRef info) const {
    DcpItem item;
    const auto file = attribute(info, "relative_path");
    require(file && pickle_.is(*file, PickleKind::text), info, "a _StorageInfo without a file");
    item.file = pickle_.text(*file);
    item.offset_bytes = number(attribute(info, "offset"), info, "the offset of a _StorageInfo");
    item.bytes = number(attribute(info, "length"), info, "the length of a _StorageInfo");
    item.at = pickle_.at(info);
    if (const auto transforms = attribute(info, "transform_descriptors"))
      pickle_.each_element(*transforms, [&](PickleRef) { return !(item.is_transformed = true); });
    return item;
  }

  void read_tensors() {
    const auto described = attribute(text_.root, "state_dict_metadata");
    require(described && pickle_.is(*described, PickleKind::dict), text_.root,
            "state_dict_metadata is no dict");
    std::set<std::string_view> names;
    pickle_.each_pair(*described, [&](PickleRef key, PickleRef value) {
      require(pickle_.is(key, PickleKind::text), value, "state_dict_metadata has a key that is no text");
      const std::string_view name = pickle_.text(key);
      if (!names.insert(name).second)
        fail(rules::kDcpDuplicate, value, "state_dict_metadata describes it twice", name);
      if (is_object(value, DcpClass::bytes)) {
        result_.bytes.push_back(path_of(name));
      } else {
        require(is_object(value, DcpClass::tensor), value,
                "state_dict_metadata has a value that describes neither a tensor nor bytes");
        result_.tensors.push_back(tensor_of(name, value));
      }
      return true;
    });
  }

  DcpTensor tensor_of(std::string_view name, PickleRef value) {
    name_ = name;
    DcpTensor tensor;
    tensor.path = path_of(name);
    tensor.at = pickle_.at(value);
    read_properties(value, tensor);
    const auto size = attribute(value, "size");
    require(size.has_value(), value, "a tensor without a size");
    tensor.sizes = sizes_of(*size, "the size");
    const auto chunks = attribute(value, "chunks");
    require(chunks && pickle_.is(*chunks, PickleKind::list), value, "the chunks are no list");
    pickle_.each_element(*chunks, [&](PickleRef chunk) {
      add_chunk(chunk, name, tensor);
      return true;
    });
    name_ = {};
    return tensor;
  }

  /// A tuple of (dtype, layout, requires_grad, …), or a dict of them.
  void read_properties(PickleRef value, DcpTensor& tensor) const {
    const auto properties = attribute(value, "properties");
    require(properties && is_object(*properties, DcpClass::properties), value,
            "a tensor without TensorProperties");
    const auto state = pickle_.state(*properties);
    require(state.has_value(), *properties, "TensorProperties without a state");
    std::optional<PickleRef> dtype;
    std::optional<PickleRef> layout;
    if (pickle_.is(*state, PickleKind::tuple)) {
      const std::vector<PickleRef> items = pickle_.elements(*state);
      if (items.size() >= 2) std::tie(dtype, layout) = std::pair(items[0], items[1]);
    } else {
      dtype = attribute(*properties, "dtype");
      layout = attribute(*properties, "layout");
    }
    require(dtype && pickle_.is(*dtype, PickleKind::global), *properties, "TensorProperties without a dtype");
    tensor.dtype_name = dotted(pickle_.text(*dtype));
    tensor.dtype = torch_dtype(pickle_.text(*dtype));
    tensor.is_strided = layout && is_strided(*layout);
  }

  /// torch.serialization._get_layout("torch.strided")
  bool is_strided(PickleRef layout) const {
    if (!pickle_.is(layout, PickleKind::call)) return false;
    const auto arguments = pickle_.elements(pickle_.arguments(layout));
    return arguments.size() == 1 && pickle_.is(arguments[0], PickleKind::text) &&
           pickle_.text(arguments[0]) == "torch.strided";
  }

  void add_chunk(PickleRef value, std::string_view name, DcpTensor& tensor) {
    require(is_object(value, DcpClass::chunk), value, "a chunk that is no ChunkStorageMetadata");
    const auto offsets = attribute(value, "offsets");
    const auto sizes = attribute(value, "sizes");
    require(offsets && sizes, value, "a chunk without offsets or sizes");
    DcpChunk chunk{sizes_of(*offsets, "a chunk's offsets"), sizes_of(*sizes, "a chunk's sizes")};
    check_inside(chunk, tensor.sizes, value);
    if (std::ranges::find(chunk.sizes, std::uint64_t{0}) != chunk.sizes.end()) return;
    const auto place = places_.find({name, true, chunk.begin});
    if (place == places_.end())
      fail(rules::kDcpItem, value,
           fmt::format("storage_data does not say where its chunk at {} is", to_string(chunk.begin)), name);
    chunk.item = place->second;
    tensor.chunks.push_back(std::move(chunk));
  }

  void check_inside(const DcpChunk& chunk, const Shape& sizes, PickleRef value) const {
    bool fits = chunk.begin.size() == sizes.size() && chunk.sizes.size() == sizes.size();
    for (std::size_t i = 0; fits && i < sizes.size(); ++i)
      fits = chunk.begin[i] <= sizes[i] && chunk.sizes[i] <= sizes[i] - chunk.begin[i];
    if (!fits)
      fail(rules::kDcpChunk, value,
           fmt::format("a chunk of {} at {} is not inside of {}", to_string(chunk.sizes),
                       to_string(chunk.begin), to_string(sizes)),
           name_);
  }

  bool is_object(PickleRef ref, DcpClass wanted) const {
    return pickle_.is(ref, PickleKind::call) && pickle_.is(pickle_.callee(ref), PickleKind::global) &&
           dcp_class(pickle_.text(pickle_.callee(ref))) == wanted;
  }

  /// Of an object that is given its attributes as a dict. The last counts.
  std::optional<PickleRef> attribute(PickleRef object, std::string_view name) const {
    const auto state = pickle_.state(object);
    std::optional<PickleRef> found;
    if (!state) return found;
    pickle_.each_pair(*state, [&](PickleRef key, PickleRef value) {
      if (pickle_.is(key, PickleKind::text) && pickle_.text(key) == name) found = value;
      return true;
    });
    return found;
  }

  /// torch.Size is a call with one tuple.
  Shape sizes_of(PickleRef ref, std::string_view what) const {
    if (pickle_.is(ref, PickleKind::call)) {
      const auto arguments = pickle_.elements(pickle_.arguments(ref));
      require(arguments.size() == 1, ref, fmt::format("{} is no torch.Size", what));
      ref = arguments.front();
    }
    const bool is_sequence = pickle_.is(ref, PickleKind::tuple) || pickle_.is(ref, PickleKind::list);
    require(is_sequence, ref, fmt::format("{} is no torch.Size", what));
    Shape sizes;
    pickle_.each_element(ref, [&](PickleRef element) {
      require(sizes.size() < kMaxRank, ref, fmt::format("{} has more than {} dimensions", what, kMaxRank));
      sizes.push_back(number(element, ref, what));
      return true;
    });
    return sizes;
  }

  std::uint64_t number(std::optional<PickleRef> ref, PickleRef of, std::string_view what) const {
    const bool fits = ref && pickle_.is(*ref, PickleKind::integer) && pickle_.integer(*ref) >= 0;
    require(fits, of, fmt::format("{} is no integer from 0 to 2^63 - 1", what));
    return static_cast<std::uint64_t>(pickle_.integer(*ref));
  }

  void require(bool holds, PickleRef at, std::string_view message) const {
    if (!holds) fail(rules::kDcpMetadata, at, std::string(message), name_);
  }

  [[noreturn]] void fail(const Rule& rule, PickleRef at, const std::string& message,
                         std::string_view tensor) const {
    reject(rule, path_, pickle_.at(at), message, tensor);
  }

  /// Whether it has an offset, and that: the index of a _StorageInfo.
  using ItemKey = std::tuple<std::string_view, bool, Shape>;

  std::string path_;
  PickleResult text_;
  const Pickle& pickle_;
  std::map<std::string_view, std::vector<std::string>> paths_;
  std::map<ItemKey, std::size_t> places_;
  std::string_view name_;  ///< of the tensor that is read now
  DcpMetadata result_;
};

}  // namespace

bool begins_dcp_metadata(Bytes first_bytes) noexcept {
  constexpr std::size_t most_bytes = 128;
  const Bytes head = first_bytes.first(std::min(first_bytes.size(), most_bytes));
  const std::string_view text = as_text(head);
  const bool is_pickle = text.size() > 2 && text[0] == '\x80' && text[1] >= 2 && text[1] <= 5;
  const std::size_t at = text.find(kDcpMetadataModule);
  return is_pickle && at != std::string_view::npos && text.find("Metadata", at) != std::string_view::npos;
}

DcpMetadata read_dcp_metadata(const Source& source, ProblemLog& problems) {
  return MetadataReader(source, problems).read();
}

}  // namespace weightsieve::format
