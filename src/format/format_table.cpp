#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "format/format_reader.hpp"
#include "format/known_formats.hpp"
#include "format/problem_log.hpp"

namespace weightsieve::format {
namespace {

const FormatReader* first_with(Match match, Bytes first_bytes, const Source& source) {
  const auto at = std::ranges::find_if(format_readers(), [&](const FormatReader* reader) {
    return reader->recognise(first_bytes, source) == match;
  });
  return at == format_readers().end() ? nullptr : *at;
}

[[noreturn]] void reject_unknown(const std::string& path) {
  std::string wanted;
  for (const FormatReader* reader : format_readers())
    wanted += fmt::format("{}{}", wanted.empty() ? "" : "; ", reader->description);
  reject(rules::kFormatUnknown, path, 0, fmt::format("is of no known format; looked for {}", wanted));
}

}  // namespace

std::span<const FormatReader* const> format_readers() noexcept {
  static constexpr std::array readers{
      &kSafetensorsIndex, &kSafetensors, &kTorchIndex, &kTorch, &kTorchLegacy, &kGguf,
      &kNpzArchive,       &kNpyArray,    &kOnnx,       &kDcp};
  return readers;
}

const FormatReader& recognise(const Source& source) {
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(source.size(), kFirstBytes));
  const auto cursor = source.cursor();
  const Bytes first = cursor->view(0, length);
  refuse_lfs_pointer(first, source.path());
  if (const std::string_view other = second_format(first); !other.empty()) {
    reject(rules::kFormatAmbiguous, source.path(), 0,
           fmt::format("is {} and {} at once", known_format(first), other));
  }
  if (const FormatReader* reader = first_with(Match::yes, first, source)) return *reader;
  if (const std::string_view known = known_format(first); !known.empty()) {
    reject(rules::kFormatUnsupported, source.path(), 0,
           fmt::format("begins like {}, which is not supported yet", known));
  }
  if (const FormatReader* reader = first_with(Match::perhaps, first, source)) return *reader;
  reject_unknown(source.path());
}

}  // namespace weightsieve::format
