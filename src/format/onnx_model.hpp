// The tensors of an ONNX model, in the order in which they stand in the file: initializers, and what Constant
// nodes hold, of the graph, of the graphs in it (the branches of If, the bodies of loops) and of functions.
//
// Exporters keep weights in all of these places. Tensors in attributes of other nodes (the fill value of
// ConstantOfShape) are checked like the others, and are no weights. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "format/problem_log.hpp"
#include "format/protobuf_input.hpp"

namespace weightsieve::format {

struct FoundOnnxTensor {
  enum class Kind : std::uint8_t {
    initializer,
    constant,   ///< of a Constant node
    sparse,     ///< the message is a SparseTensorProto
    attribute,  ///< of another node
    sparse_attribute
  };

  Kind kind;
  WireRange message;
  std::uint32_t graph;    ///< a number for each graph
  std::string name = {};  ///< where the message's own is not what counts
};

using OnnxVisitor = std::function<void(const FoundOnnxTensor&)>;

/// Walks through the model. Throws ONNX-MODEL, ONNX-DEPTH and what is wrong with the messages around tensors.
void each_onnx_tensor(ProtobufInput& input, WireRange model, ProblemLog& problems, const OnnxVisitor& visit);

/// Whether a file begins as a model does: with its version and another field that models have.
bool begins_like_onnx(Bytes first_bytes) noexcept;

}  // namespace weightsieve::format
