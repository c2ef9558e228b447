#include "format/onnx_message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace weightsieve::format {
namespace {

using enum WireType;
using enum KnownField::Count;

constexpr std::array kModel{KnownField{1, varint},
                            KnownField{2, bytes},
                            KnownField{3, bytes},
                            KnownField{4, bytes},
                            KnownField{5, varint},
                            KnownField{6, bytes},
                            KnownField{7, bytes},
                            KnownField{8, bytes, repeated},
                            KnownField{14, bytes, repeated},
                            KnownField{20, bytes, repeated},
                            KnownField{25, bytes, repeated},
                            KnownField{26, bytes, repeated}};

constexpr std::array kGraph{KnownField{1, bytes, repeated},  KnownField{2, bytes},
                            KnownField{5, bytes, repeated},  KnownField{10, bytes},
                            KnownField{11, bytes, repeated}, KnownField{12, bytes, repeated},
                            KnownField{13, bytes, repeated}, KnownField{14, bytes, repeated},
                            KnownField{15, bytes, repeated}, KnownField{16, bytes, repeated}};

constexpr std::array kFunction{KnownField{1, bytes},
                               KnownField{4, bytes, repeated},
                               KnownField{5, bytes, repeated},
                               KnownField{6, bytes, repeated},
                               KnownField{7, bytes, repeated},
                               KnownField{8, bytes},
                               KnownField{9, bytes, repeated},
                               KnownField{10, bytes},
                               KnownField{11, bytes, repeated},
                               KnownField{12, bytes, repeated},
                               KnownField{13, bytes},
                               KnownField{14, bytes, repeated}};

constexpr std::array kNode{KnownField{1, bytes, repeated}, KnownField{2, bytes, repeated},
                           KnownField{3, bytes},           KnownField{4, bytes},
                           KnownField{5, bytes, repeated}, KnownField{6, bytes},
                           KnownField{7, bytes},           KnownField{8, bytes},
                           KnownField{9, bytes, repeated}, KnownField{10, bytes, repeated}};

constexpr std::array kAttribute{KnownField{1, bytes},
                                KnownField{2, fixed32},
                                KnownField{3, varint},
                                KnownField{4, bytes},
                                KnownField{5, bytes},
                                KnownField{6, bytes},
                                KnownField{7, fixed32, numbers},
                                KnownField{8, varint, numbers},
                                KnownField{9, bytes, repeated},
                                KnownField{10, bytes, repeated},
                                KnownField{11, bytes, repeated},
                                KnownField{13, bytes},
                                KnownField{14, bytes},
                                KnownField{15, bytes, repeated},
                                KnownField{20, varint},
                                KnownField{21, bytes},
                                KnownField{22, bytes},
                                KnownField{23, bytes, repeated}};

constexpr std::array kSparse{KnownField{1, bytes}, KnownField{2, bytes}, KnownField{3, varint, numbers}};

constexpr std::array kTensor{KnownField{1, varint, numbers},
                             KnownField{2, varint},
                             KnownField{3, bytes},
                             KnownField{4, fixed32, numbers},
                             KnownField{5, varint, numbers},
                             KnownField{6, bytes, repeated},
                             KnownField{7, varint, numbers},
                             KnownField{8, bytes},
                             KnownField{9, bytes},
                             KnownField{10, fixed64, numbers},
                             KnownField{11, varint, numbers},
                             KnownField{12, bytes},
                             KnownField{13, bytes, repeated},
                             KnownField{14, varint},
                             KnownField{16, bytes, repeated}};

constexpr std::array kEntry{KnownField{1, bytes}, KnownField{2, bytes}};

}  // namespace

std::span<const KnownField> model_fields() noexcept { return kModel; }
std::span<const KnownField> graph_fields() noexcept { return kGraph; }
std::span<const KnownField> function_fields() noexcept { return kFunction; }
std::span<const KnownField> node_fields() noexcept { return kNode; }
std::span<const KnownField> attribute_fields() noexcept { return kAttribute; }
std::span<const KnownField> sparse_fields() noexcept { return kSparse; }
std::span<const KnownField> tensor_fields() noexcept { return kTensor; }
std::span<const KnownField> entry_fields() noexcept { return kEntry; }

void MessageCheck::see(const WireField& field) {
  const auto known = std::ranges::find(known_, field.number, &KnownField::number);
  if (known == known_.end())
    return problems_.observe(rules::kUnknownField, input_.path(), field.at,
                             fmt::format("field {} of a message is none that ONNX has; it holds {} bytes",
                                         field.number, field.payload.bytes()));
  const bool is_packed = known->count == numbers && field.type == bytes;
  if (field.type != known->type && !is_packed)
    input_.fail(rules::kOnnxWireType, field.at,
                fmt::format("field {} is of wire type {}; must be {}", field.number,
                            static_cast<int>(field.type), static_cast<int>(known->type)));
  const std::uint64_t bit = std::uint64_t{1} << (known - known_.begin());
  if (known->count == once && (seen_ & bit) != 0)
    input_.fail(rules::kOnnxRepeated, field.at,
                fmt::format("field {} is there for the second time", field.number));
  seen_ |= bit;
}

}  // namespace weightsieve::format
