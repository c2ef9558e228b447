#include "format/onnx_tensor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "format/onnx_message.hpp"
#include "weightsieve/base/checked.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve::format {
namespace {

using namespace onnx_field;
using namespace onnx_tensor;

constexpr std::size_t kMostDimensions = 64;
constexpr std::uint64_t kMaxNameBytes = std::uint64_t{1} << 20;
constexpr std::uint64_t kMaxEntryBytes = 4096;
constexpr std::uint64_t kExternal = 1;  // of TensorProto.DataLocation
constexpr std::array<std::string_view, 4> kExternalKeys{"location", "offset", "length", "checksum"};

bool holds_elements(std::uint32_t field) noexcept {
  return (field >= kFloats && field <= kInt64s) || (field >= kRaw && field <= kUint64s);
}

class TensorParser {
 public:
  TensorParser(ProtobufInput& input, WireRange message, ProblemLog& problems)
      : input_(input), message_(message), problems_(problems) {
    tensor_.message = message;
  }

  OnnxTensor parse() {
    MessageCheck check(tensor_fields(), input_, problems_);
    input_.each_field(message_, [&](const WireField& field) {
      check.see(field);
      take(field);
    });
    measure();
    find_place();
    return std::move(tensor_);
  }

 private:
  void take(const WireField& field) {
    if (holds_elements(field.number)) return take_elements(field);
    switch (field.number) {
      case kDims:
        return take_dims(field);
      case kDataType:
        return take_type(field);
      case kSegment:
        fail(rules::kOnnxData, field.at, "is a segment of a tensor; segments are not read");
      case kName:
        tensor_.name = input_.text(field, kMaxNameBytes, "a tensor's name");
        return;
      case kExternalData:
        return take_external(field);
      case kDataLocation:
        return take_location(field);
      default:
        return;
    }
  }

  void take_dims(const WireField& field) {
    if (field.type == WireType::varint) return add_size(field.value, field.at);
    for (std::uint64_t position = field.payload.begin; position < field.payload.end;) {
      const std::uint64_t at = position;
      add_size(input_.varint(position, field.payload.end), at);
    }
  }

  void add_size(std::uint64_t size, std::uint64_t at) {
    if (size > INT64_MAX)
      fail(rules::kOnnxShape, at,
           fmt::format("a size of {}; must not be negative", static_cast<std::int64_t>(size)));
    if (tensor_.shape.size() == kMostDimensions)
      fail(rules::kOnnxShape, at, fmt::format("has more than {} sizes", kMostDimensions));
    tensor_.shape.push_back(size);
  }

  void take_type(const WireField& field) {
    tensor_.type = onnx_type(field.value);
    if (tensor_.type == nullptr)
      fail(rules::kOnnxType, field.at,
           fmt::format("{} is the number of no data type", static_cast<std::int64_t>(field.value)));
  }

  /// The field itself may be there without holding anything; raw data are there even so.
  void take_elements(const WireField& field) {
    if (field.number != kRaw && field.payload.bytes() == 0) return;
    fields_ |= 1U << field.number;
    tensor_.data = field.payload;
    is_whole_ = element_fields_++ == 0 && field.type == WireType::bytes;
    const bool is_fixed = field.number == kFloats || field.number == kDoubles || field.number == kRaw;
    if (is_fixed || field.number == kStrings) tensor_.data_bytes += field.payload.bytes();
    const std::uint64_t width = field.number == kFloats ? 4 : field.number == kDoubles ? 8 : 1;
    if (field.payload.bytes() % width != 0)
      fail(rules::kOnnxLength, field.at,
           fmt::format("{} bytes are no numbers of {}", grouped(field.payload.bytes()), width));
  }

  void take_location(const WireField& field) {
    if (field.value > kExternal)
      fail(rules::kOnnxData, field.at,
           fmt::format("a data location of {}; must be 0 or 1", static_cast<std::int64_t>(field.value)));
    is_external_ = field.value == kExternal;
  }

  void take_external(const WireField& field) {
    std::string key;
    std::string value;
    MessageCheck check(entry_fields(), input_, problems_);
    input_.each_field(field.payload, [&](const WireField& part) {
      check.see(part);
      if (part.number == onnx_entry::kKey) key = input_.text(part, kMaxEntryBytes, "a key of external data");
      if (part.number == onnx_entry::kValue)
        value = input_.text(part, kMaxEntryBytes, "a value of external data");
    });
    has_entries_ = true;
    const auto known = std::ranges::find(kExternalKeys, key);
    if (known == kExternalKeys.end())
      return problems_.warn(
          rules::kOnnxExternalKey, input_.path(), field.at,
          fmt::format("external data has the key {}, which ONNX does not have", in_quotes(key)));
    const unsigned bit = 1U << (known - kExternalKeys.begin());
    if ((keys_ & bit) != 0)
      fail(rules::kOnnxExternal, field.at, fmt::format("external data has \"{}\" twice", key));
    keys_ |= bit;
    if (key == "location") {
      tensor_.external.location = value;
      tensor_.external.at = field.at;
    }
    if (key == "offset") tensor_.external.offset_bytes = number(key, value, field.at);
    if (key == "length") tensor_.external.bytes = number(key, value, field.at);
  }

  std::uint64_t number(const std::string& key, const std::string& text, std::uint64_t at) const {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc() || stopped != end || value > INT64_MAX)
      fail(rules::kOnnxExternal, at,
           fmt::format("the {} of external data is {}; must be a number from 0 to 2^63 - 1", key,
                       in_quotes(text)));
    return value;
  }

  void measure() {
    if (tensor_.type == nullptr) fail(rules::kOnnxType, message_.begin, "has no data type");
    const auto elements = element_count(tensor_.shape);
    // With 128 bits an element, twice as many numbers still fit.
    const auto bits = elements ? checked_mul(*elements, std::max(tensor_.type->bits, 8U)) : std::nullopt;
    if (!bits)
      fail(rules::kOnnxShape, message_.begin,
           fmt::format("{} is more than 2^64 bits", to_string(tensor_.shape)));
    tensor_.elements = *elements;
    const std::uint64_t all = *elements * tensor_.type->bits;
    tensor_.bytes = all / 8 + (all % 8 == 0 ? 0 : 1);
  }

  void find_place() {
    const unsigned own = 1U << tensor_.type->field;
    const bool has_raw = (fields_ & (1U << kRaw)) != 0;
    if (has_entries_ && !is_external_)
      fail(rules::kOnnxData, message_.begin,
           "has entries of external data, and its data location is not external");
    if (is_external_ && fields_ != 0)
      fail(rules::kOnnxData, message_.begin, "is external, and has elements here too");
    if (has_raw && (fields_ & (fields_ - 1)) != 0)
      fail(rules::kOnnxData, message_.begin, "has raw data, and elements in another field too");
    if (!has_raw && (fields_ & ~own) != 0)
      fail(rules::kOnnxData, message_.begin,
           fmt::format("has elements in another field than {}, which is that of {}", tensor_.type->field,
                       tensor_.type->name));
    if (is_external_) return place_external();
    if (tensor_.type->bits == 0) {
      if (has_raw)
        fail(rules::kOnnxData, message_.begin, fmt::format("has raw data of {}", tensor_.type->name));
      return;
    }
    if (has_raw || lies_like_raw()) {
      require_bytes(tensor_.data.bytes());
      tensor_.place = OnnxTensor::Place::raw;
    } else if (tensor_.elements > 0 || fields_ != 0) {
      tensor_.place = OnnxTensor::Place::typed;
    }
  }

  /// Numbers of fixed width, packed in one field, are what raw data would be.
  bool lies_like_raw() const {
    const bool is_fixed = tensor_.type->field == kFloats || tensor_.type->field == kDoubles;
    return is_fixed && fields_ != 0 && is_whole_;
  }

  void place_external() {
    if (tensor_.type->bits == 0)
      fail(rules::kOnnxData, message_.begin, fmt::format("is external, of {}", tensor_.type->name));
    if ((keys_ & 1U) == 0) fail(rules::kOnnxExternal, message_.begin, "is external, without a location");
    if (tensor_.external.bytes) require_bytes(*tensor_.external.bytes);
    tensor_.place = OnnxTensor::Place::external;
  }

  void require_bytes(std::uint64_t bytes) const {
    if (bytes != tensor_.bytes)
      fail(rules::kOnnxSize, message_.begin,
           fmt::format("has {} bytes; {} of {} needs {}", grouped(bytes), to_string(tensor_.shape),
                       tensor_.type->name, grouped(tensor_.bytes)));
  }

  [[noreturn]] void fail(const Rule& rule, std::uint64_t at, const std::string& message) const {
    reject(rule, input_.path(), at, message, tensor_.name);
  }

  ProtobufInput& input_;
  WireRange message_;
  ProblemLog& problems_;
  OnnxTensor tensor_;
  unsigned fields_ = 0;  ///< that hold elements, a bit for each number
  unsigned keys_ = 0;    ///< of external data, a bit for each of kExternalKeys
  std::uint64_t element_fields_ = 0;
  bool is_whole_ = false;  ///< one field alone holds elements, and holds them packed
  bool is_external_ = false;
  bool has_entries_ = false;
};

}  // namespace

OnnxTensor read_onnx_tensor(ProtobufInput& input, WireRange message, ProblemLog& problems) {
  return TensorParser(input, message, problems).parse();
}

}  // namespace weightsieve::format
