// The program: a verb and its arguments become one call, and what it throws an exit status.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>

#include "cli/messages.hpp"
#include "cli/options.hpp"
#include "cli/process.hpp"
#include "cli/ranks.hpp"
#include "cli/spelling.hpp"
#include "cli/standard_output.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve::cli {
namespace {

constexpr int kSignalBase = 128;
constexpr int kClosedPipe = kSignalBase + 13;  // as if SIGPIPE had ended it
constexpr int kOurBug = 70;                    // EX_SOFTWARE of sysexits.h

constexpr std::string_view kCheckpoints =
    "A PATH is a checkpoint: a file, a directory that holds one, or the index of its\n"
    "shards. Several PATHs are several checkpoints.";
constexpr std::string_view kOne =
    "PATH is a checkpoint: a file, a directory that holds one, or the index of its\n"
    "shards. One is written at a time.";
constexpr std::string_view kProfiles = "A PATH is a file that 'weightsieve profile -o FILE.json' wrote.";
constexpr std::string_view kParts =
    "A PART is a file that 'weightsieve profile --part I/N -o FILE' wrote. All parts\n"
    "of one checkpoint are given, in any order; tensors are not read again.";
constexpr std::string_view kEither = "A PATH is a checkpoint, or a profile that 'weightsieve profile' saved.";

constexpr std::string_view kTwo =
    "A and B are checkpoints: files, directories that hold one, or indexes of shards;\n"
    "or profiles that 'weightsieve profile' saved, of which figures are compared.";

constexpr std::string_view kDifferences =
    "Tensors belong together by name; the same bytes under another name are a renamed\n"
    "tensor. Two values are equal when they are the same number, or both NaN. Without\n"
    "--tolerance another dtype differs too. Exit status: 0 equal, 1 different.";

constexpr std::string_view kTables =
    "--sort, --top and --group-by arrange the layers in text, markdown and CSV alike.\n"
    "For the table alone ask for CSV: every tensor with every column, or the layers\n"
    "arranged. JSON is the whole document, whatever these options say.";

constexpr std::string_view kConversion =
    "'pack --encoding dense' converts a checkpoint of any format to safetensors.";

constexpr Verb kVerbs[] = {
    {"inspect", "Tensors, shapes and parameters; reads headers only", kCheckpoints, kTables,
     "weightsieve inspect model.safetensors", run_inspect, kPaths, false, true},
    {"profile", "Counts, moments, quantiles and histograms of all weights", kCheckpoints, kTables,
     "weightsieve profile --threshold 0.1 -o profile.json model.safetensors", run_profile, kPaths, false,
     true},
    {"merge", "The parts of a profile, joined into what one run would have made", kParts, kTables,
     "weightsieve merge parts/*.part -o merged.json", run_merge, "PART...", false, true,
     "include exclude strict io threads isa"},
    {"report", "A saved profile again, in any format", kProfiles, kTables,
     "weightsieve report -o profile.html profile.json", run_report, kPaths, false, true,
     "strict io threads isa"},
    {"rank", "Checkpoints in the order of their size", kEither, "",
     "weightsieve rank --format markdown models/*", run_rank},
    {"prune", "The least important weights zeroed, and the checkpoint written so", kCheckpoints, "",
     "weightsieve prune --sparsity 0.9 --encoding packed model.safetensors -o pruned", run_prune, kPaths,
     true},
    {"pack", "The checkpoint again without loss, but smaller", kOne, kConversion,
     "weightsieve pack model.safetensors -o packed", run_pack, "PATH", true, false, "include exclude"},
    {"unpack", "What pack or prune wrote, restored byte for byte", kOne, "",
     "weightsieve unpack packed -o restored", run_unpack, "PATH", true, false, "include exclude"},
    {"compare", "Two checkpoints tensor by tensor; exit status 1 when they differ", kTwo, kDifferences,
     "weightsieve compare model.safetensors packed", run_compare, "A B", false, true},
    {"verify", "Whether checkpoints are intact; reads all of them", kCheckpoints, "",
     "weightsieve verify model.safetensors", run_verify},
};

std::string help() {
  std::string text =
      "Usage: weightsieve VERB [options] PATH...\n\nLooks at the weights of neural networks.\n\n";
  for (const Verb& verb : kVerbs)
    text += fmt::format("  {:8}  {}\n            $ {}\n", verb.name, verb.summary, verb.example);
  return text + fmt::format("\n{}\n'weightsieve help VERB' explains a verb's options.\n", kCheckpoints);
}

std::string why_no_verb(const std::string& word) {
  if (word.starts_with('-')) return "is no option of the program; the verb comes first";
  std::error_code ignored;
  if (std::filesystem::exists(word, ignored)) return "is a file; a verb comes first, for example inspect";
  std::vector<std::string> verbs{"help"};
  for (const Verb& verb : kVerbs)
    verbs.emplace_back(verb.name);
  return "is not a verb of this version" + spelling_hint(word, verbs);
}

const Verb* known_verb(const std::string& word) {
  const auto* const verb = std::find_if(std::begin(kVerbs), std::end(kVerbs),
                                        [&](const Verb& known) { return known.name == word; });
  return verb == std::end(kVerbs) ? nullptr : verb;
}

int answer(const std::string& text) {
  StandardOutput out;
  out.write(text);
  out.flush();
  return 0;
}

/// Who says nothing is told what there is to say, as a usage error.
int complain(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  return static_cast<int>(ErrorCode::usage);
}

/// "help" is "--help", and "help VERB" is "VERB --help".
Arguments without_help_verb(const Arguments& words) {
  if (words.empty() || words[0] != "help") return words;
  if (words.size() > 2) throw Error(ErrorCode::usage, "help explains one verb at a time");
  return words.size() == 1 ? Arguments{"--help"} : Arguments{words[1], "--help"};
}

/// All other verbs are done by one rank; the rest have nothing to do.
bool is_done_together(const Arguments& words) {
  constexpr std::array together{run_profile, run_prune, run_pack, run_unpack, run_compare, run_verify};
  const Verb* const verb = words.empty() ? nullptr : known_verb(words[0]);
  return verb != nullptr && std::find(together.begin(), together.end(), verb->run) != together.end();
}

int run(const Arguments& arguments) {
  const Arguments words = without_help_verb(arguments);
  if (!is_first_rank() && !is_done_together(words)) return 0;
  if (words.empty()) return complain(help());
  if (words[0] == "--help" || words[0] == "-h") return answer(help());
  if (words[0] == "--version") return answer(version_text() + "\n");
  const Verb* const verb = known_verb(words[0]);
  if (verb == nullptr) throw Error(ErrorCode::usage, fmt::format("'{}' {}", words[0], why_no_verb(words[0])));
  return verb->run(*verb, {words.begin() + 1, words.end()});
}

std::string hint(const Arguments& words) {
  const Verb* const verb = words.empty() ? nullptr : known_verb(words[0]);
  return verb == nullptr ? "see 'weightsieve --help'"
                         : fmt::format("see 'weightsieve {} --help'", verb->name);
}

/// What was done is not lost where the error names the journal that has it.
std::string how_to_go_on(const Error& error) {
  if (error.place().file.empty()) return "";
  return fmt::format("; what was done is kept in {}: the same command with --resume goes on",
                     error.place().file);
}

/// The signal that stopped this run; 0 where none came. Launchers signal all ranks, and another one may have
/// been quicker to tell than the signal.
int awaited_signal() {
  constexpr int waits = 50;
  constexpr useconds_t each_microseconds = 10'000;
  for (int i = 0; i < waits && team() != nullptr && stop_signal() == 0; ++i)
    ::usleep(each_microseconds);
  return stop_signal();
}

int status_of(const Error& error, const Arguments& words) {
  if (error.code() == ErrorCode::cancelled) {
    const int number = awaited_signal();
    say((number != 0 ? fmt::format("stopped by signal {}", number) : "stopped by a signal to another rank") +
        how_to_go_on(error));
    return kSignalBase + (number != 0 ? number : SIGTERM);
  }
  const bool usage = error.code() == ErrorCode::usage;
  say(usage ? fmt::format("{} ({})", error.what(), hint(words)) : error.what());
  return static_cast<int>(error.code());
}

int guarded(const Arguments& words) {
  try {
    return run(words);
  } catch (const Error& error) {
    return status_of(error, words);
  } catch (const ClosedPipe&) {
    return kClosedPipe;
  } catch (const std::bad_alloc&) {
    say("not enough memory");
    return static_cast<int>(ErrorCode::unreadable);
  } catch (const std::exception& error) {
    say(fmt::format("a bug of weightsieve, please report it: {}", error.what()));
    return kOurBug;
  }
}

}  // namespace
}  // namespace weightsieve::cli

int main(int argc, char** argv) {
  weightsieve::cli::prepare_process();
  const weightsieve::cli::Arguments words{argv + std::min(argc, 1), argv + argc};
  return weightsieve::cli::run_as_rank([&words] { return weightsieve::cli::guarded(words); });
}
