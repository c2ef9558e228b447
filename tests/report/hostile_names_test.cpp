#include <catch2/catch.hpp>

#include "report/expected_text.hpp"
#include "report/tiny_model.hpp"

using namespace weightsieve;

namespace {

const std::string kName = "a|b\\c\"d,e\r\nf\x1b[31m\u202Eg<script>`\xFF" + std::string(1, '\0') + "=1";

CheckpointProfile hostile() {
  CheckpointProfile profile;
  profile.name = kName;
  profile.format = kName;
  profile.files = {{kName, 1}};
  profile.tensors = tensor_list(listed(kName, {2, 2}), listed(kName + ".running_mean", {2}));
  profile.tied = {{kName, kName}};
  profile.findings = {{kName, kName, kName}};
  profile.problems = {{kName, kName, 1, kName}};
  profile.skipped = {{kName, kName}};
  profile.totals = count_totals(profile.tensors, profile.tied);
  return profile;
}

bool is_safe(const std::string& text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 && c != '\n') return false;
    if (byte == 0x7F || byte == 0xFF) return false;
  }
  return text.find("\u202E") == std::string::npos;
}

}  // namespace

TEST_CASE("no report shows a name's control characters as they are") {
  for (const Format format : {Format::text, Format::markdown, Format::json, Format::csv}) {
    const std::string text = reported(hostile(), format, {.all = true});
    CHECK(is_safe(text));
    CHECK(is_safe(ranked({{kName, 1, 1, 1}}, format)));
  }
  CHECK(is_safe(reported(hostile(), Format::html)));
}

TEST_CASE("a name stays in its cell of a markdown table") {
  const std::string page = reported(hostile(), Format::markdown);
  CHECK_THAT(page, Catch::Contains(
                       "| a\\|b\\\\c\"d,e\\\\r\\\\nf\\\\x1b[31m\\\\u{202e}g\\<script>\\`\\\\xff\\\\x00=1 |"));
}

TEST_CASE("a name stays in its field of a CSV record") {
  const std::string text = reported(hostile(), Format::csv);
  CHECK_THAT(text,
             Catch::Contains("\n\"a|b\\c\"\"d,e\\r\\nf\\x1b[31m\\u{202e}g<script>`\\xff\\x00=1\",\"a|b"));
  CHECK(std::count(text.begin(), text.end(), '\n') == 3);
}

TEST_CASE("a name is text in an HTML page, wherever it stands") {
  const std::string page = reported(hostile(), Format::html);
  const std::string shown = "a|b\\c&quot;d,e\\r\\nf\\x1b[31m\\u{202e}g&lt;script&gt;&#96;\\xff\\x00=1";
  CHECK_THAT(page, Catch::Contains("<h1>" + shown + "</h1>"));
  CHECK_THAT(page, Catch::Contains("<th scope=\"row\">" + shown + "</th>"));
  CHECK_THAT(page, Catch::Contains("<th scope=\"row\">" + shown + "</th><td><span class=\"rule\">" + shown +
                                   "</span></td><td>" + shown + "</td>"));
  std::size_t scripts = 0;
  for (std::size_t at = 0; (at = page.find("<script", at)) != std::string::npos; ++at)
    ++scripts;
  CHECK(scripts == 1);
}
