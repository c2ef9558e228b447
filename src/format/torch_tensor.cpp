#include "format/torch_tensor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "format/problem_log.hpp"
#include "format/torch_globals.hpp"
#include "weightsieve/base/checked.hpp"

namespace weightsieve::format {
namespace {

constexpr std::size_t kMaxRank = 64;
constexpr int kMaxWrapping = 8;
constexpr std::size_t kMaxKeyBytes = 20;

bool is_storage_key(std::string_view key) {
  return !key.empty() && key.size() <= kMaxKeyBytes &&
         key.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::optional<TorchView> TorchTensors::read(PickleRef call, std::string_view name, Unreadable& why) {
  name_ = name;
  at_ = pickle_.at(call);
  why_ = &why;
  if (!pickle_.is(call, PickleKind::call)) {
    why = "it is a storage, without a tensor";
    return std::nullopt;
  }
  why = "it is what a call of an unknown function would make, which is not made";
  if (!pickle_.is(pickle_.callee(call), PickleKind::global)) return std::nullopt;
  auto view = read_call(pickle_.text(pickle_.callee(call)), pickle_.elements(pickle_.arguments(call)), 0);
  if (view) check_view(*view);
  return view;
}

std::optional<TorchView> TorchTensors::read_call(std::string_view callee,
                                                 const std::vector<PickleRef>& arguments, int depth) {
  const std::size_t n = arguments.size();
  switch (tensor_maker(callee)) {
    case TensorMaker::tensor:
      require_arguments(n == 4, callee, n);
      return read_plain(arguments, {});
    case TensorMaker::tensor_v2:
      require_arguments(n == 6 || n == 7, callee, n);
      return read_plain(arguments, {});
    case TensorMaker::tensor_v3: {
      require_arguments(n == 7 || n == 8, callee, n);
      const bool is_name = pickle_.is(arguments[6], PickleKind::global);
      const auto dtype = is_name ? torch_dtype(pickle_.text(arguments[6])) : std::nullopt;
      if (!is_name) fail(rules::kTorchTensor, "the dtype is no name");
      if (!dtype)
        *why_ = fmt::format("its dtype {} is none that is read", dotted(pickle_.text(arguments[6])));
      return dtype ? read_plain(arguments, dtype) : std::nullopt;
    }
    case TensorMaker::parameter:
      require_arguments(n >= 1, callee, n);
      return read_parameter(arguments, depth);
    case TensorMaker::from_type:
      require_arguments(n == 3 || n == 4, callee, n);
      return read_from_type(arguments, depth);
    case TensorMaker::unsupported:
      *why_ = fmt::format("{} makes a kind of tensor that is not read", dotted(callee));
      return std::nullopt;
    case TensorMaker::none:
      *why_ = fmt::format("it is what {} would make, which is not called", dotted(callee));
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<TorchView> TorchTensors::read_plain(const std::vector<PickleRef>& arguments,
                                                  std::optional<Dtype> dtype) {
  std::uint64_t first = 0;
  const TorchStorage storage = describe(arguments[0], first);
  const auto stored = torch_storage_class(storage.class_name);
  if (!stored) {
    *why_ = fmt::format("its storage is a {}, whose elements are not read", dotted(storage.class_name));
    return std::nullopt;
  }
  TorchView view;
  view.storage = add(storage);
  const auto offset = checked_add(first, count(arguments[1], "the offset"));
  if (!offset) fail(rules::kTorchView, "the offset is more than 2^64");
  view.offset = *offset;
  view.sizes = counts(arguments[2], "the size");
  view.strides = counts(arguments[3], "the stride");
  if (view.sizes.size() != view.strides.size())
    fail(rules::kTorchTensor, fmt::format("{} sizes and {} strides", view.sizes.size(), view.strides.size()));
  if (!dtype && !stored->dtype) fail(rules::kTorchTensor, "an untyped storage, and no dtype");
  view.dtype = dtype ? *dtype : *stored->dtype;
  return view;
}

std::optional<TorchView> TorchTensors::read_parameter(const std::vector<PickleRef>& arguments, int depth) {
  if (!pickle_.is(arguments[0], PickleKind::call)) fail(rules::kTorchTensor, "a parameter of no tensor");
  if (depth == kMaxWrapping) fail(rules::kTorchTensor, "parameters of parameters without an end");
  const PickleRef inner = arguments[0];
  if (!pickle_.is(pickle_.callee(inner), PickleKind::global)) return std::nullopt;
  auto view =
      read_call(pickle_.text(pickle_.callee(inner)), pickle_.elements(pickle_.arguments(inner)), depth + 1);
  if (view && arguments.size() > 1 && pickle_.is(arguments[1], PickleKind::boolean))
    view->trainable = pickle_.integer(arguments[1]) != 0;
  return view;
}

std::optional<TorchView> TorchTensors::read_from_type(const std::vector<PickleRef>& arguments, int depth) {
  const bool fits =
      pickle_.is(arguments[0], PickleKind::global) && pickle_.is(arguments[2], PickleKind::tuple);
  if (!fits) fail(rules::kTorchTensor, "a tensor of a type is made from a function and its arguments");
  if (depth == kMaxWrapping) fail(rules::kTorchTensor, "tensors of tensors without an end");
  return read_call(pickle_.text(arguments[0]), pickle_.elements(arguments[2]), depth + 1);
}

void TorchTensors::add_all_storages() {
  pickle_.each_persistent([&](PickleRef ref) {
    at_ = pickle_.at(ref);
    name_ = {};
    const std::vector<PickleRef> id = pickle_.elements(pickle_.id(ref));
    // Legacy files keep the source text of modules so.
    const bool is_module =
        !id.empty() && pickle_.is(id[0], PickleKind::text) && pickle_.text(id[0]) == "module";
    std::uint64_t first = 0;
    if (!is_module) add(describe(ref, first));
  });
}

/// `first`: of its elements, the one with which the tensor's storage begins.
TorchStorage TorchTensors::describe(PickleRef ref, std::uint64_t& first) const {
  if (!pickle_.is(ref, PickleKind::persistent)) fail(rules::kTorchTensor, "the storage is none");
  const std::vector<PickleRef> id = pickle_.elements(pickle_.id(ref));
  const bool fits = pickle_.is(pickle_.id(ref), PickleKind::tuple) && (id.size() == 5 || id.size() == 6) &&
                    pickle_.is(id[0], PickleKind::text) && pickle_.text(id[0]) == "storage" &&
                    pickle_.is(id[1], PickleKind::global) && pickle_.is(id[2], PickleKind::text);
  if (!fits)
    fail(rules::kTorchStorage, "the persistent id is not (\"storage\", class, key, location, elements)");
  TorchStorage found;
  found.class_name = pickle_.text(id[1]);
  found.key = pickle_.text(id[2]);
  found.at = pickle_.at(ref);
  if (!is_storage_key(found.key))
    fail(rules::kTorchStorage, fmt::format("the key {} is no number", in_quotes(found.key)));
  found.elements = count(id[4], "the storage's size");
  const auto bytes = checked_mul(found.elements, torch_storage_width(found.class_name));
  if (!bytes) fail(rules::kTorchStorage, fmt::format("{} elements are more than 2^64 bytes", found.elements));
  found.bytes = *bytes;
  first = id.size() == 6 ? read_part(found, id[5]) : 0;
  return found;
}

/// The sixth item of legacy files: None, or (key, offset, size) for a part of the storage.
std::uint64_t TorchTensors::read_part(const TorchStorage& storage, PickleRef view) const {
  if (pickle_.is(view, PickleKind::none)) return 0;
  const std::vector<PickleRef> items = pickle_.elements(view);
  if (!pickle_.is(view, PickleKind::tuple) || items.size() != 3)
    fail(rules::kTorchStorage, "the part of a storage is not (key, offset, size)");
  const std::uint64_t first = count(items[1], "the part's offset");
  const std::uint64_t size = count(items[2], "the part's size");
  const auto end = checked_add(first, size);
  if (!end || *end > storage.elements)
    fail(rules::kTorchStorage,
         fmt::format("a part of {} elements from {} on, of a storage of {}", size, first, storage.elements));
  return first;
}

std::uint32_t TorchTensors::add(TorchStorage storage) {
  const auto [at, is_new] = by_key_.try_emplace(storage.key, static_cast<std::uint32_t>(storages_.size()));
  if (is_new) {
    storages_.push_back(storage);
    return at->second;
  }
  const TorchStorage& known = storages_[at->second];
  if (known.class_name != storage.class_name || known.elements != storage.elements)
    fail(rules::kTorchStorage,
         fmt::format("storage {} is {} {} here and {} {} before", storage.key, storage.elements,
                     dotted(storage.class_name), known.elements, dotted(known.class_name)));
  return at->second;
}

void TorchTensors::check_view(const TorchView& view) const {
  const std::uint64_t bits = dtype_info(view.dtype).bits;
  // Two numbers of 4 bits are one element of torch's.
  const std::uint64_t width = std::max<std::uint64_t>(bits, 8) / 8;
  const std::uint64_t room = storages_[view.storage].bytes / width;
  const auto elements = element_count(view.sizes);
  const auto all_bits = elements ? checked_mul(*elements, width * 8) : std::nullopt;
  if (!all_bits) fail(rules::kTorchView, fmt::format("{} is more than 2^64 bits", to_string(view.sizes)));
  std::optional<std::uint64_t> last = view.offset;
  for (std::size_t i = 0; i < view.sizes.size() && last && *elements > 0; ++i) {
    const auto reach = checked_mul(view.sizes[i] - 1, view.strides[i]);
    last = reach ? checked_add(*last, *reach) : std::nullopt;
  }
  const bool fits = last && (*elements > 0 ? *last < room : *last <= room);
  if (!fits)
    fail(rules::kTorchView,
         fmt::format("size {} and stride {} from {} on reach past the storage's {} elements",
                     to_string(view.sizes), to_string(view.strides), view.offset, room));
}

std::uint64_t TorchTensors::count(PickleRef ref, const char* what) const {
  if (!pickle_.is(ref, PickleKind::integer) || pickle_.integer(ref) < 0)
    fail(rules::kTorchTensor, fmt::format("{} is no integer from 0 to 2^63 - 1", what));
  return static_cast<std::uint64_t>(pickle_.integer(ref));
}

std::vector<std::uint64_t> TorchTensors::counts(PickleRef ref, const char* what) const {
  // torch.Size is a call with one tuple.
  if (pickle_.is(ref, PickleKind::call)) {
    const auto arguments = pickle_.elements(pickle_.arguments(ref));
    if (arguments.size() == 1) ref = arguments.front();
  }
  if (!pickle_.is(ref, PickleKind::tuple)) fail(rules::kTorchTensor, fmt::format("{} is no tuple", what));
  std::vector<std::uint64_t> all;
  pickle_.each_element(ref, [&](PickleRef element) {
    if (all.size() == kMaxRank) fail(rules::kTorchTensor, fmt::format("more than {} dimensions", kMaxRank));
    all.push_back(count(element, what));
    return true;
  });
  return all;
}

void TorchTensors::require_arguments(bool enough, std::string_view callee, std::size_t found) const {
  if (!enough) fail(rules::kTorchTensor, fmt::format("{} does not take {} arguments", dotted(callee), found));
}

void TorchTensors::fail(const Rule& rule, const std::string& message) const {
  reject(rule, file_, at_, message, name_);
}

bool is_contiguous(const TorchView& view) noexcept {
  std::uint64_t wanted = 1;
  for (std::size_t i = view.sizes.size(); i-- > 0;) {
    if (view.sizes[i] == 0) return true;
    if (view.sizes[i] != 1 && view.strides[i] != wanted) return false;
    wanted *= view.sizes[i];
  }
  return true;
}

}  // namespace weightsieve::format
