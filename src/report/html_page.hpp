// The frame of an HTML page: one file that fetches nothing, whose policy lets no script or style run but its
// own. What callers hand over as `text` is escaped here; `markup` is written as it is. Free functions; a page
// is written by one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/text_out.hpp"

namespace weightsieve {

struct PageHead {
  std::string title;  ///< text
  std::string what;   ///< text: what kind of page it is
  std::string facts;  ///< text below the title
};

/// A place in the page that its navigation leads to.
struct PageSection {
  std::string_view id;
  std::string_view heading;  ///< text
};

/// Writes everything up to the first section.
void begin_page(TextOut& out, const PageHead& head, const std::vector<PageSection>& sections);
void end_page(TextOut& out);

/// `note` is text; it may be empty.
void begin_section(TextOut& out, const PageSection& section, std::string_view note = "");
void end_section(TextOut& out);

/// One figure of the summary, large, with what is to be said of it in small. `field` and `exact` are for
/// programs: the figure's name in JSON and its value in full.
struct Card {
  std::string label;  ///< text, as is all of it
  std::string figure;
  std::string note{};
  std::string_view field{};
  std::string exact{};
  bool warning = false;
};

void write_cards(TextOut& out, const std::vector<Card>& cards);

/// A list of lines of text; what is beyond the first ones folds away.
void write_lines(TextOut& out, const std::vector<std::string>& lines);

}  // namespace weightsieve
