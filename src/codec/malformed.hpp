// How the codec says that its input breaks a rule.
#pragma once

#include <string>

#include "weightsieve/base/error.hpp"
#include "weightsieve/base/rule.hpp"

namespace weightsieve::codec {

[[noreturn]] inline void fail(const Rule& rule, std::uint64_t offset_bytes, std::string message) {
  throw Error(ErrorCode::malformed, std::move(message),
              {.offset_bytes = offset_bytes, .rule = std::string(rule.id)});
}

inline void require(bool holds, const Rule& rule, std::uint64_t offset_bytes, const char* message) {
  if (!holds) fail(rule, offset_bytes, message);
}

}  // namespace weightsieve::codec
