// Which names in a pickle are dangerous: what they stand for runs commands or code, reaches files or the
// network, or loads further pickles, when Python's unpickler calls it. Immutable tables; any thread.
//
// A list cannot be complete, so every name that state dicts do not need is foreign; these are the ones whose
// meaning is known. After the lists of picklescan and fickling, and the advisories against them.
#pragma once

#include <string_view>

namespace weightsieve::format {

/// Of "module name", as Pickle::text() gives it.
bool is_dangerous_name(std::string_view global) noexcept;

/// Whether it is the class of a path, which is a text with a meaning: making one touches no file.
bool is_path_name(std::string_view global) noexcept;

}  // namespace weightsieve::format
