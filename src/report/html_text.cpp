#include "report/html_text.hpp"

#include "weightsieve/base/text.hpp"

namespace weightsieve {
namespace {

/// What HTML reads as markup somewhere; old browsers took backquotes for quotes.
std::string_view entity_of(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    case '`':
      return "&#96;";
    default:
      return "";
  }
}

}  // namespace

std::string html_text(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  for (const char c : escape_control(text)) {
    const std::string_view entity = entity_of(c);
    if (entity.empty())
      safe += c;
    else
      safe += entity;
  }
  return safe;
}

// No entity has a full stop in it.
std::string breakable_text(std::string_view text) {
  std::string markup;
  for (const char c : html_text(text)) {
    markup += c;
    if (c == '.') markup += "<wbr>";
  }
  return markup;
}

}  // namespace weightsieve
