#include "format/pickle_builder.hpp"

#include <algorithm>

namespace weightsieve::format {
namespace {

constexpr std::size_t kTextPieceBytes = std::size_t{64} << 10;

}  // namespace

Pickle::Pickle() = default;

PickleBuilder::PickleBuilder() {
  using Node = Pickle::Node;
  pickle_.nodes_ = {Node{PickleKind::none}, Node{PickleKind::boolean, 0, 0}, Node{PickleKind::boolean, 1, 0},
                    Node{PickleKind::tuple}};
}

PickleRef PickleBuilder::integer(std::int64_t value) {
  if (value < 0 || value >= static_cast<std::int64_t>(small_integers_.size())) return new_integer(value);
  PickleRef& known = small_integers_[static_cast<std::size_t>(value)];
  if (known == kNone) known = new_integer(value);
  return known;
}

PickleRef PickleBuilder::new_integer(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  return add({PickleKind::integer, static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(bits >> 32)});
}

PickleRef PickleBuilder::global(std::string_view module, std::string_view name) {
  return joined(PickleKind::global, module, name);
}

PickleRef PickleBuilder::value(PickleKind kind) { return add({kind}); }

PickleRef PickleBuilder::tuple(std::span<const PickleRef> elements) {
  if (elements.empty()) return kEmptyTuple;
  Pickle::Node node{PickleKind::tuple};
  for (const PickleRef element : elements) {
    const std::uint32_t fresh = link(element);
    chain(node.a, node.b, fresh, fresh);
  }
  return add(node);
}

PickleRef PickleBuilder::call(PickleRef callee, PickleRef arguments, std::uint64_t at) {
  pickle_.calls_.push_back({callee, arguments, Pickle::kNothing, Pickle::kNothing, Pickle::kNothing, at});
  memory_bytes_ += sizeof(Pickle::Call);
  return add({PickleKind::call, Pickle::kNothing, Pickle::kNothing,
              static_cast<std::uint32_t>(pickle_.calls_.size() - 1)});
}

PickleRef PickleBuilder::persistent(PickleRef id, std::uint64_t at) {
  return add(
      {PickleKind::persistent, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at >> 32), id});
}

bool PickleBuilder::append(PickleRef to, PickleRef element) {
  Pickle::Node& node = pickle_.nodes_[to];
  const bool is_call = node.kind == PickleKind::call;
  if (!is_call && node.kind != PickleKind::list && node.kind != PickleKind::set) return false;
  const std::uint32_t fresh = link(element);
  Pickle::Call* const call = is_call ? &pickle_.calls_[node.c] : nullptr;
  chain(is_call ? call->first_element : node.a, is_call ? call->last_element : node.b, fresh, fresh);
  return true;
}

bool PickleBuilder::set_item(PickleRef to, PickleRef key, PickleRef value) {
  Pickle::Node& node = pickle_.nodes_[to];
  if (node.kind != PickleKind::call && node.kind != PickleKind::dict) return false;
  const std::uint32_t begin = link(key);
  const std::uint32_t end = link(value);
  pickle_.links_[begin].next = end;
  chain(node.a, node.b, begin, end);
  return true;
}

bool PickleBuilder::set_state(PickleRef of, PickleRef state) {
  Pickle::Node& node = pickle_.nodes_[of];
  if (node.kind != PickleKind::call) return false;
  pickle_.calls_[node.c].state = state;
  return true;
}

PickleRef PickleBuilder::add(const Pickle::Node& node) {
  pickle_.nodes_.push_back(node);
  memory_bytes_ += sizeof(Pickle::Node);
  return static_cast<PickleRef>(pickle_.nodes_.size() - 1);
}

PickleRef PickleBuilder::joined(PickleKind kind, std::string_view first, std::string_view second) {
  const std::size_t length = first.size() + (kind == PickleKind::global ? 1 : 0) + second.size();
  std::vector<std::string>& pieces = pickle_.texts_;
  if (pieces.empty() || pieces.back().capacity() - pieces.back().size() < length) {
    pieces.emplace_back();
    pieces.back().reserve(std::max(kTextPieceBytes, length));
  }
  std::string& piece = pieces.back();
  const auto begin = static_cast<std::uint32_t>(piece.size());
  piece += first;
  if (kind == PickleKind::global) piece += ' ';
  piece += second;
  memory_bytes_ += length;
  return add(
      {kind, static_cast<std::uint32_t>(pieces.size() - 1), begin, static_cast<std::uint32_t>(length)});
}

std::uint32_t PickleBuilder::link(PickleRef value) {
  pickle_.links_.push_back({value, Pickle::kNothing});
  memory_bytes_ += sizeof(Pickle::Link);
  return static_cast<std::uint32_t>(pickle_.links_.size() - 1);
}

void PickleBuilder::chain(std::uint32_t& first, std::uint32_t& last, std::uint32_t begin, std::uint32_t end) {
  if (first == Pickle::kNothing) {
    first = begin;
  } else {
    pickle_.links_[last].next = begin;
  }
  last = end;
}

}  // namespace weightsieve::format
