// Gives the tensors of an ONNX model names that no two have. One thread.
//
// Graphs apart, such as the two branches of an If, may each have a tensor of one name; one graph may not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "format/onnx_model.hpp"
#include "format/problem_log.hpp"
#include "weightsieve/format/checkpoint.hpp"

namespace weightsieve::format {

class OnnxNames {
 public:
  OnnxNames(Checkpoint& checkpoint, std::string path, ProblemLog& problems)
      : checkpoint_(checkpoint), path_(std::move(path)), problems_(problems) {}

  /// What a tensor is called for now. Notes that one of this name comes next: among the checkpoint's tensors,
  /// or among those that are skipped.
  std::string next(const FoundOnnxTensor& found, const std::string& own_name, bool is_skipped);

  /// Renames all but the first of those that are called the same. Warns of what ONNX does not allow.
  void make_unique();

 private:
  struct Named {
    std::uint64_t at;  ///< in the file
    std::uint32_t position;
    std::uint32_t graph;
    bool is_skipped;
  };

  std::string& name(const Named& named);

  Checkpoint& checkpoint_;
  std::string path_;
  ProblemLog& problems_;
  std::vector<Named> all_;
};

}  // namespace weightsieve::format
