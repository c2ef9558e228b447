// What an input must hold to, by a name that never changes: an Error or Problem carries the id, and scripts
// may match on it. Each module that reads input lists its own rules.
#pragma once

#include <string_view>

namespace weightsieve {

struct Rule {
  std::string_view id;
  std::string_view sentence;
};

}  // namespace weightsieve
