#include "format/content.hpp"

#include <cassert>
#include <set>

#include "weightsieve/base/json_writer.hpp"

namespace weightsieve::format {
namespace {

constexpr std::size_t kAlignment = 8;
constexpr std::string_view kMetadataKey = "__metadata__";
constexpr std::string_view kFormatKey = "format";

std::string length_of(const std::string& text) {
  const std::uint64_t length = text.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes;
}

}  // namespace

std::uint32_t ContentBuilder::add_stretch(const Stretch& stretch) {
  content_.stretches.push_back(stretch);
  return static_cast<std::uint32_t>(content_.stretches.size() - 1);
}

std::uint32_t ContentBuilder::add_file(PooledFile file) {
  content_.others.push_back(std::move(file));
  return static_cast<std::uint32_t>(content_.others.size());
}

void ContentBuilder::add(TensorInfo tensor, std::uint32_t stretch, std::uint64_t first_byte) {
  const Elements elements{tensor.bytes, stretch, first_byte};
  add(std::move(tensor), std::vector{elements});
}

void ContentBuilder::add(TensorInfo tensor, std::vector<Elements> elements) {
  place(tensor);
  for (Elements& some : elements) {
    if (some.bytes == 0) continue;
    content_.parts.push_back(part_of(std::move(some), end_, tensor.blocks));
    end_ += content_.parts.back().bytes;
  }
  assert(end_ == tensor.offset_bytes + tensor.bytes);
  checkpoint_->tensors.push_back(std::move(tensor));
}

void ContentBuilder::add_masked(TensorInfo tensor, std::vector<Elements> weights, Dtype mask_dtype,
                                std::vector<Elements> mask) {
  place(tensor);
  checkpoint_->masked.push_back(tensor.name);
  if (tensor.bytes > 0) {
    ContentPart part{end_, tensor.bytes, 0, 0, Content::kInPlace};
    part.masked = static_cast<std::uint32_t>(content_.masked.size());
    content_.parts.push_back(part);
    const std::uint64_t weights_at = add_operand(std::move(weights));
    content_.masked.push_back({weights_at, add_operand(std::move(mask)), tensor.dtype, mask_dtype});
    end_ += tensor.bytes;
  }
  checkpoint_->tensors.push_back(std::move(tensor));
}

void ContentBuilder::place(TensorInfo& tensor) const {
  tensor.file = file_;
  tensor.offset_bytes = end_;
  // A safetensors file keeps that name for something else.
  if (tensor.name == kMetadataKey) tensor.name += '_';
}

std::uint64_t ContentBuilder::add_operand(std::vector<Elements> elements) {
  const std::uint64_t begin = operands_end_;
  for (Elements& some : elements) {
    operands_.push_back(part_of(std::move(some), operands_end_, BlockType::none));
    operands_end_ += operands_.back().bytes;
  }
  return begin;
}

ContentPart ContentBuilder::part_of(Elements elements, std::uint64_t at, BlockType blocks) {
  ContentPart part{at, elements.bytes, elements.first_byte, elements.stretch, Content::kInPlace, blocks};
  if (elements.layout) {
    part.layout = static_cast<std::uint32_t>(content_.layouts.size());
    content_.layouts.push_back(std::move(*elements.layout));
  }
  return part;
}

void ContentBuilder::add_decoded(TensorInfo tensor, std::uint32_t stretch, std::uint64_t first_byte,
                                 std::shared_ptr<const ElementDecoder> decoder) {
  const bool has_part = tensor.bytes > 0;
  add(std::move(tensor), stretch, first_byte);
  if (!has_part) return;
  content_.parts.back().decoder = static_cast<std::uint32_t>(content_.decoders.size());
  content_.decoders.push_back(std::move(decoder));
}

void ContentBuilder::add_tied(TensorInfo tensor, std::size_t first) {
  tensor.file = file_;
  tensor.offset_bytes = checkpoint_->tensors[first].offset_bytes;
  tied_.emplace_back(checkpoint_->tensors.size(), first);
  checkpoint_->tensors.push_back(std::move(tensor));
}

std::shared_ptr<const Content> ContentBuilder::finish() {
  write_header();
  place_operands();
  const std::uint64_t begin = content_.header.size();
  for (ContentPart& part : content_.parts)
    part.offset_bytes += begin;
  for (std::size_t i = first_tensor_; i < checkpoint_->tensors.size(); ++i)
    checkpoint_->tensors[i].offset_bytes += begin;
  return std::make_shared<const Content>(std::move(content_));
}

/// Behind everything that the content's readers see.
void ContentBuilder::place_operands() {
  for (ContentPart& operand : operands_)
    operand.offset_bytes += end_;
  for (MaskedElements& masked : content_.masked) {
    masked.weights_at += content_.header.size() + end_;
    masked.mask_at += content_.header.size() + end_;
  }
  content_.parts.insert(content_.parts.end(), operands_.begin(), operands_.end());
  content_.operand_bytes = operands_end_;
}

// As the safetensors library writes models: a tied tensor under its first name, its others in the metadata.
void ContentBuilder::write_entries(const TextSink& sink) const {
  JsonWriter json(sink);
  json.begin_object(JsonWriter::Layout::row);
  json.key(kMetadataKey).begin_object(JsonWriter::Layout::row).member(kFormatKey, "pt");
  std::set<std::size_t> repeats;
  for (const auto& [tensor, first] : tied_) {
    repeats.insert(tensor);
    const std::string& name = checkpoint_->tensors[tensor].name;
    if (name != kFormatKey) json.member(name, checkpoint_->tensors[first].name);
  }
  json.end_object();
  for (std::size_t i = first_tensor_; i < checkpoint_->tensors.size(); ++i) {
    if (repeats.contains(i)) continue;
    const TensorInfo& tensor = checkpoint_->tensors[i];
    json.key(tensor.name).begin_object(JsonWriter::Layout::row);
    json.member("dtype", dtype_info(tensor.dtype).name).key("shape").begin_array(JsonWriter::Layout::row);
    for (const std::uint64_t size : tensor.shape)
      json.value(size);
    json.end_array().key("data_offsets").begin_array(JsonWriter::Layout::row);
    json.value(tensor.offset_bytes).value(tensor.offset_bytes + tensor.bytes).end_array().end_object();
  }
  json.end_object().finish();
}

// Measured first: a header that grows is there twice, and it can have most of a checkpoint's memory.
void ContentBuilder::write_header() {
  std::string& header = content_.header;
  std::size_t bytes = 0;
  write_entries([&](std::string_view text) { bytes += text.size(); });
  header.reserve(sizeof(std::uint64_t) + bytes + kAlignment);
  write_entries([&](std::string_view text) { header += text; });
  while (header.ends_with('\n'))
    header.pop_back();
  header.resize((header.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
  header.insert(0, length_of(header));
}

}  // namespace weightsieve::format
