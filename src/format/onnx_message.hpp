// What fields ONNX's messages have, and whether those of a file are such. Immutable tables; any thread.
#pragma once

#include <cstdint>
#include <span>

#include "format/problem_log.hpp"
#include "format/protobuf_input.hpp"

namespace weightsieve::format {

/// A field that a message may have.
struct KnownField {
  std::uint32_t number;
  WireType type;
  enum class Count : std::uint8_t {
    once,  ///< at most
    repeated,
    numbers  ///< repeated, and packed as well as not
  } count = Count::once;
};

/// Looks at the fields of one message, one after another.
class MessageCheck {
 public:
  MessageCheck(std::span<const KnownField> known, ProtobufInput& input, ProblemLog& problems) noexcept
      : known_(known), input_(input), problems_(problems) {}

  /// Throws ONNX-WIRE-TYPE, and ONNX-REPEATED for what was there before. Fields that the message does not
  /// have are for a newer reader, or for nobody: an observation.
  void see(const WireField& field);

 private:
  std::span<const KnownField> known_;
  ProtobufInput& input_;
  ProblemLog& problems_;
  std::uint64_t seen_ = 0;  ///< a bit for each known field
};

// By onnx.proto of ONNX 1.23; names of the numbers that this project looks into.
namespace onnx_model {
inline constexpr std::uint32_t kIrVersion = 1, kGraph = 7, kOpsetImport = 8, kFunctions = 25;
}
namespace onnx_graph {
inline constexpr std::uint32_t kNode = 1, kInitializer = 5, kSparseInitializer = 15;
}
namespace onnx_function {
inline constexpr std::uint32_t kNode = 7;
}
namespace onnx_node {
inline constexpr std::uint32_t kOutput = 2, kOpType = 4, kAttribute = 5, kDomain = 7;
}
namespace onnx_attribute {
inline constexpr std::uint32_t kName = 1, kTensor = 5, kGraph = 6, kTensors = 10, kGraphs = 11,
                               kSparseTensor = 22, kSparseTensors = 23;
}
namespace onnx_sparse {
inline constexpr std::uint32_t kValues = 1, kIndices = 2, kDims = 3;
}
namespace onnx_tensor {
inline constexpr std::uint32_t kDims = 1, kDataType = 2, kSegment = 3, kName = 8, kExternalData = 13,
                               kDataLocation = 14;
}
namespace onnx_entry {
inline constexpr std::uint32_t kKey = 1, kValue = 2;
}

std::span<const KnownField> model_fields() noexcept;
std::span<const KnownField> graph_fields() noexcept;
std::span<const KnownField> function_fields() noexcept;
std::span<const KnownField> node_fields() noexcept;
std::span<const KnownField> attribute_fields() noexcept;
std::span<const KnownField> sparse_fields() noexcept;
std::span<const KnownField> tensor_fields() noexcept;
std::span<const KnownField> entry_fields() noexcept;

}  // namespace weightsieve::format
