#include "format/zip_kind.hpp"

#include <algorithm>

#include "format/known_formats.hpp"
#include "format/zip_archive.hpp"

namespace weightsieve::format {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kArray = ".npy";
constexpr std::string_view kObject = "/data.pkl";
constexpr std::string_view kPart = ".distcp";

bool is_any(const ZipArchive& archive, std::string_view ending) {
  return std::ranges::any_of(archive.members,
                             [&](const ZipMember& member) { return member.name.ends_with(ending); });
}

}  // namespace

ZipKind zip_kind(Bytes first_bytes, const Source& source) {
  if (!begins_with(first_bytes, "PK\x03\x04"sv)) return ZipKind::none;
  if (source.path().ends_with(kPart)) return ZipKind::part;
  const std::string_view first = first_member_name(first_bytes);
  if (first.ends_with(kArray)) return ZipKind::arrays;
  if (first.ends_with(kObject)) return ZipKind::torch;
  try {
    ProblemLog unheard(false);
    const ZipArchive archive = read_zip(source, unheard);
    return is_any(archive, kArray) && !is_any(archive, kObject) ? ZipKind::arrays : ZipKind::torch;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::malformed) throw;
    return ZipKind::torch;
  }
}

}  // namespace weightsieve::format
