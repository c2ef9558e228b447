#include "cli/options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/messages.hpp"
#include "cli/process.hpp"
#include "cli/ranks.hpp"
#include "cli/standard_output.hpp"
#include "cli/values.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/base/version.hpp"
#include "weightsieve/kernels/kernels.hpp"

namespace weightsieve::cli {
namespace {

constexpr std::uint64_t kMostThreads = 1024;

Format parse_format(const std::string& text) {
  return choose<Format>(text, {{"text", Format::text},
                               {"markdown", Format::markdown},
                               {"json", Format::json},
                               {"csv", Format::csv},
                               {"html", Format::html}});
}

std::string why_no_instruction_set(const std::string& text) {
  if (!isa_from_name(text)) return fmt::format("'{}' is not an instruction set", text);
  return fmt::format("this CPU or build lacks {}", text);
}

void force_instruction_set(const std::string& text) {
  if (text == "auto") return;
  const auto isa = isa_from_name(text);
  if (!isa || !force_isa(*isa)) throw Error(ErrorCode::usage, why_no_instruction_set(text));
}

/// Switches that are done with once the command line is parsed.
struct Switches {
  bool help = false;
  bool version = false;
  bool json = false;
  bool force = false;
};

void add_input_options(OptionTable& table, CommonOptions& common, bool writes_folder) {
  table.group("Input");
  table.repeatable(
      "include", "REGEX", [&](const auto& text) { common.filter.include.push_back(text); },
      writes_folder
          ? "of what --select takes, only tensors whose name matches (RE2, found anywhere; repeatable)"
          : "count only tensors whose name matches (RE2, found anywhere; repeatable)");
  table.repeatable(
      "exclude", "REGEX", [&](const auto& text) { common.filter.exclude.push_back(text); },
      writes_folder ? "leave tensors as they are whose name matches (repeatable)"
                    : "leave out tensors whose name matches (repeatable)");
  table.flag("strict", common.control.strict, "refuse input that is only worth a warning");
  table.value(
      "io", "MODE",
      [&](const auto& text) {
        common.control.io = choose<IoMode>(
            text, {{"auto", IoMode::automatic}, {"mmap", IoMode::mmap}, {"pread", IoMode::pread}});
      },
      "how to read: auto (default), mmap or pread");
  table.value(
      "threads", "N",
      [&](const auto& text) {
        common.control.threads = static_cast<unsigned>(parse_whole(text, 0, kMostThreads));
      },
      "worker threads; 0 (default): the CPUs this process may use");
  table.value(
      "isa", "NAME",
      [&](const auto& text) {
        force_instruction_set(text);
        common.isa_chosen = true;
      },
      "instruction set: auto (default), scalar, sse2, avx2, avx512bw or neon");
}

void add_output_options(OptionTable& table, CommonOptions& common, Switches& switches, const Verb& verb) {
  const bool writes_folder = verb.writes_folder;
  OutputRequest& output = common.output;
  table.group("Output");
  table.value(
      "format", "NAME", [&](const auto& text) { output.format = parse_format(text); },
      verb.has_page ? "text (default), markdown, json, csv: a table alone, or html: a page to look at"
                    : "text (default), markdown, json, or csv: a table alone");
  table.flag("json", switches.json, "the same as --format json");
  table.repeatable(
      "output,o", writes_folder ? "DIR" : "FILE", [&](const auto& text) { output.targets.push_back(text); },
      writes_folder
          ? "the folder to write into; what is told of it goes to stdout"
          : "write to FILE instead of stdout (- is stdout); its ending chooses the format (repeatable)");
  table.flag("force", switches.force,
             writes_folder ? "replace what an earlier run wrote there" : "replace output files that exist");
  table.value(
      "color", "WHEN",
      [&](const auto& text) {
        output.color = choose<ColorChoice>(text, {{"auto", ColorChoice::automatic},
                                                  {"always", ColorChoice::always},
                                                  {"never", ColorChoice::never}});
      },
      "auto (default), always or never");
  table.flag("ascii", output.ascii, "text and markdown without characters beyond ASCII");
  table.flag("quiet,q", common.quiet, "no progress and no warnings");
  table.flag("verbose,v", common.verbose, "say on stderr how the work is done");
}

void add_help_options(OptionTable& table, Switches& switches) {
  table.group("Help");
  table.flag("help,h", switches.help, "this text");
  table.flag("version", switches.version, "the version and the instruction set in force");
}

bool answered(const Verb& verb, const OptionTable& table, const Switches& switches) {
  if (!switches.help && !switches.version) return false;
  if (!is_first_rank()) return true;
  StandardOutput out;
  if (switches.help) {
    out.write(fmt::format("Usage: weightsieve {} [options] {}\n\n{}.\n{}\n", verb.name, verb.operands,
                          verb.summary, verb.paths));
    out.write(table.help());
    if (!verb.notes.empty()) out.write(fmt::format("\n{}\n", verb.notes));
    out.write(fmt::format("\nExample:\n  {}\n", verb.example));
  } else {
    out.write(version_text() + "\n");
  }
  out.flush();
  return true;
}

void check_environment(const CommonOptions& common) {
  const std::string_view isa = unusable_isa_request();
  if (isa.empty() || common.isa_chosen) return;
  throw Error(ErrorCode::usage, fmt::format("WEIGHTSIEVE_ISA: {}", why_no_instruction_set(std::string(isa))));
}

/// The ending of a file's name is no more than a wish: --format wins.
void warn_of_misleading_endings(const CommonOptions& common) {
  const OutputRequest& output = common.output;
  if (common.quiet || !output.format) return;
  for (const std::string& target : output.targets) {
    if (format_from_path(target).value_or(*output.format) == *output.format) continue;
    say(fmt::format("warning: -o {}: is written as {}, as --format says", target, to_string(*output.format)));
  }
}

bool asks_for(const OutputRequest& output, Format format) {
  if (output.format) return *output.format == format;
  return std::ranges::any_of(output.targets,
                             [format](const auto& target) { return format_from_path(target) == format; });
}

/// A page is a document of its own, so it shows one result.
void check_page(const Verb& verb, const CommonOptions& common) {
  if (verb.writes_folder ? common.output.format != Format::html : !asks_for(common.output, Format::html))
    return;
  if (!verb.has_page)
    throw Error(ErrorCode::usage, fmt::format("{} has no HTML page; report and compare have", verb.name));
  if (verb.operands == kPaths && common.paths.size() > 1)
    throw Error(ErrorCode::usage, "an HTML page shows one checkpoint; several PATHs are given");
}

void check(const CommonOptions& common) {
  if (common.paths.empty()) throw Error(ErrorCode::usage, "no PATH is given");
  if (std::find(common.paths.begin(), common.paths.end(), "-") != common.paths.end())
    throw Error(ErrorCode::usage, "stdin cannot be read as a PATH; give a file");
  if (std::find(common.paths.begin(), common.paths.end(), "") != common.paths.end())
    throw Error(ErrorCode::usage, "a PATH is empty; is a variable of your script unset?");
  check_environment(common);
}

void settle_output(OutputRequest& output, const Switches& switches) {
  if (switches.force) output.overwrite = Overwrite::replace;
  if (!switches.json) return;
  if (output.format.value_or(Format::json) != Format::json)
    throw Error(ErrorCode::usage, "--json contradicts --format");
  output.format = Format::json;
}

}  // namespace

bool parse_options(const Verb& verb, OptionTable& table, const Arguments& arguments, CommonOptions& common) {
  Switches switches;
  add_input_options(table, common, verb.writes_folder);
  add_output_options(table, common, switches, verb);
  add_help_options(table, switches);
  for (std::string_view left = verb.unused; !left.empty();) {
    const std::size_t end = std::min(left.find(' '), left.size());
    table.hide(left.substr(0, end));
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  common.paths = table.parse(arguments);
  if (answered(verb, table, switches)) return false;
  check(common);
  settle_output(common.output, switches);
  check_page(verb, common);
  warn_of_misleading_endings(common);
  common.control.cancel = &stop_token();
  return true;
}

void check_report(const CommonOptions& common, const ReportOptions& report) {
  check_options(report);
  if (report.tidy && !asks_for(common.output, Format::csv))
    throw Error(ErrorCode::usage, "--long is a form of CSV; add --format csv, or -o FILE.csv");
  if (report.tidy && report.view != View::summary)
    throw Error(ErrorCode::usage, "--long is a form of the table of statistics, and --view chooses another");
}

void require_one_path_for_name(const CommonOptions& common, const ReportOptions& report) {
  if (!report.name.empty() && common.paths.size() > 1)
    throw Error(ErrorCode::usage, "--name is the title of one checkpoint; several PATHs are given");
}

std::string version_text() { return fmt::format("weightsieve {} ({})", version(), to_string(kernels().isa)); }

}  // namespace weightsieve::cli
