#include "weightsieve/ops/saved_profile.hpp"

#include <algorithm>

#include "ops/inventory.hpp"
#include "ops/part_file.hpp"
#include "weightsieve/base/as_text.hpp"
#include "weightsieve/profile/pooled.hpp"
#include "weightsieve/profile/profile_json.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kSniffBytes = 256;

std::string_view without_leading_space(std::string_view json) {
  json.remove_prefix(std::min(json.find_first_not_of(" \t\r\n"), json.size()));
  return json;
}

/// The file's first bytes, white space apart; empty when there is nothing else.
std::string beginning_of(const Source& source) {
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(source.size(), kSniffBytes));
  return std::string(without_leading_space(as_text(source.cursor()->view(0, length))));
}

/// Whether this is the beginning of a JSON object: text has no other control characters than white space. A
/// checkpoint of any size may have been named; no more than its beginning is looked at.
bool begins_json(std::string_view beginning) {
  const auto is_text = [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\n' || c == '\r';
  };
  return beginning.starts_with('{') && std::all_of(beginning.begin(), beginning.end(), is_text);
}

void require_json(const Source& source) {
  const std::string beginning = beginning_of(source);
  if (begins_json(beginning)) return;
  if (beginning.starts_with(kPartFamily))
    throw Error(ErrorCode::malformed,
                "is a part of a profile; 'weightsieve merge PART... -o FILE.json' joins all of them to one",
                {.file = source.path(), .offset_bytes = 0, .rule = "PROFILE-JSON"});
  throw Error(ErrorCode::malformed, "is not a profile; 'weightsieve profile -o FILE.json' writes one",
              {.file = source.path(), .offset_bytes = 0, .rule = "PROFILE-JSON"});
}

/// Calls `visit(text)` for one window after the other, each with the last `overlap` bytes of the one before,
/// until it returns true; whether it did.
template <class Visit>
bool any_window(const Source& source, std::size_t overlap, Visit visit) {
  const auto cursor = source.cursor();
  for (std::uint64_t at = 0; at < source.size(); at += kMaxWindowBytes - overlap) {
    const auto length =
        static_cast<std::size_t>(std::min<std::uint64_t>(source.size() - at, kMaxWindowBytes));
    if (visit(as_text(cursor->view(at, length)))) return true;
  }
  return false;
}

std::string read_whole(const Source& source) {
  std::string text;
  text.reserve(static_cast<std::size_t>(source.size()));
  const auto cursor = source.cursor();
  while (text.size() < source.size()) {
    const std::uint64_t left = source.size() - text.size();
    const auto window = static_cast<std::size_t>(std::min<std::uint64_t>(left, kMaxWindowBytes));
    text += as_text(cursor->view(text.size(), window));
  }
  source.check_unchanged();
  return text;
}

std::size_t end_of_string(std::string_view json, std::size_t opening_quote) {
  std::size_t i = opening_quote + 1;
  while (i < json.size() && json[i] != '"')
    i += json[i] == '\\' ? 2 : 1;
  return i;
}

/// The length of the first JSON object in `json`, or all of it when it does not end: what is wrong with it is
/// for the reader to say.
std::size_t document_length(std::string_view json) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (json[i] == '"')
      i = end_of_string(json, i);
    else if (json[i] == '{')
      ++depth;
    else if (json[i] == '}' && --depth == 0)
      return i + 1;
  }
  return json.size();
}

/// Reads one document of the file's text; an error's offset counts from the start of the file.
CheckpointProfile read_document(std::string_view text, std::string_view document, const std::string& path) {
  try {
    return read_profile_json(document, path);
  } catch (const Error& error) {
    Place place = error.place();
    if (place.offset_bytes) *place.offset_bytes += static_cast<std::uint64_t>(document.data() - text.data());
    throw Error(error.code(), error.message(), place);
  }
}

std::unique_ptr<Statistics> total_statistics(const CheckpointProfile& profile) {
  const std::vector<bool> repeats = tied_repeats(profile.tensors, profile.tied);
  std::vector<const TensorProfile*> parameters;
  for (std::size_t i = 0; i < profile.tensors.size(); ++i) {
    const TensorProfile& tensor = profile.tensors[i];
    if (tensor.info.role == Role::parameter && !repeats[i]) parameters.push_back(&tensor);
  }
  return std::make_unique<Statistics>(pooled_statistics(parameters, profile.options->stats));
}

}  // namespace

bool is_saved_profile(const std::string& path) {
  constexpr std::string_view schema = "\"weightsieve.profile/";
  const auto source = open_source(path, IoMode::pread);
  if (!begins_json(beginning_of(*source))) return false;
  return any_window(*source, schema.size() - 1,
                    [schema](std::string_view text) { return text.find(schema) != std::string_view::npos; });
}

std::vector<CheckpointProfile> read_saved_profiles(const std::string& path, IoMode io) {
  const auto source = open_source(path, io);
  require_json(*source);
  const std::string text = read_whole(*source);
  std::vector<CheckpointProfile> profiles;
  std::string_view rest = without_leading_space(text);
  do {
    const std::size_t length = document_length(rest);
    profiles.push_back(read_document(text, rest.substr(0, length), path));
    rest = without_leading_space(rest.substr(length));
  } while (!rest.empty());
  return profiles;
}

void select_tensors(CheckpointProfile& profile, const NameFilter& filter) {
  const std::size_t all = profile.tensors.size();
  keep_only(profile, NamePatterns(filter));
  require_match(filter, profile.tensors.size(), profile.name);
  if (profile.tensors.size() == all) return;
  auto statistics = profile.totals.statistics ? total_statistics(profile) : nullptr;
  profile.totals = count_totals(profile.tensors, profile.tied);
  profile.totals.statistics = std::move(statistics);
}  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks): the totals own it

}  // namespace weightsieve
