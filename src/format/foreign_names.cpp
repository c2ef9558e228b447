#include "format/foreign_names.hpp"

#include <fmt/format.h>

#include <unordered_set>

#include "format/pickle_names.hpp"
#include "format/torch_globals.hpp"

namespace weightsieve::format {
namespace {

void observe(std::string_view global, const std::string& path, std::uint64_t offset_bytes,
             ProblemLog& problems) {
  const bool is_dangerous = is_dangerous_name(global);
  problems.observe(is_dangerous ? rules::kDangerousName : rules::kForeignName, path, offset_bytes,
                   fmt::format("the pickle names {}, which {}", in_quotes(dotted(global)),
                               is_dangerous ? "runs code or reaches the system when it is called"
                                            : "state dicts do not need"));
}

}  // namespace

void note_foreign_names(const Pickle& pickle, const std::string& path, std::uint64_t offset_bytes,
                        bool (*is_known)(std::string_view global) noexcept, ProblemLog& problems) {
  std::unordered_set<std::string_view> seen;
  pickle.each_global([&](std::string_view global) {
    if (is_known(global)) return;
    if (seen.size() > ProblemLog::kMostObserved || seen.insert(global).second)
      observe(global, path, offset_bytes, problems);
    problems.warn(
        rules::kTorchGlobal, path, offset_bytes,
        fmt::format(
            "names {}, which is not a part of honest state dicts; it was neither looked up nor called",
            in_quotes(dotted(global))));
  });
}

}  // namespace weightsieve::format
