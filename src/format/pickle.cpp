#include "format/pickle.hpp"

namespace weightsieve::format {

std::int64_t Pickle::integer(PickleRef ref) const {
  const Node& node = nodes_[ref];
  return static_cast<std::int64_t>(std::uint64_t{node.b} << 32 | node.a);
}

std::string_view Pickle::text(PickleRef ref) const {
  const Node& node = nodes_[ref];
  return std::string_view(texts_[node.a]).substr(node.b, node.c);
}

std::optional<PickleRef> Pickle::state(PickleRef ref) const {
  const PickleRef state = calls_[nodes_[ref].c].state;
  return state == kNothing ? std::nullopt : std::optional(state);
}

std::uint64_t Pickle::at(PickleRef ref) const {
  const Node& node = nodes_[ref];
  if (node.kind == PickleKind::call) return calls_[node.c].at;
  if (node.kind == PickleKind::persistent) return std::uint64_t{node.b} << 32 | node.a;
  return 0;
}

std::vector<PickleRef> Pickle::elements(PickleRef ref) const {
  std::vector<PickleRef> all;
  each_element(ref, [&](PickleRef element) {
    all.push_back(element);
    return all.size() < kMostAtOnce;
  });
  return all;
}

}  // namespace weightsieve::format
