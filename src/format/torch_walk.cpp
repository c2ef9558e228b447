#include "format/torch_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "format/problem_log.hpp"
#include "format/torch_globals.hpp"
#include "format/torch_names.hpp"

namespace weightsieve::format {
namespace {

constexpr std::size_t kMaxDepth = 256;
constexpr std::uint64_t kMaxVisits = 10'000'000;
constexpr std::size_t kMaxRoots = 13;

constexpr std::array<std::string_view, 3> kModuleParts{"_parameters", "_buffers", "_modules"};

/// A value on the way down, and the name that leads to it.
class Walk {
 public:
  Walk(const Pickle& pickle, const TorchWalkOptions& options) : pickle_(pickle), options_(options) {}

  std::vector<FoundTensor> run(PickleRef root) {
    has_root_ = has_root(root);
    const PickleRef inner = skip_roots(root);
    has_root_ = has_root_ && inner == root;
    visit(inner, {});
    return std::move(found_);
  }

 private:
  /// Whether the outermost dict is one of training, with the model under a well-known name.
  bool has_root(PickleRef root) {
    bool found = false;
    pickle_.each_pair(root, [&](PickleRef key, PickleRef value) {
      found = is_root(key) && !is_tensor(value) && holds_tensors(value);
      return !found;
    });
    return found;
  }

  /// The value that holds all the tensors, as far as well-known names lead to it.
  PickleRef skip_roots(PickleRef root) {
    for (std::size_t depth = 0; depth < kMaxRoots; ++depth) {
      std::optional<PickleRef> only;
      std::size_t holders = 0;
      pickle_.each_pair(root, [&](PickleRef key, PickleRef value) {
        const bool left_out = !options_.include_optimizer && is_training_entry(key, value, depth == 0);
        if (left_out || !holds_tensors(value)) return true;
        ++holders;
        if (is_root(key) && !is_tensor(value)) only = value;
        return holders < 2;
      });
      if (holders != 1 || !only) return root;
      root = *only;
    }
    return root;
  }

  bool holds_tensors(PickleRef value) {
    const bool outer = std::exchange(stop_at_first_, true);
    std::vector<FoundTensor> before = std::exchange(found_, {});
    visit(value, {});
    const bool any = !found_.empty();
    found_ = std::move(before);
    stop_at_first_ = outer;
    return any;
  }

  bool is_root(PickleRef key) const {
    return pickle_.is(key, PickleKind::text) && is_root_name(pickle_.text(key));
  }

  bool is_tensor(PickleRef value) const { return maker(value) != TensorMaker::none; }

  TensorMaker maker(PickleRef value) const {
    if (!pickle_.is(value, PickleKind::call)) return TensorMaker::none;
    const PickleRef callee = pickle_.callee(value);
    return pickle_.is(callee, PickleKind::global) ? tensor_maker(pickle_.text(callee)) : TensorMaker::none;
  }

  /// Whether an entry is state of the training: an optimizer by its parts, or what is called so in the
  /// outermost dict.
  bool is_training_entry(PickleRef key, PickleRef value, bool outermost) const {
    if (is_optimizer(value)) return true;
    if (!outermost || !pickle_.is(key, PickleKind::text)) return false;
    const std::string_view name = pickle_.text(key);
    return (is_optimizer_name(name) && !is_tensor(value)) || (has_root_ && is_training_name(name));
  }

  bool is_optimizer(PickleRef value) const {
    return find_entry(value, "state") && find_entry(value, "param_groups");
  }

  /// Among the first entries: those of an optimizer are few.
  std::optional<PickleRef> find_entry(PickleRef dict, std::string_view name) const {
    constexpr int most = 8;
    std::optional<PickleRef> found;
    int seen = 0;
    pickle_.each_pair(dict, [&](PickleRef key, PickleRef value) {
      if (pickle_.is(key, PickleKind::text) && pickle_.text(key) == name) found = value;
      return !found && ++seen < most;
    });
    return found;
  }

  bool done() const { return stop_at_first_ && !found_.empty(); }

  void visit(PickleRef value, std::optional<Role> role) {
    if (done()) return;
    if (++visits_ > kMaxVisits)
      fail(rules::kPickleLimit, "more values within values than honest pickles have");
    const PickleKind kind = pickle_.kind(value);
    if (kind == PickleKind::persistent) return add(value, role);
    const bool is_container = kind == PickleKind::call || kind == PickleKind::dict ||
                              kind == PickleKind::list || kind == PickleKind::tuple;
    if (!is_container) return;
    if (std::ranges::find(path_, value) != path_.end()) return;  // it holds itself
    if (path_.size() == kMaxDepth)
      fail(rules::kPickleDepth, fmt::format("nested more than {} deep", kMaxDepth));
    path_.push_back(value);
    if (kind == PickleKind::call) {
      visit_call(value, role);
    } else {
      visit_contents(value, role);
    }
    path_.pop_back();
  }

  void visit_call(PickleRef call, std::optional<Role> role) {
    if (is_tensor(call)) return add(call, role);
    if (is_ordered_dict(call)) {
      visit_items(call, role);
    } else if (holds_tensors(pickle_.arguments(call))) {
      return add(call, role);
    }
    visit_contents(call, role);
    if (const auto state = pickle_.state(call)) visit_state(*state);
  }

  bool is_ordered_dict(PickleRef call) const {
    const PickleRef callee = pickle_.callee(call);
    return pickle_.is(callee, PickleKind::global) && pickle_.text(callee) == "collections OrderedDict";
  }

  /// Python 2 gives an ordered dict its items as one list of pairs.
  void visit_items(PickleRef call, std::optional<Role> role) {
    const auto arguments = pickle_.elements(pickle_.arguments(call));
    if (arguments.empty()) return;
    std::uint64_t position = 0;
    pickle_.each_element(arguments.front(), [&](PickleRef item) {
      const auto pair = pickle_.elements(item);
      if (pair.size() == 2) visit_entry(pair[0], pair[1], position, role);
      ++position;
      return !done();
    });
  }

  void visit_entry(PickleRef key, PickleRef value, std::uint64_t position, std::optional<Role> role) {
    visit_part(name_of(key, position), value, is_training_entry(key, value, path_.size() == 1), role);
  }

  /// What training keeps is none of the model's parameters.
  void visit_part(const std::string& name, PickleRef value, bool of_training, std::optional<Role> role) {
    if (of_training && !options_.include_optimizer) return;
    named(name, value, of_training ? Role::buffer : role);
  }

  void visit_contents(PickleRef value, std::optional<Role> role) {
    std::uint64_t position = 0;
    pickle_.each_element(value, [&](PickleRef element) {
      visit_part(fmt::to_string(position), element, is_optimizer(element), role);
      ++position;
      return !done();
    });
    position = 0;
    pickle_.each_pair(value, [&](PickleRef key, PickleRef item) {
      visit_entry(key, item, position, role);
      ++position;
      return !done();
    });
  }

  /// What BUILD gives an object: its attributes; a module keeps its tensors in three of them.
  void visit_state(PickleRef state) {
    check_attributes(state);
    const bool is_module = find_attribute(state, "_parameters") && find_attribute(state, "_modules");
    if (!is_module) return visit(state, {});
    for (const std::string_view part : kModuleParts) {
      const auto value = find_attribute(state, part);
      if (!value) continue;
      const bool buffers = part == "_buffers";
      visit(*value, buffers ? std::optional(Role::buffer) : std::nullopt);
    }
  }

  std::optional<PickleRef> find_attribute(PickleRef state, std::string_view name) {
    std::optional<PickleRef> found;
    pickle_.each_pair(state, [&](PickleRef key, PickleRef value) {
      if (pickle_.is(key, PickleKind::text) && pickle_.text(key) == name) found = value;
      return ++visits_ < kMaxVisits;
    });
    return found;
  }

  /// No state of honest data replaces how its object behaves.
  void check_attributes(PickleRef state) {
    for (const std::string_view name : {"__class__", "__dict__", "__setstate__"})
      if (find_attribute(state, name)) fail(rules::kPickleType, fmt::format("BUILD sets {}", name));
  }

  void named(std::string_view part, PickleRef value, std::optional<Role> role) {
    const std::size_t length = name_.size();
    if (!name_.empty()) name_ += '.';
    name_ += part;
    visit(value, role);
    name_.resize(length);
  }

  std::string name_of(PickleRef key, std::uint64_t position) const {
    switch (pickle_.kind(key)) {
      case PickleKind::text:
        return std::string(pickle_.text(key));
      case PickleKind::integer:
        return fmt::to_string(pickle_.integer(key));
      default:
        return fmt::format("#{}", position);
    }
  }

  void add(PickleRef value, std::optional<Role> role) {
    constexpr std::uint64_t base_bytes = std::uint64_t{32} << 20;
    name_bytes_ += name_.size();
    if (name_bytes_ > base_bytes + 2 * options_.pickle_bytes)
      fail(rules::kPickleLimit, fmt::format("the tensors' names have more than {} bytes", name_bytes_));
    found_.push_back({name_.empty() ? "tensor" : name_, value, role});
  }

  [[noreturn]] void fail(const Rule& rule, const std::string& message) const {
    reject(rule, options_.file, options_.offset_bytes, message);
  }

  const Pickle& pickle_;
  const TorchWalkOptions& options_;
  std::vector<FoundTensor> found_;
  std::vector<PickleRef> path_;  ///< values that are being visited
  std::string name_;
  std::uint64_t name_bytes_ = 0;
  std::uint64_t visits_ = 0;
  bool has_root_ = false;
  bool stop_at_first_ = false;
};

}  // namespace

std::vector<FoundTensor> find_tensors(const Pickle& pickle, PickleRef root, const TorchWalkOptions& options) {
  return Walk(pickle, options).run(root);
}

}  // namespace weightsieve::format
