// One verb of the program: what help says of it and the function that does it. One file a verb.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weightsieve::cli {

/// What follows the verb on the command line.
using Arguments = std::vector<std::string>;

/// The operands of a verb that takes one PATH after the other.
inline constexpr std::string_view kPaths = "PATH...";

struct Verb {
  std::string_view name;
  std::string_view summary;  ///< one line, in --help
  std::string_view paths;    ///< what PATH means, in the verb's own --help
  std::string_view notes;    ///< what else there is to know, behind the options; may be empty
  std::string_view example;
  int (*run)(const Verb& verb, const Arguments& arguments);  ///< returns the exit status
  std::string_view operands = kPaths;
  bool writes_folder = false;    ///< -o names a folder for a checkpoint
  bool has_page = false;         ///< --format html is one of its formats
  std::string_view unused = {};  ///< common options, by blanks, that it takes and that change nothing
};

int run_inspect(const Verb& verb, const Arguments& arguments);
int run_profile(const Verb& verb, const Arguments& arguments);
int run_merge(const Verb& verb, const Arguments& arguments);
int run_report(const Verb& verb, const Arguments& arguments);
int run_rank(const Verb& verb, const Arguments& arguments);
int run_prune(const Verb& verb, const Arguments& arguments);
int run_pack(const Verb& verb, const Arguments& arguments);
int run_unpack(const Verb& verb, const Arguments& arguments);
int run_compare(const Verb& verb, const Arguments& arguments);
int run_verify(const Verb& verb, const Arguments& arguments);

}  // namespace weightsieve::cli
