// What tests of ONNX models have in common.
#pragma once

#include <string>
#include <string_view>

#include "format/verdict.hpp"
#include "support/elements.hpp"
#include "support/onnx_file.hpp"

namespace weightsieve::test::onnx {

inline const std::string kSixteen(16, '\1');
inline constexpr std::uint64_t kTwo63 = std::uint64_t{1} << 63;

/// The bytes of the first tensor of a model.
inline std::string content_of_model(const std::string& model) {
  const TempFolder folder;
  return content_of(accepts(folder.write("m.onnx", model)));
}

inline void rejects_tensor(const std::string& tensor, std::string_view rule) {
  rejects_bytes(model_of(tensor), rule);
}

}  // namespace weightsieve::test::onnx
