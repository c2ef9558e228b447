// Bytes that are characters.
#pragma once

#include <string_view>

#include "weightsieve/base/bytes.hpp"

namespace weightsieve {

/// The same bytes as text, of whatever encoding; valid as long as they are.
inline std::string_view as_text(Bytes bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace weightsieve
