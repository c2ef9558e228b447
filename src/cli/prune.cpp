// The verb prune: a table of what would happen, or the checkpoint written with the least important weights
// zero.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/paths.hpp"
#include "cli/plots.hpp"
#include "cli/process.hpp"
#include "cli/values.hpp"
#include "cli/writing.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/ops/prune.hpp"
#include "weightsieve/report/prune_report.hpp"

namespace weightsieve::cli {
namespace {

constexpr std::uint64_t kMostGroup = 1024;

struct PruneArguments {
  PruneRequest prune;
  WriteRequest write{{.encoding = Encoding::dense}};
  std::vector<std::string> typed;  ///< the amounts, as they name folders
  bool table = false;
  bool method_is_set = false;
  PruneReportOptions report;
  Plots plots;
};

double parse_sparsity(const std::string& text) {
  if (text.ends_with('%'))
    throw Error(ErrorCode::usage, fmt::format("'{}': must be a share from 0 to 1 (0.9 prunes 90 %)", text));
  const double share = parse_real(text);
  if (share < 0 || share > 1)
    throw Error(ErrorCode::usage,
                fmt::format("'{}' is no share; must be from 0 to 1 (0.9 prunes 90 %)", text));
  return share;
}

NmPattern parse_nm(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) throw Error(ErrorCode::usage, fmt::format("'{}' is no N:M, as 2:4", text));
  const std::uint64_t of = parse_whole(text.substr(colon + 1), 1, kMostGroup);
  const std::uint64_t zeros = parse_whole(text.substr(0, colon), 0, UINT64_MAX);
  if (zeros > of)
    throw Error(ErrorCode::usage,
                fmt::format("'{}': N of every M weights become 0, so N can be at most M (as in {}:{})", text,
                            of, zeros));
  return {static_cast<std::uint32_t>(zeros), static_cast<std::uint32_t>(of)};
}

bool is_same(const PruneAmount& a, const PruneAmount& b) {
  return a.count == b.count && (a.count || a.sparsity == b.sparsity);
}

/// .5 after 0.50 is asking twice for the same.
void add_amount(PruneArguments& asked, const std::string& text, const PruneAmount& amount) {
  for (const PruneAmount& known : asked.prune.options.amounts)
    if (is_same(known, amount)) return;
  asked.prune.options.amounts.push_back(amount);
  asked.typed.push_back((amount.count ? "count-" : "sparsity-") + text);
}

void set_method(PruneArguments& asked, PruneMethod method) {
  if (asked.method_is_set && asked.prune.options.method != method)
    throw Error(ErrorCode::usage, "--nm goes with --method nm only");
  asked.prune.options.method = method;
  asked.method_is_set = true;
}

void add_what(OptionTable& table, PruneArguments& asked) {
  PruneOptions& options = asked.prune.options;
  table.group("What goes");
  table.repeatable(
      "sparsity", "S",
      [&](const auto& text) {
        add_amount(asked, text, {parse_sparsity(text), {}});
      },
      "share of the weights to zero, from 0 to 1; repeatable, each is written into DIR/sparsity-S "
      "(--table alone: 0.1, 0.5, 0.9, 0.95, 0.99)");
  table.value(
      "count", "N",
      [&](const auto& text) {
        add_amount(asked, text, {0, parse_whole(text, 0, UINT64_MAX)});
      },
      "so many weights; beside shares it is one amount more, written into DIR/count-N");
  table.value(
      "select", "WHICH",
      [&](const auto& text) {
        constexpr std::pair<std::string_view, PruneSelect> words[] = {{"matrices", PruneSelect::matrices},
                                                                      {"weights", PruneSelect::weights},
                                                                      {"all", PruneSelect::all}};
        const auto* const word =
            std::ranges::find(words, text, &std::pair<std::string_view, PruneSelect>::first);
        asked.prune.select = word == std::end(words) ? PruneSelect::matching : word->second;
        if (word == std::end(words)) asked.prune.pattern = text;
      },
      "matrices (default: two or more dimensions, no embeddings or heads), weights (names that end in "
      "weight), all, or a regular expression on the name");
  table.value(
      "scope", "WHERE",
      [&](const auto& text) {
        options.scope = choose<PruneScope>(
            text, {{"global", PruneScope::global}, {"tensor", PruneScope::tensor}, {"row", PruneScope::row}});
      },
      "the smallest of all weights (global, default), of each tensor, or of each row");
  table.value(
      "method", "HOW",
      [&](const auto& text) {
        set_method(asked, choose<PruneMethod>(text, {{"magnitude", PruneMethod::magnitude},
                                                     {"random", PruneMethod::random},
                                                     {"nm", PruneMethod::nm},
                                                     {"rows", PruneMethod::rows},
                                                     {"columns", PruneMethod::columns}}));
      },
      "magnitude (default), random, nm, or whole rows or columns of least L2 norm");
  table.value(
      "nm", "N:M",
      [&](const auto& text) {
        set_method(asked, PruneMethod::nm);
        options.nm = parse_nm(text);
      },
      "zero N of every M neighbours, as 2:4");
  table.value(
      "nm-axis", "AXIS",
      [&](const auto& text) {
        options.nm_axis = choose<NmAxis>(text, {{"last", NmAxis::last}, {"first", NmAxis::first}});
      },
      "neighbours along the last axis (default) or the first (Conv1D layouts)");
  table.value(
      "score-scale", "FILE", [&](const auto& text) { options.score_scale = text; },
      "safetensors file with a factor a column, by tensor name (activation norms: the Wanda score)");
  table.value(
      "seed", "N", [&](const auto& text) { options.seed = parse_whole(text, 0, UINT64_MAX); },
      "of --method random, default 0");
}

void add_how(OptionTable& table, PruneArguments& asked) {
  table.group("How it is written");
  table.flag("table", asked.table,
             "write nothing; show what each sparsity would do, and how small it would get");
  table.flag("per-layer", asked.report.per_layer, "layer by layer too");
  add_encoding_options(table, asked.write);
  asked.plots.add_option(table);
  add_timing_option(table, asked.write);
  add_resume_option(table, asked.write);
}

void settle_amounts(PruneArguments& asked) {
  asked.report.timing = asked.write.options.time_restoring;
  if (asked.table && asked.report.timing)
    throw Error(ErrorCode::usage,
                "--timing takes the time of writing, and --table writes nothing; leave one out");
  if (asked.plots.asked() && !asked.table)
    throw Error(ErrorCode::usage, "--plots draws what --table finds; add it");
  const bool by_pattern = asked.prune.options.method == PruneMethod::nm;
  if (by_pattern) {
    if (!asked.typed.empty())
      throw Error(ErrorCode::usage, "N:M says how much goes; --sparsity and --count do not apply");
    return;
  }
  if (!asked.typed.empty()) return;
  if (!asked.table)
    throw Error(
        ErrorCode::usage,
        "how much is not said: --sparsity S (0.9 prunes 90 %) or --count N; --table shows what each does");
  for (const char* share : {"0.1", "0.5", "0.9", "0.95", "0.99"})
    add_amount(asked, share, {parse_sparsity(share), {}});
}

std::vector<std::string> folders_of(const std::string& folder, const PruneArguments& asked) {
  if (asked.typed.size() <= 1) return {folder};
  std::vector<std::string> folders;
  for (const std::string& typed : asked.typed)
    folders.push_back((std::filesystem::path(folder) / typed).string());
  return folders;
}

/// "by magnitude over all of them", "2:4 along the last axis".
std::string how(const PruneOptions& options) {
  constexpr std::string_view where[] = {"over all of them", "of each tensor", "of each row"};
  const std::string_view scope = where[static_cast<std::size_t>(options.scope)];
  switch (options.method) {
    case PruneMethod::nm:
      return fmt::format("{} of every {} neighbours along the {} axis (--nm {}:{})", options.nm.zeros,
                         options.nm.of, options.nm_axis == NmAxis::last ? "last" : "first", options.nm.zeros,
                         options.nm.of);
    case PruneMethod::rows:
      return "whole rows of least L2 norm";
    case PruneMethod::columns:
      return "whole columns of least L2 norm";
    case PruneMethod::random:
      return fmt::format("random ones {}, seed {}", scope, options.seed);
    default:
      return fmt::format("the smallest {}{}", scope, options.score_scale.empty() ? "" : ", scaled");
  }
}

void report(Outputs& outputs, PruneArguments& asked, const std::string& path, const PruneTable& pruned) {
  PruneReportOptions options = asked.report;
  options.name = std::filesystem::path(path).filename().string();
  if (options.name.empty()) options.name = path;
  options.how = how(asked.prune.options);
  outputs.write([&](Format format, unsigned width, bool color, const TextSink& sink) {
    options.width = width;
    options.color = color;
    write_prune_table(pruned, format, options, sink);
  });
  asked.plots.draw(pruned, options);
}

}  // namespace

int run_prune(const Verb& verb, const Arguments& arguments) {
  CommonOptions common;
  PruneArguments asked;
  OptionTable table;
  add_what(table, asked);
  add_how(table, asked);
  if (!parse_options(verb, table, arguments, common)) return kDone;
  settle_amounts(asked);
  asked.prune.filter = common.filter;
  const std::string folder = asked.table ? std::string() : take_folder(common, asked.write);
  give_back_freed_memory();
  Outputs outputs = open_outputs(common);
  asked.plots.open_for_one(common, PictureSubject::prune_table);
  const int status = run_paths(common, outputs, [&](const std::string& path, const RunControl& control) {
    if (asked.table) {
      report(outputs, asked, path, predict_pruning(path, asked.prune, asked.write.options.level, control));
    } else {
      const PruneResult result =
          prune_checkpoint(path, folders_of(folder, asked), asked.prune, asked.write.options, control);
      for (const WriteResult& written : result.checkpoints)
        say_entropy_bound(written);
      warn_of_others(asked.write, folder);
      report(outputs, asked, path, result.table);
    }
    return kDone;
  });
  asked.plots.finish(status);
  return status;
}

}  // namespace weightsieve::cli
