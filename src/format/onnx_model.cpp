#include "format/onnx_model.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "format/onnx_message.hpp"

namespace weightsieve::format {
namespace {

constexpr unsigned kMostDepth = 100;
constexpr std::uint64_t kMaxNameBytes = std::uint64_t{1} << 20;
constexpr std::uint64_t kMaxWordBytes = std::uint64_t{64} << 10;
// From this version on models say which operators they use.
constexpr std::int64_t kFirstWithOpsets = 3;

/// What is needed of a node before its attributes.
struct Node {
  std::string op_type = {};
  std::string domain = {};
  std::string output = {};  ///< the first

  bool is_constant() const { return op_type == "Constant" && (domain.empty() || domain == "ai.onnx"); }
};

class ModelWalk {
 public:
  ModelWalk(ProtobufInput& input, ProblemLog& problems, const OnnxVisitor& visit)
      : input_(input), problems_(problems), visit_(visit) {}

  void model(WireRange message) {
    using namespace onnx_model;
    std::int64_t version = 0;
    bool has_graph = false;
    bool has_opsets = false;
    each(message, model_fields(), 1, [&](const WireField& field) {
      if (field.number == kIrVersion) version = static_cast<std::int64_t>(field.value);
      if (field.number == kOpsetImport) has_opsets = true;
      if (field.number == kFunctions) nodes(field.payload, function_fields(), onnx_function::kNode, 2);
      if (field.number != kGraph) return;
      has_graph = true;
      nodes(field.payload, graph_fields(), onnx_graph::kNode, 2);
    });
    if (version < 1)
      fail(message,
           fmt::format("begins like an ONNX model, but is of version {}; must be at least 1", version));
    if (!has_graph) fail(message, "begins like an ONNX model, but has no graph");
    if (!has_opsets && version >= kFirstWithOpsets)
      fail(message, fmt::format("begins like an ONNX model, but is of version {} and imports no operator "
                                "set: it may be cut short",
                                version));
  }

 private:
  template <class Visit>
  void each(WireRange message, std::span<const KnownField> known, unsigned depth, Visit&& visit) {
    if (depth > kMostDepth)
      input_.fail(rules::kOnnxDepth, message.begin,
                  fmt::format("messages nest more than {} deep", kMostDepth));
    MessageCheck check(known, input_, problems_);
    input_.each_field(message, [&](const WireField& field) {
      check.see(field);
      visit(field);
    });
  }

  /// Of a graph, or of a function, which has nodes only.
  void nodes(WireRange message, std::span<const KnownField> known, std::uint32_t node_field, unsigned depth) {
    const std::uint32_t graph = graphs_++;
    const bool is_graph = node_field == onnx_graph::kNode;
    each(message, known, depth, [&](const WireField& field) {
      if (field.number == node_field) node(field.payload, graph, depth + 1);
      if (!is_graph) return;
      if (field.number == onnx_graph::kInitializer)
        visit_({FoundOnnxTensor::Kind::initializer, field.payload, graph});
      if (field.number == onnx_graph::kSparseInitializer)
        visit_({FoundOnnxTensor::Kind::sparse, field.payload, graph});
    });
  }

  /// Twice: fields may stand in any order, and an attribute means nothing without its node's type.
  void node(WireRange message, std::uint32_t graph, unsigned depth) {
    using namespace onnx_node;
    Node node;
    bool has_output = false;
    bool has_attribute = false;
    each(message, node_fields(), depth, [&](const WireField& field) {
      if (field.number == kOpType) node.op_type = input_.text(field, kMaxWordBytes, "a node's type");
      if (field.number == kDomain) node.domain = input_.text(field, kMaxWordBytes, "a node's domain");
      if (field.number == kOutput && !has_output) {
        node.output = input_.text(field, kMaxNameBytes, "the name of a node's output");
        has_output = true;
      }
      has_attribute = has_attribute || field.number == kAttribute;
    });
    if (!has_attribute) return;
    input_.each_field(message, [&](const WireField& field) {
      if (field.number == kAttribute) attribute(field.payload, node, graph, depth + 1);
    });
  }

  void attribute(WireRange message, const Node& node, std::uint32_t graph, unsigned depth) {
    using namespace onnx_attribute;
    using Kind = FoundOnnxTensor::Kind;
    const bool is_constant = node.is_constant();
    each(message, attribute_fields(), depth, [&](const WireField& field) {
      switch (field.number) {
        case kTensor:
          return visit_({is_constant ? Kind::constant : Kind::attribute, field.payload, graph, node.output});
        case kSparseTensor:
          return visit_(
              {is_constant ? Kind::sparse : Kind::sparse_attribute, field.payload, graph, node.output});
        case kTensors:
          return visit_({Kind::attribute, field.payload, graph});
        case kSparseTensors:
          return visit_({Kind::sparse_attribute, field.payload, graph});
        case kGraph:
        case kGraphs:
          return nodes(field.payload, graph_fields(), onnx_graph::kNode, depth + 1);
        default:
          return;
      }
    });
  }

  [[noreturn]] void fail(WireRange message, const std::string& what) const {
    input_.fail(rules::kOnnxModel, message.begin, what);
  }

  ProtobufInput& input_;
  ProblemLog& problems_;
  const OnnxVisitor& visit_;
  std::uint32_t graphs_ = 0;
};

}  // namespace

void each_onnx_tensor(ProtobufInput& input, WireRange model, ProblemLog& problems, const OnnxVisitor& visit) {
  ModelWalk(input, problems, visit).model(model);
}

bool begins_like_onnx(Bytes first_bytes) noexcept {
  constexpr std::byte version_tag{onnx_model::kIrVersion << 3};
  constexpr std::size_t most_version_bytes = 10;
  if (first_bytes.empty() || first_bytes[0] != version_tag) return false;
  std::size_t at = 1;
  while (at < std::min(first_bytes.size(), most_version_bytes) && first_bytes[at] >= std::byte{0x80})
    ++at;
  ++at;
  if (at + 1 >= first_bytes.size()) return false;
  // Tags of fields above 15, of which models have some, take two bytes; those do not come first.
  const auto tag = std::to_integer<std::uint32_t>(first_bytes[at]);
  const auto known = model_fields();
  return std::ranges::any_of(known, [&](const KnownField& field) {
    return field.number != onnx_model::kIrVersion &&
           tag == (field.number << 3 | static_cast<std::uint32_t>(field.type));
  });
}

}  // namespace weightsieve::format
