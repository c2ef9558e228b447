#include "format/torch_checkpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "format/foreign_names.hpp"
#include "format/mask_pairs.hpp"
#include "format/masked_product.hpp"
#include "format/torch_elements.hpp"
#include "format/torch_globals.hpp"
#include "format/torch_names.hpp"
#include "format/torch_walk.hpp"
#include "format/unique_names.hpp"
#include "weightsieve/base/checked.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve::format {
namespace {

/// What makes two tensors the same one.
using Sameness = std::tuple<std::uint32_t, std::uint64_t, Dtype, Shape, std::vector<std::uint64_t>>;

/// A dimension of one element has no neighbours, so its stride says nothing.
std::vector<std::uint64_t> telling_strides(const TorchView& view) {
  std::vector<std::uint64_t> strides = view.strides;
  for (std::size_t i = 0; i < strides.size(); ++i)
    if (view.sizes[i] <= 1) strides[i] = 0;
  return strides;
}

/// Where a view's elements lie in their storage, in bytes.
struct Range {
  std::uint32_t storage;
  std::uint64_t begin;
  std::uint64_t end;
  bool contiguous;
};

class TensorAdder {
 public:
  TensorAdder(const TorchFile& file, FileReading& reading)
      : file_(file),
        reading_(reading),
        path_(reading.source->path()),
        tensors_(*file.pickle, path_),
        builder_(reading.checkpoint, reading.file),
        names_(reading.problems, path_, file.offset_bytes) {}

  void run() {
    note_foreign_names(*file_.pickle, path_, file_.offset_bytes, is_known_global, reading_.problems);
    const TorchWalkOptions options{path_, file_.offset_bytes, file_.pickle_bytes,
                                   reading_.options.include_optimizer};
    read_views(find_tensors(*file_.pickle, file_.root, options));
    add_all();
    note_overlaps();
    for (auto& [first, names] : tied_)
      reading_.checkpoint.tied.push_back(std::move(names));
    reading_.entry.content = builder_.finish();
    reading_.entry.content_bytes = reading_.entry.content->bytes();
    reading_.entry.content_name = torch_stem(reading_.entry.content_name) + ".safetensors";
  }

 private:
  /// A tensor, and what it is a view of, or why not.
  struct Described {
    FoundTensor found;
    std::optional<TorchView> view;
    Unreadable why;
  };

  void read_views(std::vector<FoundTensor> all) {
    for (FoundTensor& found : all) {
      names_.make_unique(found.name);
      Described tensor{std::move(found), std::nullopt, {}};
      tensor.view = tensors_.read(tensor.found.value, tensor.found.name, tensor.why);
      if (tensor.view) refuse_apart(tensor);
      described_.push_back(std::move(tensor));
    }
  }

  /// Elements that would have to be collected from where that takes too long.
  void refuse_apart(Described& tensor) {
    if (is_contiguous(*tensor.view)) return;
    const Stretch& stretch = stretch_of(tensor.view->storage);
    if (tensor.view->dtype == Dtype::F4)
      tensor.why = "its pairs of 4-bit numbers do not lie one after another";
    else if (stretch.deflated && stretch.bytes > kMaxGatheredInflated)
      tensor.why = "its storage is compressed, large, and its elements do not lie one after another";
    else
      return;
    tensor.view.reset();
  }

  void add_all() {
    std::vector<std::string_view> names;
    for (const Described& tensor : described_)
      names.push_back(tensor.found.name);
    each_with_mask(
        names, [&](std::size_t original, std::size_t mask) { return can_be_multiplied(original, mask); },
        [&](std::size_t i, std::optional<std::size_t> mask) {
          add(described_[i], mask ? &described_[*mask] : nullptr);
        });
  }

  bool can_be_multiplied(std::size_t original, std::size_t mask) const {
    const auto& weights = described_[original].view;
    const auto& factors = described_[mask].view;
    return weights && factors && weights->sizes == factors->sizes &&
           can_be_masked(weights->dtype, factors->dtype);
  }

  /// `mask`: with which the tensor is multiplied, if it is.
  void add(Described& tensor, const Described* mask) {
    if (!tensor.view) {
      reading_.checkpoint.skipped.push_back({tensor.found.name, tensor.why});
      return;
    }
    if (mask != nullptr) tensor.found.name = masked_name(tensor.found.name);
    place(info(tensor.found, *tensor.view), *tensor.view, mask == nullptr ? nullptr : &*mask->view,
          file_.pickle->at(tensor.found.value));
  }

  static TensorInfo info(const FoundTensor& found, const TorchView& view) {
    TensorInfo tensor = describe_tensor(found.name, view.dtype, view.sizes);
    tensor.role = found.role.value_or(tensor.role);
    tensor.trainable = view.trainable.value_or(true);
    return tensor;
  }

  void place(TensorInfo tensor, const TorchView& view, const TorchView* mask, std::uint64_t found_at) {
    const std::pair same(sameness(view), mask == nullptr ? std::nullopt : std::optional(sameness(*mask)));
    const auto [first, is_new] = first_.try_emplace(same, reading_.checkpoint.tensors.size());
    if (!is_new) return tie(std::move(tensor), first->second);
    std::vector<Elements> elements{elements_at(view, tensor, found_at)};
    if (mask == nullptr) return builder_.add(std::move(tensor), std::move(elements));
    std::vector<Elements> factors{elements_at(*mask, tensor, found_at)};
    builder_.add_masked(std::move(tensor), std::move(elements), mask->dtype, std::move(factors));
  }

  static Sameness sameness(const TorchView& view) {
    return {view.storage, view.offset, view.dtype, view.sizes, telling_strides(view)};
  }

  Elements elements_at(const TorchView& view, const TensorInfo& tensor, std::uint64_t found_at) {
    charge(tensor, view, found_at);
    ranges_.push_back(range_of(view, torch_element_bytes(view.dtype)));
    return elements_of(view, stretches_.at(view.storage).first, file_.big_endian);
  }

  void tie(TensorInfo tensor, std::size_t first) {
    auto& names = tied_[first];
    if (names.empty()) names.push_back(reading_.checkpoint.tensors[first].name);
    names.push_back(tensor.name);
    builder_.add_tied(std::move(tensor), first);
  }

  static Range range_of(const TorchView& view, std::uint64_t width) {
    std::uint64_t last = view.offset;
    bool empty = false;
    for (std::size_t i = 0; i < view.sizes.size(); ++i) {
      empty = empty || view.sizes[i] == 0;
      if (view.sizes[i] > 0) last += (view.sizes[i] - 1) * view.strides[i];
    }
    const std::uint64_t begin = view.offset * width;
    return {view.storage, begin, empty ? begin : (last + 1) * width, is_contiguous(view)};
  }

  const Stretch& stretch_of(std::uint32_t storage) {
    const auto known = stretches_.find(storage);
    if (known != stretches_.end()) return known->second.second;
    const TorchStorage& described = tensors_.storages()[storage];
    const Stretch stretch = file_.locate(described);
    storage_bytes_ += described.bytes;
    return stretches_.emplace(storage, std::pair(builder_.add_stretch(stretch), stretch))
        .first->second.second;
  }

  /// Views that repeat elements, or overlap each other, make more work than the file has bytes. Honest ones
  /// make a little more.
  void charge(const TensorInfo& tensor, const TorchView& view, std::uint64_t found_at) {
    constexpr std::uint64_t base_bytes = std::uint64_t{1} << 30;
    constexpr std::uint64_t most_times = 16;
    const Stretch& stretch = stretch_of(view.storage);
    const bool is_held = stretch.bytes <= kMaxGatheredInflated && !lies_in_order(view, file_.big_endian);
    const std::uint64_t before = is_held ? stretch.bytes : view.offset * torch_element_bytes(view.dtype);
    const std::uint64_t inflated = stretch.deflated ? before : 0;
    const auto sum = checked_add(work_bytes_, tensor.bytes);
    const auto all = sum ? checked_add(*sum, inflated) : std::nullopt;
    const auto most = checked_mul(storage_bytes_, most_times);
    if (!all || (*all > base_bytes && most && *all > *most))
      reject(rules::kTorchRepeat, path_, found_at,
             fmt::format("with this tensor, tensors of {} bytes are made of storages of {}",
                         all ? grouped(*all) : "more than 2^64", grouped(storage_bytes_)),
             tensor.name);
    work_bytes_ = *all;
  }

  /// Tensors that are not the same but share bytes.
  void note_overlaps() {
    std::ranges::sort(ranges_, {}, [](const Range& range) { return std::tuple(range.storage, range.begin); });
    std::uint64_t end = 0;
    for (std::size_t i = 0; i < ranges_.size(); ++i) {
      if (i > 0 && ranges_[i].storage != ranges_[i - 1].storage) end = 0;
      if (ranges_[i].begin < end && ranges_[i].begin < ranges_[i].end)
        reading_.problems.warn(rules::kTorchOverlap, path_, tensors_.storages()[ranges_[i].storage].at,
                               fmt::format("two tensors share bytes of storage {}; they count twice",
                                           tensors_.storages()[ranges_[i].storage].key));
      if (ranges_[i].contiguous) end = std::max(end, ranges_[i].end);
    }
  }

  const TorchFile& file_;
  FileReading& reading_;
  std::string path_;
  TorchTensors tensors_;
  ContentBuilder builder_;
  std::map<std::uint32_t, std::pair<std::uint32_t, Stretch>> stretches_;  ///< by storage
  std::vector<Described> described_;
  std::map<std::pair<Sameness, std::optional<Sameness>>, std::size_t> first_;
  std::map<std::size_t, std::vector<std::string>> tied_;  ///< names, by the first tensor
  std::vector<Range> ranges_;
  UniqueNames names_;
  std::uint64_t storage_bytes_ = 0;
  std::uint64_t work_bytes_ = 0;
};

}  // namespace

void read_torch(const TorchFile& file, FileReading& reading) { TensorAdder(file, reading).run(); }

}  // namespace weightsieve::format
