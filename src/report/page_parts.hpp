// page.css and page.js, which the build puts into the program (embed_page.cmake). Constants; any thread.
#pragma once

#include <string_view>

namespace weightsieve {

extern const std::string_view kPageStyle;
extern const std::string_view kPageScript;

}  // namespace weightsieve
