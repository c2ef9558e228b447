// Which weightsieve this is. Any thread.
#pragma once

#include <string_view>

namespace weightsieve {

/// "MAJOR.MINOR.PATCH", as CMakeLists.txt names it.
std::string_view version() noexcept;

}  // namespace weightsieve
