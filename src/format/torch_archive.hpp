// One archive of PyTorch, read without trust: a file of its own, or a stretch of a distributed checkpoint's.
//
//   NAME/data.pkl      a pickle of dicts, lists and tensors, protocol 2 as torch writes it
//   NAME/data/KEY      the elements of storage KEY, raw; KEY is a number
//   NAME/version       "3\n"
//   NAME/byteorder     "little" or "big"; without it, little
//
// and members that do not matter here. After docs/source/notes/serialization.rst and
// caffe2/serialize/inline_container.cc of PyTorch. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "format/content.hpp"
#include "format/pickle.hpp"
#include "format/torch_tensor.hpp"
#include "format/zip_archive.hpp"

namespace weightsieve::format {

class TorchArchive {
 public:
  /// Reads the directory, the notes and the pickle. Throws by the ZIP, PICKLE and PT rules.
  TorchArchive(std::shared_ptr<const Source> source, ProblemLog& problems);
  TorchArchive(const TorchArchive&) = delete;
  TorchArchive& operator=(const TorchArchive&) = delete;

  const Pickle& pickle() const noexcept { return object_->pickle; }
  PickleRef root() const noexcept { return object_->root; }
  std::uint64_t pickle_at() const noexcept { return pickle_member_->offset_bytes; }
  std::uint64_t pickle_bytes() const noexcept { return pickle_member_->bytes; }
  bool big_endian() const noexcept { return big_endian_; }
  std::uint64_t header_bytes() const noexcept { return archive_.directory_bytes + pickle_bytes(); }

  /// Where a storage lies in the source; throws by PT-RECORD when it is not there, or not whole.
  Stretch stretch_of(const TorchStorage& storage) const;

 private:
  void index_members();
  void find_root();
  bool holds_code() const;
  const ZipMember* find(std::string_view name) const;
  void check_notes();
  std::string note(const ZipMember& member) const;
  void check_sums();
  std::uint32_t sum_of(const ZipMember& member) const;
  void read_object();
  void observe_members();
  bool is_used(std::string_view name, const std::unordered_set<std::string_view>& keys) const;
  [[noreturn]] void fail(const Rule& rule, const ZipMember& member, const std::string& message) const;

  std::shared_ptr<const Source> source_;
  ProblemLog& problems_;
  std::string path_;
  ZipArchive archive_;
  std::unordered_map<std::string, const ZipMember*> by_name_;  ///< folded
  std::string root_;
  bool big_endian_ = false;
  const ZipMember* pickle_member_ = nullptr;
  std::unique_ptr<const PickleResult> object_;
};

}  // namespace weightsieve::format
