// ONNX: one protobuf message with the graph and its tensors; elements of large ones in files beside it. What
// lies there as it should is read where it is, in whichever file; the rest is decoded as it is read.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "format/content.hpp"
#include "format/decoded_file.hpp"
#include "format/format_reader.hpp"
#include "format/onnx_external.hpp"
#include "format/onnx_message.hpp"
#include "format/onnx_model.hpp"
#include "format/onnx_names.hpp"
#include "format/onnx_tensor.hpp"
#include "format/onnx_values.hpp"
#include "format/shard_files.hpp"

namespace weightsieve::format {
namespace {

constexpr std::string_view kEnding = ".onnx";

std::string stem_of(std::string_view file_name) {
  std::string name = plain_name(file_name);
  if (name.ends_with(kEnding)) name.resize(name.size() - kEnding.size());
  return name;
}

bool is_floating(Dtype dtype) noexcept {
  const ValueKind kind = dtype_info(dtype).kind;
  return kind == ValueKind::floating || kind == ValueKind::complex;
}

class TensorAdder {
 public:
  explicit TensorAdder(FileReading& reading)
      : reading_(reading),
        path_(reading.source->path()),
        cursor_(reading.source->cursor()),
        input_(*cursor_, path_, reading.source->size()),
        builder_(reading.checkpoint, reading.file),
        external_(reading, builder_),
        names_(reading.checkpoint, path_, reading.problems) {}

  void run() {
    const std::uint64_t size = reading_.source->size();
    whole_file_ = builder_.add_stretch({0, size});
    each_onnx_tensor(input_, {0, size}, reading_.problems,
                     [this](const FoundOnnxTensor& found) { add(found); });
    external_.check_ranges();
    names_.make_unique();
    list_tied();
    reading_.checkpoint.header_bytes += size - data_bytes_;
    reading_.entry.content = builder_.finish();
    reading_.entry.content_bytes = reading_.entry.content->bytes();
    reading_.entry.content_name = stem_of(reading_.entry.content_name) + ".safetensors";
  }

 private:
  using Kind = FoundOnnxTensor::Kind;

  /// A tensor whose elements were found and checked.
  struct Checked {
    OnnxTensor tensor;
    std::uint32_t stretch = 0;
    std::uint64_t first_byte = 0;
    std::shared_ptr<const ElementDecoder> decoder = nullptr;
  };

  void add(const FoundOnnxTensor& found) {
    if (found.kind == Kind::sparse || found.kind == Kind::sparse_attribute) return add_sparse(found);
    Checked checked = check(found.message);
    if (found.kind == Kind::attribute) return;
    const OnnxTensor& tensor = checked.tensor;
    const OnnxType& type = *tensor.type;
    const bool is_half_a_byte = type.dtype == Dtype::F4 && tensor.elements % 2 != 0;
    const bool is_read = type.dtype && !is_half_a_byte;
    std::string name = names_.next(found, tensor.name, !is_read);
    if (is_read) return place(info(std::move(name), tensor, found.kind), checked);
    const std::string_view why =
        is_half_a_byte ? "of which an odd number does not fill bytes" : "which is not read";
    reading_.checkpoint.skipped.push_back(
        {std::move(name),
         fmt::format("its type is {}, {}; its shape is {}", type.name, why, to_string(tensor.shape))});
  }

  /// Its two tensors are checked like others; what they stand for is listed.
  void add_sparse(const FoundOnnxTensor& found) {
    std::string name;
    Shape shape;
    std::uint64_t values = 0;
    MessageCheck check_fields(sparse_fields(), input_, reading_.problems);
    input_.each_field(found.message, [&](const WireField& field) {
      check_fields.see(field);
      if (field.number == onnx_sparse::kIndices) check(field.payload);
      if (field.number == onnx_sparse::kDims) take_sizes(field, shape);
      if (field.number != onnx_sparse::kValues) return;
      const Checked checked = check(field.payload);
      values = checked.tensor.elements;
      name = checked.tensor.name;
    });
    if (found.kind == Kind::sparse)
      reading_.checkpoint.skipped.push_back(
          {names_.next(found, name, true),
           fmt::format("it is sparse; its shape is {}, with {} values", to_string(shape), values)});
  }

  void take_sizes(const WireField& field, Shape& shape) {
    if (field.type == WireType::varint) return add_size(field.value, field.at, shape);
    for (std::uint64_t position = field.payload.begin; position < field.payload.end;)
      add_size(input_.varint(position, field.payload.end), field.at, shape);
  }

  void add_size(std::uint64_t size, std::uint64_t at, Shape& shape) const {
    constexpr std::size_t most = 64;
    if (size > INT64_MAX || shape.size() == most)
      input_.fail(rules::kOnnxShape, at, fmt::format("more than {} sizes, or one that is negative", most));
    shape.push_back(size);
  }

  Checked check(WireRange message) {
    Checked checked{read_onnx_tensor(input_, message, reading_.problems), whole_file_};
    const OnnxTensor& tensor = checked.tensor;
    data_bytes_ += tensor.data_bytes;
    switch (tensor.place) {
      case OnnxTensor::Place::nowhere:
        break;
      case OnnxTensor::Place::raw:
        checked.first_byte = tensor.data.begin;
        break;
      case OnnxTensor::Place::typed:
        checked.decoder = index_numbers(input_, message, *tensor.type,
                                        numbers_of(*tensor.type, tensor.elements), tensor.name);
        break;
      case OnnxTensor::Place::external:
        checked.stretch = external_.locate(tensor);
        checked.first_byte = tensor.external.offset_bytes;
        break;
    }
    if (tensor.type->is_packed() && !checked.decoder) checked.decoder = packed_values(*tensor.type);
    return checked;
  }

  /// Shapes, indices and lone numbers, which is what most Constant nodes hold, are no weights.
  static TensorInfo info(std::string name, const OnnxTensor& tensor, Kind kind) {
    TensorInfo info;
    info.name = std::move(name);
    info.shape = tensor.shape;
    info.dtype = *tensor.type->dtype;
    info.elements = tensor.elements;
    info.bytes = tensor.elements * dtype_info(info.dtype).bits / 8;
    const bool is_weight = kind == Kind::initializer || (is_floating(info.dtype) && !info.shape.empty());
    info.role = is_weight ? role_of(info.name, info.dtype) : Role::buffer;
    return info;
  }

  void place(TensorInfo info, Checked& checked) {
    const OnnxTensor& tensor = checked.tensor;
    if (tensor.place == OnnxTensor::Place::external && tensor.bytes > 0) {
      const auto [first, is_new] =
          first_.try_emplace(Sameness{checked.stretch, checked.first_byte, tensor.type, tensor.shape},
                             reading_.checkpoint.tensors.size());
      if (!is_new) return tie(std::move(info), first->second);
      external_.charge(tensor, info.bytes);
    }
    if (checked.decoder)
      builder_.add_decoded(std::move(info), checked.stretch, checked.first_byte, std::move(checked.decoder));
    else
      builder_.add(std::move(info), checked.stretch, checked.first_byte);
  }

  void tie(TensorInfo info, std::size_t first) {
    tied_[first].push_back(reading_.checkpoint.tensors.size());
    builder_.add_tied(std::move(info), first);
  }

  void list_tied() {
    const auto& tensors = reading_.checkpoint.tensors;
    for (const auto& [first, others] : tied_) {
      std::vector<std::string> names{tensors[first].name};
      for (const std::size_t other : others)
        names.push_back(tensors[other].name);
      reading_.checkpoint.tied.push_back(std::move(names));
    }
  }

  /// What makes two tensors in external files the same one.
  using Sameness = std::tuple<std::uint32_t, std::uint64_t, const OnnxType*, Shape>;

  FileReading& reading_;
  std::string path_;
  std::unique_ptr<Cursor> cursor_;
  ProtobufInput input_;
  ContentBuilder builder_;
  OnnxExternalFiles external_;
  OnnxNames names_;
  std::uint32_t whole_file_ = 0;
  std::map<Sameness, std::size_t> first_;
  std::map<std::size_t, std::vector<std::size_t>> tied_;  ///< other tensors, by the first
  std::uint64_t data_bytes_ = 0;
};

Match recognise(Bytes first_bytes, const Source&) {
  return begins_like_onnx(first_bytes) ? Match::yes : Match::no;
}

/// Each a model by itself; files of external data are found by what the model says.
std::vector<std::vector<std::string>> find(std::span<const std::string> names) {
  std::vector<std::vector<std::string>> found;
  for (const std::string& name : names)
    if (plain_name(name).ends_with(kEnding)) found.push_back({name});
  return found;
}

std::string checkpoint_name(std::string_view file_name) { return stem_of(file_name); }

Checkpoint open(const Candidate& candidate, const OpenOptions& options) {
  // A model is one file, whatever its name looks like.
  return open_files_of({candidate.folder, candidate.names}, options);
}

void read(FileReading& reading) { TensorAdder(reading).run(); }

}  // namespace

const FormatReader kOnnx{
    "onnx", "an ONNX model (protobuf that begins with ir_version)", recognise, find, checkpoint_name, open,
    read};

}  // namespace weightsieve::format
