#include "report/markup.hpp"

#include <fmt/format.h>

#include "weightsieve/base/text.hpp"

namespace weightsieve {

std::string markdown_text(std::string_view text) {
  std::string safe;
  for (const char c : escape_control(text)) {
    if (c == '|' || c == '\\' || c == '<' || c == '`' || c == '*') safe += '\\';
    safe += c;
  }
  return safe;
}

std::string link_target(std::string_view text) {
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  std::string target;
  for (const char c : text) {
    if (plain.find(c) != std::string_view::npos) {
      target += c;
    } else {
      target += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return target;
}

MarkdownTable::MarkdownTable(TextOut& out, const std::vector<std::string>& headings) : out_(&out) {
  std::string rule;
  for (std::string_view heading : headings) {
    const bool right = heading.ends_with(':');
    if (right) heading.remove_suffix(1);
    cell(heading);
    rule += right ? "| ---: " : "| --- ";
  }
  end_row();
  out << rule << "|\n";
}

}  // namespace weightsieve
