#include <fmt/format.h>

#include <algorithm>

#include "format/pickle.hpp"
#include "format/pickle_builder.hpp"
#include "format/pickle_input.hpp"
#include "format/problem_log.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve::format {
namespace {

/// The opcodes that the writers of protocols 2 to 5 use, under their names in CPython.
enum Opcode : std::uint8_t {
  MARK = '(',
  STOP = '.',
  POP = '0',
  POP_MARK = '1',
  DUP = '2',
  BINBYTES = 'B',
  SHORT_BINBYTES = 'C',
  BINFLOAT = 'G',
  BININT = 'J',
  BININT1 = 'K',
  BININT2 = 'M',
  NONE = 'N',
  BINPERSID = 'Q',
  REDUCE = 'R',
  BINSTRING = 'T',
  SHORT_BINSTRING = 'U',
  BINUNICODE = 'X',
  EMPTY_LIST = ']',
  APPEND = 'a',
  BUILD = 'b',
  GLOBAL = 'c',
  APPENDS = 'e',
  BINGET = 'h',
  LONG_BINGET = 'j',
  BINPUT = 'q',
  LONG_BINPUT = 'r',
  SETITEM = 's',
  TUPLE = 't',
  EMPTY_TUPLE = ')',
  SETITEMS = 'u',
  EMPTY_DICT = '}',
  PROTO = 0x80,
  NEWOBJ = 0x81,
  TUPLE1 = 0x85,
  TUPLE2 = 0x86,
  TUPLE3 = 0x87,
  NEWTRUE = 0x88,
  NEWFALSE = 0x89,
  LONG1 = 0x8a,
  LONG4 = 0x8b,
  SHORT_BINUNICODE = 0x8c,
  BINUNICODE8 = 0x8d,
  BINBYTES8 = 0x8e,
  EMPTY_SET = 0x8f,
  ADDITEMS = 0x90,
  FROZENSET = 0x91,
  NEWOBJ_EX = 0x92,
  STACK_GLOBAL = 0x93,
  MEMOIZE = 0x94,
  FRAME = 0x95,
  BYTEARRAY8 = 0x96
};

class Machine {
 public:
  explicit Machine(const PickleText& text) : input_(text), most_opcodes_(text.most_opcodes) {}

  PickleResult run() {
    begin();
    while (step()) {
    }
    if (stack_.size() != 1 || !marks_.empty()) fail(rules::kPickleStack, "STOP leaves more than one value");
    if (input_.in_frame()) fail(rules::kPickleFrame, "STOP stands before the end of its frame");
    return {builder_.take(), stack_.front(), input_.position()};
  }

 private:
  void begin() {
    input_.mark();
    if (input_.byte() != PROTO)
      fail(rules::kPickleProtocol, "does not begin with PROTO, as protocols 2 to 5 do");
    const unsigned protocol = input_.byte();
    if (protocol < 2 || protocol > 5)
      fail(rules::kPickleProtocol, fmt::format("is of protocol {}; 2 to 5 are read", protocol));
  }

  /// False after STOP.
  bool step() {
    input_.mark();
    const std::uint8_t opcode = input_.byte();
    if (++opcodes_ > most_opcodes_)
      fail(rules::kPickleLimit, fmt::format("more than {} opcodes", most_opcodes_));
    if (opcode == STOP) return false;
    if (!push_constant(opcode) && !push_text(opcode) && !build_container(opcode) && !use_memo(opcode) &&
        !make_object(opcode) && !arrange_stack(opcode))
      fail(rules::kPickleOpcode, fmt::format("opcode {:#04x} is none that is read", opcode));
    check_memory();
    return true;
  }

  void check_memory() {
    constexpr std::uint64_t base_bytes = std::uint64_t{32} << 20;
    constexpr std::uint64_t each = 2 * sizeof(PickleRef);  // a vector that grows is there twice
    const std::uint64_t stacks = each * (stack_.capacity() + marks_.capacity() + memo_.capacity());
    if (builder_.memory_bytes() + stacks > base_bytes + 7 * input_.used())
      fail(rules::kPickleLimit, "its values take more memory than its bytes can need");
  }

  bool push_constant(std::uint8_t opcode) {
    switch (opcode) {
      case NONE:
        return push(PickleBuilder::kNone);
      case NEWTRUE:
        return push(PickleBuilder::kTrue);
      case NEWFALSE:
        return push(PickleBuilder::kFalse);
      case BININT:
        return push(builder_.integer(input_.number<std::int32_t>()));
      case BININT1:
        return push(builder_.integer(input_.byte()));
      case BININT2:
        return push(builder_.integer(input_.number<std::uint16_t>()));
      case LONG1:
        return push_long(input_.byte());
      case LONG4:
        return push_long(input_.number<std::uint32_t>());
      case BINFLOAT:
        input_.skip(sizeof(double));
        return push(builder_.value(PickleKind::real));
      default:
        return false;
    }
  }

  /// Little-endian, in two's complement.
  bool push_long(std::uint32_t length) {
    constexpr std::uint32_t most_bytes = 32;
    if (length > most_bytes)
      fail(rules::kPickleLimit,
           fmt::format("an integer of {} bytes; at most {} are read", length, most_bytes));
    const Bytes bytes = input_.take(length);
    if (length > sizeof(std::int64_t)) return push(builder_.value(PickleKind::number));
    const bool negative = length > 0 && (bytes.back() & std::byte{0x80}) != std::byte{0};
    std::int64_t value = negative ? -1 : 0;
    if (length > 0) std::memcpy(&value, bytes.data(), length);
    return push(builder_.integer(value));
  }

  bool push_text(std::uint8_t opcode) {
    switch (opcode) {
      case BINUNICODE:
        return push_unicode(input_.number<std::uint32_t>());
      case SHORT_BINUNICODE:
        return push_unicode(input_.byte());
      case BINUNICODE8:
        return push_unicode(input_.number<std::uint64_t>());
      case SHORT_BINSTRING:
        return push_string(input_.byte());
      case BINSTRING:
        return push_string(input_.number<std::uint32_t>());
      case SHORT_BINBYTES:
        return push_bytes(input_.byte());
      case BINBYTES:
        return push_bytes(input_.number<std::uint32_t>());
      case BINBYTES8:
      case BYTEARRAY8:
        return push_bytes(input_.number<std::uint64_t>());
      default:
        return false;
    }
  }

  bool push_unicode(std::uint64_t length) {
    const std::string_view text = as_text(input_.take(length));
    if (valid_utf8_length(text) != text.size()) fail(rules::kPickleText, "a text that is not valid UTF-8");
    return push(builder_.text(text));
  }

  /// Of Python 2: bytes that mostly are text.
  bool push_string(std::uint32_t length) {
    const std::string_view text = as_text(input_.take(length));
    const bool is_text = valid_utf8_length(text) == text.size();
    return push(is_text ? builder_.text(text) : builder_.value(PickleKind::bytes));
  }

  bool push_bytes(std::uint64_t length) {
    input_.skip(length);
    return push(builder_.value(PickleKind::bytes));
  }

  bool build_container(std::uint8_t opcode) {
    switch (opcode) {
      case EMPTY_TUPLE:
        return push(PickleBuilder::kEmptyTuple);
      case EMPTY_LIST:
        return push(builder_.value(PickleKind::list));
      case EMPTY_DICT:
        return push(builder_.value(PickleKind::dict));
      case EMPTY_SET:
        return push(builder_.value(PickleKind::set));
      case TUPLE1:
      case TUPLE2:
      case TUPLE3:
        return push_tuple(opcode - TUPLE1 + 1U);
      case TUPLE:
        return push_tuple(above_mark());
      case FROZENSET:
        return push_frozen_set(above_mark());
      case APPEND:
        return append(1);
      case APPENDS:
      case ADDITEMS:
        return append(above_mark());
      case SETITEM:
        return set_items(2);
      case SETITEMS:
        return set_items(above_mark());
      default:
        return false;
    }
  }

  bool push_tuple(std::size_t count) {
    const PickleRef tuple = builder_.tuple(top(count));
    drop(count);
    return push(tuple);
  }

  bool push_frozen_set(std::size_t count) {
    const PickleRef set = builder_.value(PickleKind::set);
    for (const PickleRef element : top(count))
      builder_.append(set, element);
    drop(count);
    return push(set);
  }

  bool append(std::size_t count) {
    const auto values = top(count + 1);
    for (const PickleRef element : values.subspan(1))
      if (!builder_.append(values.front(), element))
        fail(rules::kPickleType, "adds an element to what is no list or set");
    drop(count);
    return true;
  }

  bool set_items(std::size_t count) {
    if (count % 2 != 0) fail(rules::kPickleType, "a key without a value");
    const auto values = top(count + 1);
    for (std::size_t i = 1; i < values.size(); i += 2)
      if (!builder_.set_item(values.front(), values[i], values[i + 1]))
        fail(rules::kPickleType, "sets an item of what is no dict");
    drop(count);
    return true;
  }

  bool use_memo(std::uint8_t opcode) {
    switch (opcode) {
      case BINPUT:
        return put(input_.byte());
      case LONG_BINPUT:
        return put(input_.number<std::uint32_t>());
      case MEMOIZE:
        return put(memoized_);
      case BINGET:
        return recall(input_.byte());
      case LONG_BINGET:
        return recall(input_.number<std::uint32_t>());
      default:
        return false;
    }
  }

  // Writers number what they remember from 0 on, so an index beyond the opcodes so far is none of theirs.
  bool put(std::uint64_t index) {
    if (index > opcodes_)
      fail(rules::kPickleMemo, fmt::format("remembers a value under {}, far ahead", index));
    const PickleRef value = top(1).front();
    if (index >= memo_.size()) memo_.resize(static_cast<std::size_t>(index) + 1, kForgotten);
    if (memo_[index] == kForgotten) ++memoized_;
    memo_[index] = value;
    return true;
  }

  bool recall(std::uint32_t index) {
    if (index >= memo_.size() || memo_[index] == kForgotten)
      fail(rules::kPickleMemo, fmt::format("recalls {}, under which nothing is remembered", index));
    return push(memo_[index]);
  }

  bool make_object(std::uint8_t opcode) {
    switch (opcode) {
      case GLOBAL: {
        const std::string module = input_.line();
        return push_global(module, input_.line());
      }
      case STACK_GLOBAL:
        return push_stack_global();
      case REDUCE:
      case NEWOBJ:
        return push_call(top(2)[0], top(2)[1], 2);
      case NEWOBJ_EX:
        return push_call(top(3)[0], top(3)[1], 3);
      case BUILD:
        return build();
      case BINPERSID: {
        const PickleRef id = top(1).front();
        drop(1);
        return push(builder_.persistent(id, input_.at()));
      }
      default:
        return false;
    }
  }

  bool push_global(std::string_view module, std::string_view name) {
    const bool is_text = valid_utf8_length(module) == module.size() && valid_utf8_length(name) == name.size();
    if (!is_text) fail(rules::kPickleText, "a name that is not valid UTF-8");
    return push(builder_.global(module, name));
  }

  bool push_stack_global() {
    const auto names = top(2);
    const Pickle& pickle = builder_.pickle();
    if (!pickle.is(names[0], PickleKind::text) || !pickle.is(names[1], PickleKind::text))
      fail(rules::kPickleType, "STACK_GLOBAL of something else than two texts");
    const PickleRef global = builder_.global(pickle.text(names[0]), pickle.text(names[1]));
    drop(2);
    return push(global);
  }

  bool push_call(PickleRef callee, PickleRef arguments, std::size_t operands) {
    const PickleKind kind = builder_.pickle().kind(callee);
    const bool callable =
        kind == PickleKind::global || kind == PickleKind::call || kind == PickleKind::persistent;
    if (!callable || !builder_.pickle().is(arguments, PickleKind::tuple))
      fail(rules::kPickleType, "calls what is no name, or with what is no tuple");
    const PickleRef call = builder_.call(callee, arguments, input_.at());
    drop(operands);
    return push(call);
  }

  bool build() {
    const auto values = top(2);
    if (!builder_.set_state(values[0], values[1]))
      fail(rules::kPickleType, "BUILD gives a state to what is no object");
    drop(1);
    return true;
  }

  bool arrange_stack(std::uint8_t opcode) {
    switch (opcode) {
      case MARK:
        marks_.push_back(static_cast<std::uint32_t>(stack_.size()));
        return true;
      case POP:
        return pop();
      case POP_MARK:
        drop(above_mark());
        return true;
      case DUP:
        return push(top(1).front());
      case FRAME: {
        input_.begin_frame(input_.number<std::uint64_t>());
        return true;
      }
      default:
        return false;
    }
  }

  // A mark on the top is what POP takes then.
  bool pop() {
    if (!marks_.empty() && marks_.back() == stack_.size()) {
      marks_.pop_back();
    } else {
      top(1);
      drop(1);
    }
    return true;
  }

  bool push(PickleRef value) {
    stack_.push_back(value);
    return true;
  }

  /// The last values, which must stand above the last mark.
  std::span<const PickleRef> top(std::size_t count) const {
    const std::size_t floor = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() - floor < count) fail(rules::kPickleStack, "takes more than the stack holds");
    return std::span(stack_).last(count);
  }

  void drop(std::size_t count) { stack_.resize(stack_.size() - count); }

  /// How many values stand above the last mark, which goes.
  std::size_t above_mark() {
    if (marks_.empty()) fail(rules::kPickleStack, "wants a mark that is not there");
    const std::size_t count = stack_.size() - marks_.back();
    marks_.pop_back();
    return count;
  }

  static std::string_view as_text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  [[noreturn]] void fail(const Rule& rule, const std::string& message) const { input_.fail(rule, message); }

  static constexpr PickleRef kForgotten = UINT32_MAX;

  PickleInput input_;
  PickleBuilder builder_;
  std::vector<PickleRef> stack_;
  std::vector<std::uint32_t> marks_;  ///< sizes of the stack
  std::vector<PickleRef> memo_;
  std::uint64_t memoized_ = 0;
  std::uint64_t most_opcodes_;
  std::uint64_t opcodes_ = 0;
};

}  // namespace

PickleResult read_pickle(const PickleText& text) { return Machine(text).run(); }

}  // namespace weightsieve::format
