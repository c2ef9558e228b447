#include <fmt/format.h>

#include "format/pickle.hpp"
#include "format/pickle_builder.hpp"
#include "format/pickle_input.hpp"
#include "format/pickle_literals.hpp"
#include "format/pickle_opcode.hpp"
#include "format/pickle_stack.hpp"
#include "format/problem_log.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve::format {
namespace {

class Machine {
 public:
  explicit Machine(const PickleText& text) : input_(text), most_opcodes_(text.most_opcodes) {}

  PickleResult run() {
    begin();
    while (step()) {
    }
    const PickleRef root = stack_.result();
    if (input_.in_frame()) fail(rules::kPickleFrame, "STOP stands before the end of its frame");
    return {builder_.take(), root, input_.position()};
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
    if (!push_literal(opcode) && !use_memo(opcode) && !arrange_stack(opcode) && !fill_container(opcode) &&
        !make_object(opcode))
      fail(rules::kPickleOpcode, fmt::format("opcode {:#04x} is none that is read", opcode));
    check_memory();
    return true;
  }

  void check_memory() const {
    constexpr std::uint64_t base_bytes = std::uint64_t{32} << 20;
    if (builder_.memory_bytes() + stack_.memory_bytes() > base_bytes + 7 * input_.used())
      fail(rules::kPickleLimit, "its values take more memory than its bytes can need");
  }

  bool push_literal(std::uint8_t opcode) {
    const std::optional<PickleRef> value = literals_.read(opcode);
    if (value) stack_.push(*value);
    return value.has_value();
  }

  bool use_memo(std::uint8_t opcode) {
    switch (opcode) {
      case BINPUT:
        stack_.put(input_.byte(), opcodes_);
        return true;
      case LONG_BINPUT:
        stack_.put(input_.number<std::uint32_t>(), opcodes_);
        return true;
      case MEMOIZE:
        stack_.memoize(opcodes_);
        return true;
      case BINGET:
        stack_.recall(input_.byte());
        return true;
      case LONG_BINGET:
        stack_.recall(input_.number<std::uint32_t>());
        return true;
      default:
        return false;
    }
  }

  bool arrange_stack(std::uint8_t opcode) {
    switch (opcode) {
      case MARK:
        stack_.mark();
        return true;
      case POP:
        stack_.pop();
        return true;
      case POP_MARK:
        stack_.drop(stack_.above_mark());
        return true;
      case DUP:
        stack_.push(stack_.top(1).front());
        return true;
      case FRAME:
        input_.begin_frame(input_.number<std::uint64_t>());
        return true;
      default:
        return false;
    }
  }

  bool fill_container(std::uint8_t opcode) {
    switch (opcode) {
      case TUPLE1:
      case TUPLE2:
      case TUPLE3:
        make_tuple(opcode - TUPLE1 + 1U);
        return true;
      case TUPLE:
        make_tuple(stack_.above_mark());
        return true;
      case FROZENSET:
        make_frozen_set(stack_.above_mark());
        return true;
      case APPEND:
        append(1);
        return true;
      case APPENDS:
      case ADDITEMS:
        append(stack_.above_mark());
        return true;
      case SETITEM:
        set_items(2);
        return true;
      case SETITEMS:
        set_items(stack_.above_mark());
        return true;
      default:
        return false;
    }
  }

  /// In place of its operands, which stand on the top.
  void put_instead(std::size_t operands, PickleRef value) {
    stack_.drop(operands);
    stack_.push(value);
  }

  void make_tuple(std::size_t count) { put_instead(count, builder_.tuple(stack_.top(count))); }

  void make_frozen_set(std::size_t count) {
    const PickleRef set = builder_.value(PickleKind::set);
    for (const PickleRef element : stack_.top(count))
      builder_.append(set, element);
    put_instead(count, set);
  }

  void append(std::size_t count) {
    const auto values = stack_.top(count + 1);
    for (const PickleRef element : values.subspan(1))
      if (!builder_.append(values.front(), element))
        fail(rules::kPickleType, "adds an element to what is no list or set");
    stack_.drop(count);
  }

  void set_items(std::size_t count) {
    if (count % 2 != 0) fail(rules::kPickleType, "a key without a value");
    const auto values = stack_.top(count + 1);
    for (std::size_t i = 1; i < values.size(); i += 2)
      if (!builder_.set_item(values.front(), values[i], values[i + 1]))
        fail(rules::kPickleType, "sets an item of what is no dict");
    stack_.drop(count);
  }

  bool make_object(std::uint8_t opcode) {
    switch (opcode) {
      case GLOBAL:
        name_in_lines();
        return true;
      case STACK_GLOBAL:
        name_on_stack();
        return true;
      case REDUCE:
      case NEWOBJ:
        call(2);
        return true;
      case NEWOBJ_EX:
        call(3);
        return true;
      case BUILD:
        build();
        return true;
      case BINPERSID:
        put_instead(1, builder_.persistent(stack_.top(1).front(), input_.at()));
        return true;
      default:
        return false;
    }
  }

  void name_in_lines() {
    const std::string module = input_.line();
    const std::string name = input_.line();
    const bool is_text = valid_utf8_length(module) == module.size() && valid_utf8_length(name) == name.size();
    if (!is_text) fail(rules::kPickleText, "a name that is not valid UTF-8");
    stack_.push(builder_.global(module, name));
  }

  void name_on_stack() {
    const auto names = stack_.top(2);
    const Pickle& pickle = builder_.pickle();
    if (!pickle.is(names[0], PickleKind::text) || !pickle.is(names[1], PickleKind::text))
      fail(rules::kPickleType, "STACK_GLOBAL of something else than two texts");
    put_instead(2, builder_.global(pickle.text(names[0]), pickle.text(names[1])));
  }

  /// Of the first operand with the second; a third, of keywords, is not kept.
  void call(std::size_t operands) {
    const auto values = stack_.top(operands);
    const PickleKind kind = builder_.pickle().kind(values[0]);
    const bool callable =
        kind == PickleKind::global || kind == PickleKind::call || kind == PickleKind::persistent;
    if (!callable || !builder_.pickle().is(values[1], PickleKind::tuple))
      fail(rules::kPickleType, "calls what is no name, or with what is no tuple");
    put_instead(operands, builder_.call(values[0], values[1], input_.at()));
  }

  void build() {
    const auto values = stack_.top(2);
    if (!builder_.set_state(values[0], values[1]))
      fail(rules::kPickleType, "BUILD gives a state to what is no object");
    stack_.drop(1);
  }

  [[noreturn]] void fail(const Rule& rule, const std::string& message) const { input_.fail(rule, message); }

  PickleInput input_;
  PickleBuilder builder_;
  PickleLiterals literals_{input_, builder_};
  PickleStack stack_{input_};
  std::uint64_t most_opcodes_;
  std::uint64_t opcodes_ = 0;
};

}  // namespace

PickleResult read_pickle(const PickleText& text) { return Machine(text).run(); }

}  // namespace weightsieve::format
