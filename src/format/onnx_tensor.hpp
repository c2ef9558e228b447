// A TensorProto of ONNX: what it says of itself, and where its elements stand. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "format/onnx_type.hpp"
#include "format/problem_log.hpp"
#include "format/protobuf_input.hpp"
#include "weightsieve/tensor/shape.hpp"

namespace weightsieve::format {

/// Where external data says that elements are.
struct OnnxExternal {
  std::string location;
  std::uint64_t offset_bytes = 0;
  std::optional<std::uint64_t> bytes = {};
  std::uint64_t at = 0;  ///< in the model
};

struct OnnxTensor {
  enum class Place : std::uint8_t {
    nowhere,  ///< there are no elements, or they are of a kind without a fixed size
    raw,      ///< in `data`, little-endian
    typed,    ///< in the field of the type, somewhere in `message`
    external
  };

  std::string name;
  Shape shape;
  const OnnxType* type = nullptr;
  std::uint64_t elements = 0;
  std::uint64_t bytes = 0;  ///< of the elements as raw data
  Place place = Place::nowhere;
  WireRange message;
  WireRange data;
  OnnxExternal external;
  std::uint64_t data_bytes = 0;  ///< in the model, of fields that hold elements of a fixed width
};

/// Reads the message, without its elements. Throws by the ONNX rules that concern a tensor alone; a name is
/// optional here.
OnnxTensor read_onnx_tensor(ProtobufInput& input, WireRange message, ProblemLog& problems);

}  // namespace weightsieve::format
