#include "format/safetensors_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "format/known_formats.hpp"
#include "weightsieve/base/checked.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve::format {
namespace {

bool lies_before(const TensorInfo& a, const TensorInfo& b) {
  return std::tie(a.offset_bytes, a.bytes, a.name) < std::tie(b.offset_bytes, b.bytes, b.name);
}

[[noreturn]] void fail(JsonText& json, const Rule& rule, const TensorInfo& tensor,
                       const std::string& message) {
  json.fail(rule, json.find(tensor.name, 0), message, tensor.name);
}

/// Checks that the tensors, in order, cover the data from its first byte on; returns how many bytes of it.
std::uint64_t check_contiguous(std::span<const TensorInfo> tensors, JsonText& json) {
  std::uint64_t end = 0;
  for (const TensorInfo& tensor : tensors) {
    const std::uint64_t begin = tensor.offset_bytes;
    if (begin < end) {
      fail(json, rules::kOverlap, tensor,
           fmt::format("begins at {} of the data, where another tensor lies; must begin at {}", begin, end));
    }
    if (begin > end) {
      fail(json, rules::kHole, tensor,
           fmt::format("begins at {} of the data, {} bytes late; must begin at {}", begin, begin - end, end));
    }
    end = begin + tensor.bytes;
  }
  return end;
}

void check_size(TensorInfo& tensor, JsonText& json) {
  const std::uint64_t bits_each = dtype_info(tensor.dtype).bits;
  const auto elements = element_count(tensor.shape);
  const auto bits = elements ? checked_mul(*elements, bits_each) : std::nullopt;
  if (!bits) {
    fail(json, rules::kOverflow, tensor,
         fmt::format("{} elements of {} bits are more than 2^64 bits", to_string(tensor.shape), bits_each));
  }
  if (*bits % 8 != 0) {
    fail(json, rules::kMisaligned, tensor,
         fmt::format("{} elements of {} bits do not fill whole bytes", *elements, bits_each));
  }
  if (*bits / 8 != tensor.bytes) {
    fail(json, rules::kSize, tensor,
         fmt::format("has {} bytes; {} of {} needs {}", tensor.bytes, to_string(tensor.shape),
                     dtype_info(tensor.dtype).name, *bits / 8));
  }
  tensor.elements = *elements;
}

[[noreturn]] void fail_truncated(std::span<const TensorInfo> tensors, const Source& source,
                                 std::uint64_t present) {
  const auto first = std::find_if(tensors.begin(), tensors.end(), [&](const TensorInfo& tensor) {
    return tensor.offset_bytes + tensor.bytes > present;
  });
  const TensorInfo& last = tensors.back();
  reject(
      rules::kTruncated, source.path(), source.size(),
      fmt::format("the file is cut short: {} of {} bytes of data are there; this tensor, the first that is "
                  "not whole, ends at {}",
                  present, last.offset_bytes + last.bytes, first->offset_bytes + first->bytes),
      first->name);
}

void warn_trailing(const Source& source, std::uint64_t end, ProblemLog& problems) {
  const std::uint64_t count = source.size() - end;
  const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(count, kFirstBytes));
  const std::string_view known = known_format(source.cursor()->view(end, piece));
  problems.warn(rules::kTrailing, source.path(), end,
                fmt::format("{} trailing bytes follow the last tensor{}{}", grouped(count),
                            known.empty() ? "" : "; they begin like ", known));
}

bool listed_before(const TensorInfo& a, const TensorInfo& b) {
  return std::tie(a.offset_bytes, a.name) < std::tie(b.offset_bytes, b.name);
}

template <class Before>
void sort_if_needed(std::span<TensorInfo> tensors, Before before) {
  if (!std::is_sorted(tensors.begin(), tensors.end(), before))
    std::sort(tensors.begin(), tensors.end(), before);
}

}  // namespace

void check_layout(std::span<TensorInfo> tensors, const Source& source, std::uint64_t data_begin,
                  JsonText& json, ProblemLog& problems) {
  sort_if_needed(tensors, lies_before);
  const std::uint64_t used = check_contiguous(tensors, json);
  for (TensorInfo& tensor : tensors)
    check_size(tensor, json);
  const std::uint64_t present = source.size() - data_begin;
  if (used > present) fail_truncated(tensors, source, present);
  if (used < present) warn_trailing(source, data_begin + used, problems);
  for (TensorInfo& tensor : tensors)
    tensor.offset_bytes += data_begin;
  sort_if_needed(tensors, listed_before);
}

}  // namespace weightsieve::format
