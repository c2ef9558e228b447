// What a pickle says, as data: Python's stack machine run without Python.
//
// Nothing is ever imported, called or resolved. A name stays a name (`global`), a call stays a record of what
// would be called with what (`call`), and whoever reads decides which of them have a meaning. Values live in
// one arena that is freed at once, so that no nesting can exhaust the stack.
// After Lib/pickletools.py of CPython 3.12, protocols 2 to 5. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weightsieve/io/source.hpp"

namespace weightsieve::format {

inline constexpr std::uint64_t kMaxPickleBytes = std::uint64_t{64} << 20;
inline constexpr std::uint64_t kMaxPickleOpcodes = 10'000'000;

enum class PickleKind : std::uint8_t {
  none,
  boolean,
  integer,  ///< fits 64 bits
  real,
  text,
  bytes,   ///< whose content is not kept
  number,  ///< an integer of more than 64 bits, which is not kept
  tuple,
  list,
  dict,
  set,
  global,
  call,
  persistent  ///< something outside the pickle, by an id
};

/// A value of a pickle, for as long as that is there.
using PickleRef = std::uint32_t;

class Pickle {
 public:
  Pickle();

  PickleKind kind(PickleRef ref) const { return nodes_[ref].kind; }
  bool is(PickleRef ref, PickleKind kind) const { return nodes_[ref].kind == kind; }

  /// Of an integer or boolean.
  std::int64_t integer(PickleRef ref) const;
  /// Of text; of a global "module name", with the one blank.
  std::string_view text(PickleRef ref) const;

  /// Of a call: what is called, with which arguments (a tuple), and what state the result is given.
  PickleRef callee(PickleRef ref) const { return calls_[nodes_[ref].c].callee; }
  PickleRef arguments(PickleRef ref) const { return calls_[nodes_[ref].c].arguments; }
  std::optional<PickleRef> state(PickleRef ref) const;
  /// The id of something persistent.
  PickleRef id(PickleRef ref) const { return nodes_[ref].c; }
  /// Offset in the file where a call or something persistent was made; 0 of others.
  std::uint64_t at(PickleRef ref) const;

  /// Calls visit(element) for each element of a tuple, list or set, and for each that a call's result was
  /// given one by one. Ends when visit() says false.
  template <class Visit>
  void each_element(PickleRef ref, const Visit& visit) const;
  /// Calls visit(key, value) for each pair of a dict, or that a call's result was given. A key may repeat.
  template <class Visit>
  void each_pair(PickleRef ref, const Visit& visit) const;
  /// The first elements, at most kMostAtOnce; of what has none, none.
  std::vector<PickleRef> elements(PickleRef ref) const;
  static constexpr std::size_t kMostAtOnce = 16;  ///< more than any call takes that has a meaning
  /// Calls visit(text) for each global that is named anywhere, used or not.
  template <class Visit>
  void each_global(const Visit& visit) const;
  /// Calls visit(ref) for each value outside the pickle that is named anywhere.
  template <class Visit>
  void each_persistent(const Visit& visit) const;

 private:
  friend class PickleBuilder;

  static constexpr std::uint32_t kNothing = UINT32_MAX;

  struct Node {
    PickleKind kind;
    std::uint32_t a = kNothing;  ///< first link; low half of a number or place; piece of a text
    std::uint32_t b = kNothing;  ///< last link; high half; begin in the piece
    std::uint32_t c = kNothing;  ///< index of a call; id; length
  };
  struct Link {
    PickleRef value;
    std::uint32_t next;
  };
  struct Call {
    PickleRef callee;
    PickleRef arguments;
    PickleRef state;
    std::uint32_t first_element;
    std::uint32_t last_element;
    std::uint64_t at;
  };

  std::deque<Node> nodes_;
  std::deque<Link> links_;
  std::deque<Call> calls_;
  std::vector<std::string> texts_;  ///< pieces that never move
};

/// Where a pickle stands: it begins at `begin` of `source` and ends, with its STOP, at `end` or before. For
/// messages: that is at `offset_bytes` of the file, byte for byte when `is_stored`.
struct PickleText {
  const Source* source;
  std::uint64_t begin;
  std::uint64_t end;
  std::uint64_t offset_bytes;
  bool is_stored = true;
  std::uint64_t most_bytes = kMaxPickleBytes;
  std::uint64_t most_opcodes = kMaxPickleOpcodes;
};

struct PickleResult {
  Pickle pickle;
  PickleRef root;
  std::uint64_t end;  ///< in the source, behind STOP
};

/// Throws by the PICKLE rules. Linear in the pickle; memory: 32 MiB and 8 times its bytes at most.
PickleResult read_pickle(const PickleText& text);

template <class Visit>
void Pickle::each_element(PickleRef ref, const Visit& visit) const {
  const Node& node = nodes_[ref];
  const bool is_sequence =
      node.kind == PickleKind::tuple || node.kind == PickleKind::list || node.kind == PickleKind::set;
  std::uint32_t link = kNothing;
  if (is_sequence) link = node.a;
  if (node.kind == PickleKind::call) link = calls_[node.c].first_element;
  for (; link != kNothing; link = links_[link].next)
    if (!visit(links_[link].value)) return;
}

template <class Visit>
void Pickle::each_global(const Visit& visit) const {
  for (PickleRef ref = 0; ref < nodes_.size(); ++ref)
    if (is(ref, PickleKind::global)) visit(text(ref));
}

template <class Visit>
void Pickle::each_persistent(const Visit& visit) const {
  for (PickleRef ref = 0; ref < nodes_.size(); ++ref)
    if (is(ref, PickleKind::persistent)) visit(ref);
}

template <class Visit>
void Pickle::each_pair(PickleRef ref, const Visit& visit) const {
  const Node& node = nodes_[ref];
  if (node.kind != PickleKind::dict && node.kind != PickleKind::call) return;
  for (std::uint32_t link = node.a; link != kNothing;) {
    const std::uint32_t value = links_[link].next;
    if (!visit(links_[link].value, links_[value].value)) return;
    link = links_[value].next;
  }
}

}  // namespace weightsieve::format
