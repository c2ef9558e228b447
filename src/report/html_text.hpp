// Text that cannot break out of the page it stands in. Pure function, any thread.
#pragma once

#include <string>
#include <string_view>

namespace weightsieve {

/// For the text of an element, or of an attribute in double quotes: free of what HTML reads as markup, and of
/// control and other characters that would hide or reorder what stands around (escape_control()).
std::string html_text(std::string_view text);

/// The same for the text of an element, with names whose lines may end behind each part.
std::string breakable_text(std::string_view text);

}  // namespace weightsieve
