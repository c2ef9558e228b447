// Formats that are known by their first bytes but not read: to call them by their name. Immutable table; any
// thread.
#pragma once

#include <string>
#include <string_view>

#include "weightsieve/base/bytes.hpp"

namespace weightsieve::format {

/// Enough first bytes of a file to tell its format.
inline constexpr std::size_t kFirstBytes = 1024;

/// What the first bytes are the beginning of, "a GGUF file" for example; empty when they say nothing.
std::string_view known_format(Bytes first_bytes) noexcept;

/// Whether a file that begins so is two things at once to those who look for their own magic number only: an
/// archive that is a PDF document too, for example. Which, for a message; empty when it is not.
std::string_view second_format(Bytes first_bytes) noexcept;

/// Whether `bytes` begin with `magic`.
bool begins_with(Bytes bytes, std::string_view magic) noexcept;

/// What files of this name usually are, when they are no safetensors; empty when the name says nothing.
std::string_view known_ending(std::string_view name) noexcept;

/// Throws LFS-POINTER, with advice, when the file is a pointer (version https://git-lfs.github.com/spec/v1).
void refuse_lfs_pointer(Bytes first_bytes, const std::string& path);

}  // namespace weightsieve::format
