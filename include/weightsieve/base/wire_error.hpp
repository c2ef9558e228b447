// Errors as bytes and back: what one process has to say of another's work.
#pragma once

#include "weightsieve/base/error.hpp"
#include "weightsieve/base/wire.hpp"

namespace weightsieve {

void write_error(WireWriter& out, const Error& error);

/// Throws Error{malformed} where there is none.
Error read_error(WireReader& in);

}  // namespace weightsieve
