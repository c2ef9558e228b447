#include "format/onnx_values.hpp"

#include <fmt/format.h>

#include <cstring>
#include <vector>

#include "format/problem_log.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve::format {
namespace {

using namespace onnx_field;

constexpr std::uint64_t kIndexStep = 65'536;
constexpr std::uint64_t kRawWindowBytes = std::uint64_t{1} << 20;

/// Of a fixed-width number of the field; 0: they are varints.
unsigned fixed_bytes(std::uint32_t field) noexcept {
  return field == kFloats ? 4 : field == kDoubles ? 8 : 0;
}

/// Of the value that comes out for a number of the field, or for a byte of raw elements where those are
/// packed.
unsigned unit_bytes_of(const OnnxType& type) noexcept {
  const unsigned fixed = fixed_bytes(type.field);
  if (fixed != 0) return fixed;
  const unsigned elements = type.bits < 8 ? 8 / type.bits : 1;
  return elements * dtype_info(type.dtype.value_or(Dtype::U8)).bits / 8;
}

bool fits(const OnnxType& type, std::uint64_t number) noexcept {
  if (fixed_bytes(type.field) != 0) return true;
  if (type.least == 0) return number <= type.most;
  const auto value = static_cast<std::int64_t>(number);
  return value >= type.least && value <= static_cast<std::int64_t>(type.most);
}

/// The elements of fewer than 8 bits in a byte, the first in its lowest bits, as numbers of 8 bits.
void unpack(const OnnxType& type, unsigned byte, std::byte* out) noexcept {
  const unsigned mask = (1U << type.bits) - 1;
  const bool is_signed = type.dtype == Dtype::I8;
  for (unsigned shift = 0; shift < 8; shift += type.bits) {
    const unsigned value = (byte >> shift) & mask;
    const bool is_negative = is_signed && (value >> (type.bits - 1)) != 0;
    *out++ = static_cast<std::byte>(is_negative ? value | ~mask : value);
  }
}

void put(const OnnxType& type, std::uint64_t number, unsigned unit_bytes, std::byte* out) noexcept {
  if (type.is_packed()) return unpack(type, static_cast<unsigned>(number), out);
  std::memcpy(out, &number, unit_bytes);
}

/// Where a walk through the numbers of a field stands.
struct NumberPlace {
  std::uint64_t position;
  std::uint64_t packed_end;  ///< of the packed field around it; not behind `position` where there is none
};

class NumberWalk {
 public:
  NumberWalk(ProtobufInput& input, WireRange message, std::uint32_t field, NumberPlace place) noexcept
      : input_(input), message_(message), field_(field), fixed_bytes_(fixed_bytes(field)), place_(place) {}

  /// Where the next number would be looked for.
  const NumberPlace& place() const noexcept { return place_; }

  bool next(std::uint64_t& number) {
    while (place_.position >= place_.packed_end) {
      if (place_.position >= message_.end) return false;
      const WireField field = input_.field(place_.position, message_.end);
      if (field.number != field_) continue;
      if (field.type != WireType::bytes) {
        std::uint64_t position = field.payload.begin;
        number = read(position, field.payload.end);
        return true;
      }
      place_ = {field.payload.begin, field.payload.end};
    }
    number = read(place_.position, place_.packed_end);
    return true;
  }

 private:
  std::uint64_t read(std::uint64_t& position, std::uint64_t end) {
    return fixed_bytes_ == 0 ? input_.varint(position, end) : input_.fixed(position, end, fixed_bytes_);
  }

  ProtobufInput& input_;
  WireRange message_;
  std::uint32_t field_;
  unsigned fixed_bytes_;
  NumberPlace place_;
};

class TypedValues final : public ElementDecoder {
 public:
  TypedValues(const OnnxType& type, WireRange message, std::vector<NumberPlace> index)
      : type_(type), message_(message), index_(std::move(index)) {}

  unsigned unit_bytes() const noexcept override { return unit_bytes_of(type_); }

  void decode(Cursor& cursor, std::uint64_t, std::uint64_t first, std::uint64_t count,
              std::byte* out) const override {
    ProtobufInput input(cursor, {}, message_.end);
    const std::uint64_t step = first / kIndexStep;
    NumberWalk walk(input, message_, type_.field,
                    step == 0 ? NumberPlace{message_.begin, 0} : index_[static_cast<std::size_t>(step - 1)]);
    std::uint64_t number = 0;
    for (std::uint64_t i = step * kIndexStep; i < first; ++i)
      require(walk.next(number));
    for (std::uint64_t i = 0; i < count; ++i, out += unit_bytes()) {
      require(walk.next(number));
      put(type_, number, unit_bytes(), out);
    }
  }

 private:
  /// All of it was there when the index was made.
  static void require(bool is_there) {
    if (!is_there) throw Error(ErrorCode::changed, "was written to while it was read");
  }

  const OnnxType& type_;
  WireRange message_;
  std::vector<NumberPlace> index_;  ///< before every kIndexStep-th number but the first
};

class PackedValues final : public ElementDecoder {
 public:
  explicit PackedValues(const OnnxType& type) noexcept : type_(type) {}

  unsigned unit_bytes() const noexcept override { return unit_bytes_of(type_); }

  void decode(Cursor& cursor, std::uint64_t origin_bytes, std::uint64_t first, std::uint64_t count,
              std::byte* out) const override {
    for (std::uint64_t done = 0; done < count;) {
      const std::uint64_t length = std::min(count - done, kRawWindowBytes);
      for (const std::byte byte :
           cursor.view(origin_bytes + first + done, static_cast<std::size_t>(length))) {
        unpack(type_, std::to_integer<unsigned>(byte), out);
        out += unit_bytes();
      }
      done += length;
    }
  }

 private:
  const OnnxType& type_;
};

}  // namespace

std::uint64_t numbers_of(const OnnxType& type, std::uint64_t elements) noexcept {
  const unsigned fixed = fixed_bytes(type.field);
  if (fixed != 0) return elements * (type.bits / (8 * fixed));
  const std::uint64_t in_one = type.bits == 4 || type.bits == 2 ? 8 / type.bits : 1;
  return elements / in_one + (elements % in_one == 0 ? 0 : 1);
}

std::shared_ptr<const ElementDecoder> index_numbers(ProtobufInput& input, WireRange message,
                                                    const OnnxType& type, std::uint64_t wanted,
                                                    std::string_view name) {
  NumberWalk walk(input, message, type.field, {message.begin, 0});
  std::vector<NumberPlace> index;
  std::uint64_t count = 0;
  std::uint64_t number = 0;
  for (NumberPlace place = walk.place(); count <= wanted && walk.next(number);
       place = walk.place(), ++count) {
    if (!fits(type, number))
      reject(rules::kOnnxValue, input.path(), place.position,
             fmt::format(
                 "{} is no number of {}",
                 type.least < 0 ? fmt::to_string(static_cast<std::int64_t>(number)) : fmt::to_string(number),
                 type.name),
             name);
    if (count > 0 && count % kIndexStep == 0) index.push_back(place);
  }
  if (count != wanted)
    reject(rules::kOnnxSize, input.path(), message.begin,
           fmt::format("field {} holds {} numbers; the shape needs {}", type.field,
                       count > wanted ? "more" : grouped(count), grouped(wanted)),
           name);
  return std::make_shared<TypedValues>(type, message, std::move(index));
}

std::shared_ptr<const ElementDecoder> packed_values(const OnnxType& type) {
  return std::make_shared<PackedValues>(type);
}

}  // namespace weightsieve::format
