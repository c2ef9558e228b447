// Makes the values of a Pickle, within a budget of memory that grows with what was read. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "format/pickle.hpp"

namespace weightsieve::format {

class PickleBuilder {
 public:
  PickleBuilder();

  static constexpr PickleRef kNone = 0;
  static constexpr PickleRef kFalse = 1;
  static constexpr PickleRef kTrue = 2;
  static constexpr PickleRef kEmptyTuple = 3;

  PickleRef integer(std::int64_t value);
  PickleRef text(std::string_view text) { return joined(PickleKind::text, text, {}); }
  PickleRef global(std::string_view module, std::string_view name);
  /// A value of a kind whose content is not kept, or that is empty for now.
  PickleRef value(PickleKind kind);
  PickleRef tuple(std::span<const PickleRef> elements);
  PickleRef call(PickleRef callee, PickleRef arguments, std::uint64_t at);
  PickleRef persistent(PickleRef id, std::uint64_t at);

  /// False when `to` is nothing that can take it.
  bool append(PickleRef to, PickleRef element);
  bool set_item(PickleRef to, PickleRef key, PickleRef value);
  bool set_state(PickleRef of, PickleRef state);

  const Pickle& pickle() const noexcept { return pickle_; }
  Pickle take() { return std::move(pickle_); }
  /// Of all values, as counted.
  std::uint64_t memory_bytes() const noexcept { return memory_bytes_; }

 private:
  PickleRef add(const Pickle::Node& node);
  PickleRef new_integer(std::int64_t value);
  PickleRef joined(PickleKind kind, std::string_view first, std::string_view second);
  std::uint32_t link(PickleRef value);
  void chain(std::uint32_t& first, std::uint32_t& last, std::uint32_t begin, std::uint32_t end);

  Pickle pickle_;
  std::array<PickleRef, 256> small_integers_{};  ///< those that are known, else kNone; sizes mostly are
  std::uint64_t memory_bytes_ = 0;
};

}  // namespace weightsieve::format
