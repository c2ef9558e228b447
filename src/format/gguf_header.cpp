#include "format/gguf_header.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "format/gguf_input.hpp"
#include "format/gguf_metadata.hpp"
#include "format/name_index.hpp"
#include "weightsieve/base/checked.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve::format {
namespace {

constexpr std::uint32_t kMostDimensions = 4;
constexpr std::uint64_t kMaxSize = INT64_MAX;
constexpr std::uint64_t kMaxNameBytes = 65'535;
constexpr std::uint64_t kUsualNameBytes = 63;
constexpr std::uint64_t kLeastTensorBytes = 24;
constexpr std::uint64_t kTensorsAt = 8;

class HeaderReader {
 public:
  HeaderReader(const Source& source, ProblemLog& problems)
      : source_(source), problems_(problems), input_(source) {}

  GgufHeader read() {
    check_version();
    const auto tensors = input_.number<std::uint64_t>();
    read_gguf_metadata(source_, input_, header_, problems_);
    input_.expect(tensors, kLeastTensorBytes, "tensors");
    if (tensors > kMaxGgufEntries)
      input_.fail(rules::kGgufLimit, kTensorsAt,
                  fmt::format("{} tensors; at most {}", grouped(tensors), grouped(kMaxGgufEntries)));
    for (std::uint64_t i = 0; i < tensors; ++i)
      header_.tensors.push_back(read_tensor());
    check_unique();
    header_.bytes = input_.position();
    return std::move(header_);
  }

 private:
  void check_version() {
    const auto magic = input_.number<std::uint32_t>();
    const std::uint64_t at = input_.position();
    const auto version = input_.number<std::uint32_t>();
    constexpr std::uint32_t big_endian_magic = 0x47475546;  // "FUGG"
    if (magic == big_endian_magic || (version != 0 && (version & 0xFFFF) == 0))
      input_.fail(rules::kGgufVersion, at, "is a big-endian GGUF file; convert it to little-endian");
    if (version != 2 && version != 3)
      input_.fail(rules::kGgufVersion, at, fmt::format("is of version {}; 2 and 3 are read", version));
  }

  GgufTensor read_tensor() {
    GgufTensor tensor{};
    tensor.at = input_.position();
    tensor.name = read_name();
    tensor.shape = read_shape();
    tensor.type = read_type();
    tensor.offset_bytes = input_.number<std::uint64_t>();
    measure(tensor);
    return tensor;
  }

  std::string read_name() {
    const std::uint64_t at = input_.position();
    const std::string name(input_.text(kMaxNameBytes, rules::kGgufName, "the tensor's name"));
    const bool is_text = !name.empty() && name.find('\0') == std::string::npos;
    if (!is_text || valid_utf8_length(name) != name.size())
      input_.fail(rules::kGgufName, at, fmt::format("{} is no name of a tensor", in_quotes(name)));
    if (name.size() > kUsualNameBytes)
      problems_.warn(rules::kGgufLongName, source_.path(), at,
                     fmt::format("{} has {} bytes; ggml reads names of {}", in_quotes(name), name.size(),
                                 kUsualNameBytes));
    return name;
  }

  Shape read_shape() {
    const std::uint64_t at = input_.position();
    const auto dimensions = input_.number<std::uint32_t>();
    if (dimensions > kMostDimensions)
      input_.fail(rules::kGgufShape, at,
                  fmt::format("{} dimensions; at most {}", dimensions, kMostDimensions));
    Shape shape;
    for (std::uint32_t i = 0; i < dimensions; ++i) {
      shape.push_back(input_.number<std::uint64_t>());
      if (shape.back() > kMaxSize)
        input_.fail(rules::kGgufShape, at, fmt::format("a size of {}; at most 2^63 - 1", shape.back()));
    }
    std::ranges::reverse(shape);
    return shape;
  }

  const GgmlType* read_type() {
    const std::uint64_t at = input_.position();
    const auto number = input_.number<std::uint32_t>();
    const GgmlType* const type = ggml_type(number);
    if (type == nullptr)
      input_.fail(rules::kGgufType, at, fmt::format("{} is the number of no type of ggml", number));
    return type;
  }

  void measure(GgufTensor& tensor) const {
    const GgmlType& type = *tensor.type;
    const std::uint64_t row = tensor.shape.empty() ? 1 : tensor.shape.back();
    if (row % type.elements != 0)
      fail(tensor,
           fmt::format("rows of {} elements are not blocks of {}, as {} has", row, type.elements, type.name));
    const auto elements = element_count(tensor.shape);
    const auto bytes = elements ? checked_mul(*elements / type.elements, type.bytes) : std::nullopt;
    if (!bytes || *elements > kMaxSize || *bytes > kMaxSize)
      fail(tensor, fmt::format("{} is more than 2^63 elements or bytes", to_string(tensor.shape)));
    tensor.elements = *elements;
    tensor.bytes = *bytes;
  }

  void check_unique() const {
    const auto& tensors = header_.tensors;
    const NameIndex index(tensors.size(),
                          [&](std::uint32_t i) -> std::string_view { return tensors[i].name; });
    const auto twice = index.least_repeated();
    if (!twice) return;
    const auto last = std::find_if(tensors.rbegin(), tensors.rend(),
                                   [&](const GgufTensor& tensor) { return tensor.name == *twice; });
    reject(rules::kGgufDuplicate, source_.path(), last->at, "another tensor has this name", last->name);
  }

  [[noreturn]] void fail(const GgufTensor& tensor, const std::string& message) const {
    reject(rules::kGgufShape, source_.path(), tensor.at, message, tensor.name);
  }

  const Source& source_;
  ProblemLog& problems_;
  GgufInput input_;
  GgufHeader header_;
};

}  // namespace

GgufHeader read_gguf_header(const Source& source, ProblemLog& problems) {
  return HeaderReader(source, problems).read();
}

}  // namespace weightsieve::format
