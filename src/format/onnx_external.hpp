// The files that hold external data of an ONNX model, and which bytes of them its tensors are. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "format/content.hpp"
#include "format/format_reader.hpp"
#include "format/onnx_tensor.hpp"

namespace weightsieve::format {

class OnnxExternalFiles {
 public:
  OnnxExternalFiles(FileReading& reading, ContentBuilder& builder);

  /// The stretch that the tensor's file is. Throws by the ONNX-EXTERNAL rules; requires external data.
  std::uint32_t locate(const OnnxTensor& tensor);

  /// Counts the bytes that the tensor adds to the content. Throws ONNX-REPEAT when tensors have many times as
  /// many as their files.
  void charge(const OnnxTensor& tensor, std::uint64_t bytes);

  /// Says which bytes two tensors share, and which belong to none.
  void check_ranges();

 private:
  struct File {
    std::uint32_t stretch;
    std::string path;
    std::uint64_t bytes;
  };
  struct Range {
    std::uint32_t stretch;
    std::uint64_t begin;
    std::uint64_t end;
    std::uint64_t at;  ///< in the model
  };

  const File& file_of(const OnnxTensor& tensor);
  File open(const OnnxTensor& tensor);
  void check_file(const File& file, std::span<const Range> ranges);
  void note_unused(const File& file, std::uint64_t begin, std::uint64_t end);
  [[noreturn]] void fail(const Rule& rule, const OnnxTensor& tensor, const std::string& message) const;

  FileReading& reading_;
  ContentBuilder& builder_;
  std::string path_;                                ///< of the model
  std::string folder_;                              ///< empty, or with a slash at its end
  std::map<std::string, File, std::less<>> files_;  ///< by location
  std::vector<Range> ranges_;
  std::uint64_t file_bytes_ = 0;
  std::uint64_t content_bytes_ = 0;
};

/// What is wrong with a location: null when it leads to a file in the model's folder, or in one below.
const char* location_fault(std::string_view location) noexcept;

}  // namespace weightsieve::format
