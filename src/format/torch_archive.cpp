#include "format/torch_archive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "weightsieve/base/text.hpp"

namespace weightsieve::format {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kPickleName = "data.pkl";
/// Members beside the storages that torch.save writes.
constexpr std::array kNotes{kPickleName,
                            "version"sv,
                            "byteorder"sv,
                            ".format_version"sv,
                            ".storage_alignment"sv,
                            ".data/serialization_id"sv};
constexpr std::size_t kMaxNoteBytes = 64;
constexpr unsigned kNewestVersion = 10;

/// A name in which only lower-case letters are left, as a filesystem may see it.
std::string folded(std::string_view name) {
  std::string text(name);
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

}  // namespace

TorchArchive::TorchArchive(std::shared_ptr<const Source> source, ProblemLog& problems)
    : source_(std::move(source)),
      problems_(problems),
      path_(source_->path()),
      archive_(read_zip(*source_, problems)) {
  index_members();
  find_root();
  check_notes();
  read_object();
  observe_members();
}

void TorchArchive::index_members() {
  for (const ZipMember& member : archive_.members) {
    const auto [at, is_new] = by_name_.try_emplace(folded(member.name), &member);
    if (!is_new)
      fail(
          rules::kTorchArchive, member,
          fmt::format("{} and {} differ in case alone", in_quotes(member.name), in_quotes(at->second->name)));
  }
}

/// The one folder that holds data.pkl.
void TorchArchive::find_root() {
  for (const ZipMember& member : archive_.members) {
    const std::size_t slash = member.name.find('/');
    if (slash == std::string::npos || std::string_view(member.name).substr(slash + 1) != kPickleName)
      continue;
    if (!root_.empty()) fail(rules::kTorchArchive, member, "a second folder holds a data.pkl");
    root_ = member.name.substr(0, slash + 1);
  }
  if (find("constants.pkl") != nullptr || holds_code())
    reject(rules::kTorchScript, path_, 0,
           "is a TorchScript archive (a program, not a checkpoint); save the module's state_dict() instead");
  if (root_.empty())
    reject(rules::kTorchArchive, path_, 0, "is a ZIP archive without NAME/data.pkl, so none of PyTorch's");
  for (const ZipMember& member : archive_.members) {
    const bool elsewhere = !member.name.starts_with(root_);
    if (elsewhere && member.name.ends_with(kPickleName))
      fail(rules::kTorchArchive, member, "another data.pkl lies elsewhere");
    if (elsewhere)
      problems_.warn(rules::kTorchStray, path_, member.header_bytes_at,
                     fmt::format("{} does not lie in the archive's folder", in_quotes(member.name)));
  }
}

bool TorchArchive::holds_code() const {
  return std::ranges::any_of(archive_.members, [](const ZipMember& member) {
    const std::size_t slash = member.name.find('/');
    return slash != std::string::npos && std::string_view(member.name).substr(slash + 1).starts_with("code/");
  });
}

const ZipMember* TorchArchive::find(std::string_view name) const {
  const auto at = by_name_.find(folded(root_ + std::string(name)));
  return at == by_name_.end() || at->second->name != root_ + std::string(name) ? nullptr : at->second;
}

void TorchArchive::check_notes() {
  const ZipMember* const version = find("version");
  if (version == nullptr) reject(rules::kTorchArchive, path_, 0, "the archive has no member \"version\"");
  std::string text = note(*version);
  while (text.ends_with('\n'))
    text.pop_back();
  const bool is_number =
      !text.empty() && text.size() <= 2 && text.find_first_not_of("0123456789") == std::string::npos;
  if (!is_number || std::stoul(text) > kNewestVersion)
    fail(rules::kTorchVersion, *version,
         fmt::format("the version is {}; up to {} are read", in_quotes(text), kNewestVersion));
  const ZipMember* const order = find("byteorder");
  if (order == nullptr) return;
  const std::string name = note(*order);
  if (name != "little" && name != "big")
    fail(rules::kTorchByteOrder, *order, fmt::format("the byte order is {}", in_quotes(name)));
  big_endian_ = name == "big";
}

std::string TorchArchive::note(const ZipMember& member) const {
  if (member.bytes > kMaxNoteBytes)
    fail(rules::kTorchArchive, member,
         fmt::format("{} has {} bytes; at most {} are read", in_quotes(member.name), member.bytes,
                     kMaxNoteBytes));
  return read_member(source_, member);
}

/// The checksums of what is read whole. Those of tensors would cost a pass over all of the file.
void TorchArchive::check_sums() {
  std::size_t right = 0;
  const ZipMember* wrong = nullptr;
  for (const std::string_view name : {kPickleName, "version"sv, "byteorder"sv}) {
    const ZipMember* const member = find(name);
    if (member == nullptr || member->deflated) continue;
    if (sum_of(*member) == member->crc) {
      ++right;
    } else if (wrong == nullptr) {
      wrong = member;
    }
  }
  if (wrong == nullptr) return;
  if (right > 0)
    fail(rules::kZipCrc, *wrong,
         fmt::format("the bytes of {} are not those of its checksum", in_quotes(wrong->name)));
  problems_.warn(rules::kZipUnchecked, path_, wrong->offset_bytes,
                 "no checksum is right: they were not computed, so damage cannot be told");
}

std::uint32_t TorchArchive::sum_of(const ZipMember& member) const {
  constexpr std::uint64_t piece = std::uint64_t{1} << 20;
  const auto cursor = source_->cursor();
  std::uint32_t sum = 0;
  for (std::uint64_t at = 0; at < member.bytes; at += piece)
    sum = crc32_of(
        cursor->view(member.offset_bytes + at, static_cast<std::size_t>(std::min(piece, member.bytes - at))),
        sum);
  return sum;
}

void TorchArchive::read_object() {
  pickle_member_ = find(kPickleName);
  const ZipMember& member = *pickle_member_;
  if (member.bytes > kMaxPickleBytes)
    fail(rules::kPickleLimit, member,
         fmt::format("the pickle has {} bytes; at most {} are read", member.bytes, kMaxPickleBytes));
  check_sums();
  const MemberContent content = open_member(source_, member);
  object_ = std::make_unique<const PickleResult>(
      read_pickle({content.source.get(), content.begin, content.begin + member.bytes, member.offset_bytes,
                   !member.deflated}));
  if (object_->end != content.begin + member.bytes)
    reject(rules::kPickleEnd, path_,
           member.deflated ? member.offset_bytes : member.offset_bytes + object_->end - content.begin,
           "bytes follow the pickle's STOP");
}

/// What torch.save does not write so.
void TorchArchive::observe_members() {
  std::unordered_set<std::string_view> keys;
  pickle().each_persistent([&](PickleRef ref) {
    constexpr std::size_t key_at = 2;
    const std::vector<PickleRef> id = pickle().elements(pickle().id(ref));
    if (id.size() > key_at && pickle().is(id[key_at], PickleKind::text))
      keys.insert(pickle().text(id[key_at]));
  });
  for (const ZipMember& member : archive_.members) {
    if (member.deflated)
      problems_.observe(
          rules::kDeflatedMember, path_, member.header_bytes_at,
          fmt::format("{} is compressed; scanners that do not inflate it do not see its content",
                      in_quotes(member.name)));
    if (member.name.starts_with(root_) && !is_used(std::string_view(member.name).substr(root_.size()), keys))
      problems_.observe(rules::kHiddenMember, path_, member.header_bytes_at,
                        fmt::format("nothing in the checkpoint uses {}", in_quotes(member.name)));
  }
}

bool TorchArchive::is_used(std::string_view name, const std::unordered_set<std::string_view>& keys) const {
  constexpr std::string_view data = "data/";
  if (name.starts_with(data)) return keys.contains(name.substr(data.size()));
  return std::ranges::find(kNotes, name) != kNotes.end();
}

Stretch TorchArchive::stretch_of(const TorchStorage& storage) const {
  const ZipMember* const member = find(fmt::format("data/{}", storage.key));
  if (member == nullptr)
    reject(rules::kTorchRecord, path_, storage.at,
           fmt::format("the archive has no member data/{} for this storage", storage.key));
  if (member->bytes != storage.bytes)
    fail(rules::kTorchRecord, *member,
         fmt::format("{} has {} bytes; its storage needs {}", in_quotes(member->name), member->bytes,
                     storage.bytes));
  if (!member->deflated) return {member->offset_bytes, member->bytes};
  return {0, member->bytes,
          DeflatedRange{member->offset_bytes, member->stored_bytes, member->bytes, member->crc}};
}

void TorchArchive::fail(const Rule& rule, const ZipMember& member, const std::string& message) const {
  reject(rule, path_, member.header_bytes_at, message);
}

}  // namespace weightsieve::format
