#include "report/html_page.hpp"

#include <fmt/format.h>

#include <cstdint>

#include "report/figures.hpp"
#include "report/html_text.hpp"
#include "report/page_parts.hpp"
#include "weightsieve/io/sha256.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kLinesShown = 12;

unsigned digit_value(char hex) { return static_cast<unsigned>(hex <= '9' ? hex - '0' : hex - 'a' + 10); }

/// Base64 (RFC 4648) of bytes that are given in hexadecimal.
std::string base64_of_hex(std::string_view hex) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  std::uint32_t bits = 0;
  unsigned count = 0;
  const auto take = [&] {
    count -= 6;
    text += alphabet[bits >> count & 63];
  };
  for (const char digit : hex) {
    bits = bits << 4 | digit_value(digit);
    count += 4;
    if (count >= 6) take();
  }
  if (count > 0) {
    bits <<= 6 - count;
    count = 6;
    take();
  }
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

/// How a content security policy names a script or a style.
std::string source_of(std::string_view text) {
  const Bytes bytes(reinterpret_cast<const std::byte*>(text.data()), text.size());
  return "'sha256-" + base64_of_hex(sha256_of(bytes)) + "'";
}

/// Nothing is fetched, and nothing runs but the page's own style and script, whatever else might get into it.
std::string policy() {
  return fmt::format(
      "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'",
      source_of(kPageStyle), source_of(kPageScript));
}

/// Lines may end before an index too, and not within.
std::string note_text(std::string_view note) {
  std::string markup = breakable_text(note);
  if (const std::size_t index = markup.rfind('['); index != std::string::npos) markup.insert(index, "<wbr>");
  return markup;
}

}  // namespace

void begin_page(TextOut& out, const PageHead& head, const std::vector<PageSection>& sections) {
  const std::string title = html_text(head.title);
  out << "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      << R"(<meta http-equiv="Content-Security-Policy" content=")" << policy() << "\">\n"
      << "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      << "<meta name=\"referrer\" content=\"no-referrer\">\n<link rel=\"icon\" href=\"data:,\">\n<title>"
      << title << " · weightsieve</title>\n<style>" << kPageStyle << "</style>\n</head>\n<body>\n"
      << "<header>\n<p class=\"what\">weightsieve <span>" << html_text(head.what) << "</span></p>\n<h1>"
      << title << "</h1>\n<p class=\"facts\">" << html_text(head.facts) << "</p>\n<nav>\n";
  for (const PageSection& section : sections)
    out << R"(<a href="#)" << section.id << R"(">)" << html_text(section.heading) << "</a>\n";
  out << "<button type=\"button\" id=\"theme\" hidden>Dark</button>\n</nav>\n</header>\n<main>\n";
}

void end_page(TextOut& out) { out << "</main>\n<script>" << kPageScript << "</script>\n</body>\n</html>\n"; }

void begin_section(TextOut& out, const PageSection& section, std::string_view note) {
  out << R"(<section id=")" << section.id << "\">\n<h2>" << html_text(section.heading) << "</h2>\n";
  if (!note.empty()) out << R"(<p class="note">)" << html_text(note) << "</p>\n";
}

void end_section(TextOut& out) { out << "</section>\n"; }

void write_cards(TextOut& out, const std::vector<Card>& cards) {
  out << "<dl class=\"cards\">\n";
  for (const Card& card : cards) {
    out << (card.warning ? R"(<div class="warning"><dt>)" : "<div><dt>") << html_text(card.label)
        << "</dt><dd";
    if (!card.field.empty()) out << R"( data-field=")" << card.field << R"(")";
    if (!card.exact.empty()) out << R"( data-v=")" << html_text(card.exact) << R"(")";
    out << ">" << html_text(card.figure) << "</dd>";
    if (!card.note.empty()) out << R"(<dd class="small">)" << note_text(card.note) << "</dd>";
    out << "</div>\n";
  }
  out << "</dl>\n";
}

void write_lines(TextOut& out, const std::vector<std::string>& lines) {
  const auto list = [&](std::size_t begin, std::size_t end) {
    out << "<ul class=\"lines\">\n";
    for (std::size_t at = begin; at < end; ++at)
      out << "<li>" << html_text(lines[at]) << "</li>\n";
    out << "</ul>\n";
  };
  const std::size_t shown = lines.size() <= kLinesShown + 1 ? lines.size() : kLinesShown;
  list(0, shown);
  if (shown == lines.size()) return;
  out << "<details><summary>" << grouped(lines.size() - shown) << " more</summary>\n";
  list(shown, lines.size());
  out << "</details>\n";
}

}  // namespace weightsieve
