# Puts page.css and page.js into a source file, as the texts that html_page.cpp writes into every page.
# The build runs it: cmake -D FOLDER=… -D OUTPUT=… -P embed_page.cmake

file(READ ${FOLDER}/page.css style)
file(READ ${FOLDER}/page.js script)
file(WRITE ${OUTPUT} "// Made by embed_page.cmake of page.css and page.js.
#include \"report/page_parts.hpp\"

namespace weightsieve {

const std::string_view kPageStyle = R\"page(${style})page\";
const std::string_view kPageScript = R\"page(${script})page\";

}  // namespace weightsieve
")
