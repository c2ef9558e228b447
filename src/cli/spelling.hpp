// What somebody may have meant by a word that is none of those known. A pure function.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace weightsieve::cli {

/// The known word that begins with `word`, or else the closest one of which at most a third differs (letters
/// left out, put in, changed or swapped); empty when there is none.
std::string likely_meant(std::string_view word, std::span<const std::string> known);

/// "; did you mean '--bins'?", or nothing.
std::string spelling_hint(std::string_view word, std::span<const std::string> known);

}  // namespace weightsieve::cli
