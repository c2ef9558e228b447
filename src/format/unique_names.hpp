// Tensors' names, each once: nested dicts can lead to one name on two ways. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_set>

#include "format/problem_log.hpp"

namespace weightsieve::format {

class UniqueNames {
 public:
  /// The names are said at `offset_bytes` of the file.
  UniqueNames(ProblemLog& problems, std::string path, std::uint64_t offset_bytes)
      : problems_(problems), path_(std::move(path)), offset_bytes_(offset_bytes) {}

  /// A name that was there before gets a number, and a warning by PT-NAME.
  void make_unique(std::string& name);

 private:
  ProblemLog& problems_;
  std::string path_;
  std::uint64_t offset_bytes_;
  std::unordered_set<std::string> names_;
  std::map<std::string, std::uint64_t> repeats_;
};

}  // namespace weightsieve::format
