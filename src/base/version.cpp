#include "weightsieve/base/version.hpp"

namespace weightsieve {

std::string_view version() noexcept { return WEIGHTSIEVE_VERSION; }

}  // namespace weightsieve
