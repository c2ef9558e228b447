// NumPy's files: one array (.npy), or a ZIP archive of them (.npz), stored or deflated.
#include <fmt/format.h>

#include <algorithm>

#include "format/content.hpp"
#include "format/format_reader.hpp"
#include "format/known_formats.hpp"
#include "format/npy_header.hpp"
#include "format/shard_files.hpp"
#include "format/zip_archive.hpp"
#include "format/zip_kind.hpp"
#include "weightsieve/base/checked.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve::format {
namespace {

constexpr std::string_view kNpy = ".npy";
constexpr std::string_view kNpz = ".npz";

/// Where an array stands: bytes of a stretch, and where messages place those.
struct ArrayPlace {
  std::shared_ptr<const Source> source;
  std::uint64_t begin;         ///< in the source
  std::uint64_t bytes;         ///< header and elements
  std::uint64_t offset_bytes;  ///< in the file
  bool is_stored = true;
};

std::string without(std::string_view name, std::string_view ending) {
  if (name.ends_with(ending)) name.remove_suffix(ending.size());
  return std::string(name);
}

bool is_one_row(const Shape& shape) {
  return std::ranges::count_if(shape, [](auto n) { return n != 1; }) <= 1;
}

/// Whether elements lie in another order than that of rows.
bool is_turned(const NpyHeader& header) { return header.fortran_order && !is_one_row(header.shape); }

/// Nothing for elements that lie as safetensors wants them.
std::optional<ElementLayout> layout_of(const NpyHeader& header, const NpyDtype& type, std::uint32_t stretch) {
  const bool turned = is_turned(header);
  if (!turned && type.swapped_bytes == 1) return std::nullopt;
  ElementLayout layout;
  layout.element_bytes = dtype_info(type.dtype).bits / 8;
  layout.swapped_bytes = type.swapped_bytes;
  layout.sizes = header.shape;
  ElementLayout::Box& box = layout.boxes.emplace_back(
      ElementLayout::Box{stretch, header.header_bytes, {header.shape.size(), {0, 0}}});
  std::uint64_t stride = 1;
  for (std::size_t k = 0; k < header.shape.size(); ++k) {
    const std::size_t i = turned ? k : header.shape.size() - 1 - k;
    box.dimensions[i] = {header.shape[i], stride};
    stride *= header.shape[i];
  }
  return layout;
}

class ArrayAdder {
 public:
  explicit ArrayAdder(FileReading& reading)
      : reading_(reading), path_(reading.source->path()), builder_(reading.checkpoint, reading.file) {}

  /// `skips`: elements of other kinds are listed, not refused.
  void add(const std::string& name, const ArrayPlace& place, const Stretch& stretch, bool skips) {
    const NpyHeader header = header_of(name, place);
    reading_.checkpoint.header_bytes += header.header_bytes;
    const auto type = npy_dtype(header.descr);
    if (!type) {
      const std::string why = fmt::format("its elements are {}, which are not read", in_quotes(header.descr));
      if (!skips) reject(rules::kNpyDtype, path_, place.offset_bytes, why, name);
      reading_.checkpoint.skipped.push_back({name, why});
      if (header.descr.find('O') != std::string::npos)
        reading_.problems.observe(
            rules::kObjectArray, path_, place.offset_bytes,
            fmt::format("{} holds a pickle, which numpy.load(…, allow_pickle=True) runs", in_quotes(name)));
      return;
    }
    const TensorInfo tensor = info(name, header, *type, place);
    check_bytes(tensor, header, place);
    if (is_turned(header) && stretch.deflated && stretch.bytes > kMaxGatheredInflated) {
      reading_.checkpoint.skipped.push_back(
          {name, "its member is compressed, large, and its elements stand in Fortran order"});
      return;
    }
    const std::uint32_t number = builder_.add_stretch(stretch);
    builder_.add(tensor, {{tensor.bytes, number, header.header_bytes, layout_of(header, *type, number)}});
  }

  void finish(std::string_view ending) {
    reading_.entry.content = builder_.finish();
    reading_.entry.content_bytes = reading_.entry.content->bytes();
    reading_.entry.content_name = without(reading_.entry.content_name, ending) + ".safetensors";
  }

 private:
  NpyHeader header_of(const std::string& name, const ArrayPlace& place) const {
    const auto cursor = place.source->cursor();
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(place.bytes, kMaxNpyHeaderBytes));
    try {
      return parse_npy_header(cursor->view(place.begin, length));
    } catch (const NpyFault& fault) {
      reject(fault.rule, path_, place.offset_bytes + (place.is_stored ? fault.at : 0), fault.message, name);
    }
  }

  TensorInfo info(const std::string& name, const NpyHeader& header, const NpyDtype& type,
                  const ArrayPlace& place) const {
    TensorInfo tensor;
    tensor.name = name;
    tensor.shape = header.shape;
    tensor.dtype = type.dtype;
    tensor.role = role_of(name, type.dtype);
    const auto elements = element_count(header.shape);
    const auto bits = elements ? checked_mul(*elements, dtype_info(type.dtype).bits) : std::nullopt;
    if (!bits)
      reject(rules::kNpyShape, path_, place.offset_bytes,
             fmt::format("{} is more than 2^64 bits", to_string(header.shape)), name);
    tensor.elements = *elements;
    tensor.bytes = *bits / 8;
    return tensor;
  }

  void check_bytes(const TensorInfo& tensor, const NpyHeader& header, const ArrayPlace& place) const {
    const std::uint64_t present = place.bytes - header.header_bytes;
    const std::uint64_t at = place.offset_bytes + (place.is_stored ? header.header_bytes : 0);
    if (tensor.bytes > present)
      reject(rules::kNpyTruncated, path_, at,
             fmt::format("the elements are cut short: {} bytes are there; {} need {}", present,
                         to_string(tensor.shape), tensor.bytes),
             tensor.name);
    if (tensor.bytes < present)
      reading_.problems.warn(rules::kNpyTrailing, path_, at,
                             fmt::format("{} trailing bytes follow the elements of {}",
                                         grouped(present - tensor.bytes), in_quotes(tensor.name)));
  }

  FileReading& reading_;
  std::string path_;
  ContentBuilder builder_;
};

Match recognise_npy(Bytes first_bytes, const Source&) {
  return begins_with(first_bytes, kNpyMagic) ? Match::yes : Match::no;
}

Match recognise_npz(Bytes first_bytes, const Source& source) {
  return zip_kind(first_bytes, source) == ZipKind::arrays ? Match::yes : Match::no;
}

std::vector<std::vector<std::string>> find_npy(std::span<const std::string> names) {
  return find_sets(names, [](std::string_view name) { return name.ends_with(kNpy); });
}

std::vector<std::vector<std::string>> find_npz(std::span<const std::string> names) {
  return find_sets(names, [](std::string_view name) { return name.ends_with(kNpz); });
}

std::string npy_stem(std::string_view file_name) { return without(file_name, kNpy); }
std::string npz_stem(std::string_view file_name) { return without(file_name, kNpz); }

void read_npy(FileReading& reading) {
  ArrayAdder arrays(reading);
  const std::uint64_t bytes = reading.source->size();
  arrays.add(npy_stem(reading.entry.content_name), {reading.source, 0, bytes, 0}, {0, bytes}, false);
  arrays.finish(kNpy);
}

void read_npz(FileReading& reading) {
  const ZipArchive archive = read_zip(*reading.source, reading.problems);
  reading.checkpoint.header_bytes += archive.directory_bytes;
  ArrayAdder arrays(reading);
  for (const ZipMember& member : archive.members) {
    if (!member.name.ends_with(kNpy)) {
      reading.problems.warn(rules::kNpzStray, reading.source->path(), member.header_bytes_at,
                            fmt::format("{} is no array by its name", in_quotes(member.name)));
      continue;
    }
    const MemberContent content = open_member(reading.source, member);
    Stretch stretch{member.offset_bytes, member.bytes};
    if (member.deflated)
      stretch = {0, member.bytes,
                 DeflatedRange{member.offset_bytes, member.stored_bytes, member.bytes, member.crc}};
    arrays.add(npy_stem(member.name),
               {content.source, content.begin, member.bytes, member.offset_bytes, !member.deflated}, stretch,
               true);
  }
  arrays.finish(kNpz);
}

}  // namespace

const FormatReader kNpyArray{
    "npy", "a NumPy array (\\x93NUMPY)", recognise_npy, find_npy, npy_stem, open_files_of, read_npy};

const FormatReader kNpzArchive{
    "npz", "an archive of NumPy arrays (ZIP)", recognise_npz, find_npz, npz_stem, open_files_of, read_npz};

}  // namespace weightsieve::format
