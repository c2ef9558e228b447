#include "cli/outputs.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "cli/ranks.hpp"
#include "cli/standard_output.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStdout = "-";

Format format_for(const std::string& target, const std::optional<Format>& asked) {
  if (asked) return *asked;
  if (target == kStdout) return Format::text;
  if (const auto format = format_from_path(target)) return *format;
  throw Error(ErrorCode::usage,
              fmt::format("-o {}: which format? The name ends in none of .txt .md .json .csv .html; "
                          "choose with --format",
                          target));
}

/// The same text for all ways to write the path of one file, whether it exists or not.
std::string identity_of(const std::string& target) {
  if (target == kStdout) return target;
  std::error_code ignored;
  const fs::path path = fs::absolute(target, ignored);
  return (fs::weakly_canonical(path.parent_path(), ignored) / path.filename()).string();
}

void require_distinct(const std::vector<std::string>& targets) {
  std::set<std::string> seen;
  for (const std::string& target : targets)
    if (!seen.insert(identity_of(target)).second)
      throw Error(ErrorCode::usage, fmt::format("-o {}: given twice", target));
}

std::optional<StatsOptions> columns_of(const CheckpointProfile& profile) {
  if (!profile.options) return std::nullopt;
  return profile.options->stats;
}

bool same_columns(const std::optional<StatsOptions>& a, const std::optional<StatsOptions>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->intervals == b->intervals && a->quantiles == b->quantiles;
}

/// What stands between two reports in one output.
std::string_view separator(Format format, bool same_columns) {
  if (format == Format::json) return "";
  return format == Format::csv && same_columns ? "" : "\n";
}

/// A launcher gives rank 0 a terminal of its own, and what comes out there may go to a file.
ColorChoice color_of(ColorChoice choice) noexcept {
  return choice == ColorChoice::automatic && team() != nullptr ? ColorChoice::never : choice;
}

}  // namespace

struct Outputs::Output {
  Format format;
  std::optional<OutputFile> file;  ///< none: stdout
  StandardOutput standard;
  bool color;
  bool ascii;

  void write(std::string_view text) { ascii ? write_bytes(to_ascii(text)) : write_bytes(text); }

  void write_bytes(std::string_view text) {
    if (file)
      file->write(text);
    else
      standard.write(text);
  }
};

Outputs::Outputs(const OutputRequest& request) {
  const auto targets =
      request.targets.empty() ? std::vector<std::string>{std::string(kStdout)} : request.targets;
  require_distinct(targets);
  for (const std::string& target : targets)
    format_for(target, request.format);
  for (const std::string& target : targets) {
    const bool file = target != kStdout;
    const Format format = format_for(target, request.format);
    const bool ascii = request.ascii && (format == Format::text || format == Format::markdown);
    outputs_.push_back({format, std::nullopt, {}, false, ascii});
    if (file) outputs_.back().file.emplace(target, request.overwrite);
    outputs_.back().color = !file && wants_color(color_of(request.color), STDOUT_FILENO);
  }
}

Outputs::Outputs() = default;

Outputs::~Outputs() = default;

void Outputs::write(const Render& render) {
  for (Output& output : outputs_) {
    const unsigned width = output.file ? 0 : terminal_width(STDOUT_FILENO);
    render(output.format, width, output.color, [&](std::string_view text) { output.write(text); });
    output.standard.flush();
  }
  ++results_;
}

void Outputs::write_profile(const CheckpointProfile& profile, ReportOptions options) {
  if (results_ > 0 && writes(Format::html))
    throw Error(ErrorCode::usage, "an HTML page shows one profile; there are several");
  const auto columns = columns_of(profile);
  options.continued = results_ > 0 && same_columns(columns, columns_);
  write([&](Format format, unsigned width, bool color, const TextSink& sink) {
    options.width = width;
    options.color = color;
    if (results_ > 0) sink(separator(format, options.continued));
    write_report(profile, format, options, sink);
  });
  columns_ = columns;
}

bool Outputs::page_on_terminal() const {
  const bool page = std::any_of(outputs_.begin(), outputs_.end(), [](const Output& output) {
    return !output.file && (output.format == Format::text || output.format == Format::markdown);
  });
  return page && is_terminal(STDOUT_FILENO) && is_terminal(STDERR_FILENO);
}

bool Outputs::writes(Format format) const {
  return std::any_of(outputs_.begin(), outputs_.end(),
                     [format](const Output& output) { return output.format == format; });
}

void Outputs::commit() {
  for (const Output& output : outputs_)
    if (output.file) output.file->require_free_target();
  for (Output& output : outputs_)
    if (output.file) output.file->commit();
}

}  // namespace weightsieve::cli
