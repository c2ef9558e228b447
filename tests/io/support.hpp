// What the tests of this folder share.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "weightsieve/base/bytes.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
inline constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
inline constexpr bool kSanitized = false;
#endif

inline std::string random_bytes(std::size_t count) {
  std::mt19937_64 engine(7);
  std::string bytes(count, '\0');
  for (char& c : bytes)
    c = static_cast<char>(engine());
  return bytes;
}

inline std::string_view text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The Error that `call` throws, if it does.
inline std::optional<Error> error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

inline bool throws(ErrorCode code, const std::function<void()>& call) {
  const auto error = error_of(call);
  return error && error->code() == code;
}

/// Runs `body` in a process of its own, where limits, users and signal handlers can be changed. Yields what
/// it returned, or 128 + the signal that ended it.
inline int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    int result = 99;
    try {
      result = body();
    } catch (...) {
    }
    ::_exit(result);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace weightsieve
