// SHA-256 (FIPS 180-4), as `sha256sum` prints it. Pure functions; any thread.
#pragma once

#include <string>

#include "weightsieve/io/source.hpp"

namespace weightsieve {

/// 64 lower-case hexadecimal digits.
std::string sha256_of(Bytes bytes);

/// Of everything that a source holds; read once, about 2 GB/s where the CPU has SHA instructions.
std::string sha256_of(const Source& source);

}  // namespace weightsieve
