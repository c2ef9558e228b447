#include "cli/messages.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/ranks.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve::cli {
namespace {

constexpr std::size_t kMostLines = 20;

template <class T, class Line>
void say_each(const std::vector<T>& items, Line line) {
  for (std::size_t i = 0; i < items.size() && i < kMostLines; ++i)
    say(line(items[i]));
  if (items.size() > kMostLines) say(fmt::format("… and {} more", items.size() - kMostLines));
}

}  // namespace

void say(std::string_view text) {
  if (!is_first_rank()) return keep_in_mind(escape_control(text));
  const std::string line = fmt::format("weightsieve: {}\n", escape_control(text));
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

void warn_of_problems(const std::vector<Problem>& problems) {
  say_each(problems, [](const Problem& problem) {
    const Error described(ErrorCode::malformed, problem.message,
                          {problem.file, problem.offset_bytes, {}, problem.rule});
    return fmt::format("warning: {}", described.what());
  });
}

void warn_of_no_match(const NameFilter& filter, std::string_view checkpoint, std::size_t tensors) {
  if (tensors != 0 || (filter.include.empty() && filter.exclude.empty())) return;
  say(fmt::format("warning: {}: no tensor matches --include and --exclude", checkpoint));
}

void warn_of_skipped(const CheckpointProfile& profile) {
  say_each(profile.skipped, [&](const SkippedTensor& tensor) {
    return fmt::format("{}: tensor \"{}\" was not profiled: {}", profile.name, tensor.name, tensor.reason);
  });
}

}  // namespace weightsieve::cli
