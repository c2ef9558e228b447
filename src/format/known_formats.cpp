#include "format/known_formats.hpp"

#include <algorithm>
#include <array>

#include "format/problem_log.hpp"
#include "weightsieve/base/as_text.hpp"

namespace weightsieve::format {
namespace {

using namespace std::string_view_literals;

struct Magic {
  std::string_view name;
  std::string_view bytes;
  std::size_t offset = 0;
};

// Sources: the formats' own specifications; pickle's protocols 2 to 5 open with PROTO (0x80) and their
// number.
constexpr std::array kMagics{
    Magic{"a ZIP archive", "PK\x03\x04"sv},
    Magic{"an empty ZIP archive", "PK\x05\x06"sv},
    Magic{"a GGUF file", "GGUF"sv},
    Magic{"an NPY array", "\x93NUMPY"sv},
    Magic{"an HDF5 file (Keras)", "\x89HDF\r\n\x1a\n"sv},
    Magic{"a gzip stream", "\x1f\x8b\x08"sv},
    Magic{"a zstd stream", "\x28\xb5\x2f\xfd"sv},
    Magic{"an xz stream", "\xfd\x37zXZ\0"sv},
    Magic{"a 7z archive", "7z\xbc\xaf\x27\x1c"sv},
    Magic{"a plain pickle", "\x80\x02"sv},
    Magic{"a plain pickle", "\x80\x03"sv},
    Magic{"a plain pickle", "\x80\x04"sv},
    Magic{"a plain pickle", "\x80\x05"sv},
    Magic{"a tar archive", "ustar"sv, 257},
    Magic{"a PDF document", "%PDF-"sv},
};

struct Ending {
  std::string_view name;
  std::string_view ending;
};

constexpr std::array kEndings{
    Ending{"an HDF5 file", ".h5"},
    Ending{"a Keras model", ".keras"},
};

}  // namespace

std::string_view known_format(Bytes first_bytes) noexcept {
  const std::string_view text = as_text(first_bytes);
  const auto at = std::ranges::find_if(kMagics, [&](const Magic& magic) {
    return text.size() >= magic.offset && text.substr(magic.offset).starts_with(magic.bytes);
  });
  return at == kMagics.end() ? std::string_view() : at->name;
}

std::string_view second_format(Bytes first_bytes) noexcept {
  const std::string_view text = as_text(first_bytes);
  const auto matches = [&](const Magic& magic) {
    return text.size() >= magic.offset && text.substr(magic.offset).starts_with(magic.bytes);
  };
  const auto first = std::ranges::find_if(kMagics, matches);
  if (first == kMagics.end()) return {};
  const auto second = std::find_if(first + 1, kMagics.end(), matches);
  if (second != kMagics.end()) return second->name;
  // Readers of PDF look for it further on too.
  const std::size_t pdf = text.find("%PDF-");
  return pdf != std::string_view::npos && pdf > 0 ? "a PDF document" : std::string_view();
}

bool begins_with(Bytes bytes, std::string_view magic) noexcept { return as_text(bytes).starts_with(magic); }

std::string_view known_ending(std::string_view name) noexcept {
  const auto at =
      std::ranges::find_if(kEndings, [&](const Ending& ending) { return name.ends_with(ending.ending); });
  return at == kEndings.end() ? std::string_view() : at->name;
}

void refuse_lfs_pointer(Bytes first_bytes, const std::string& path) {
  if (!as_text(first_bytes).starts_with("version https://git-lfs.github.com/spec/")) return;
  reject(rules::kLfsPointer, path, 0,
         "is a Git LFS pointer, not the file itself; fetch that with `git lfs pull`");
}

}  // namespace weightsieve::format
