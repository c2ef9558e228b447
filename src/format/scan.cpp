#include "weightsieve/format/scan.hpp"

#include <algorithm>

#include "format/problem_log.hpp"
#include "format/zip_end.hpp"
#include "weightsieve/base/text.hpp"
#include "weightsieve/format/rules.hpp"

namespace weightsieve {
namespace {

using format::in_quotes;

/// Whoever joins it to a folder leaves that.
bool leads_elsewhere(std::string_view name) {
  if (name.starts_with('/') || name.starts_with('\\')) return true;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find_first_of("/\\", begin), name.size());
    if (name.substr(begin, end - begin) == "..") return true;
    begin = end + 1;
  }
  return false;
}

void scan_name(const std::string& name, const CheckpointFile& file, format::ProblemLog& log) {
  if (escape_control(name) != name)
    log.observe(rules::kHostileName, file.path, std::nullopt,
                "a tensor's name has characters that terminals act on or hide: " + in_quotes(name));
  if (leads_elsewhere(name))
    log.observe(rules::kHostileName, file.path, std::nullopt,
                "a tensor's name is a path out of a folder: " + in_quotes(name));
}

/// Python's zipfile, and what builds on it, look at the end of a file alone.
void scan_end(const CheckpointFile& file, IoMode io, format::ProblemLog& log) {
  const auto end = format::zip_end_behind_other_bytes(*open_source(file.path, io));
  if (end)
    log.observe(rules::kPolyglot, file.path, *end,
                "ends with the directory of a ZIP archive, which other programs would open instead");
}

}  // namespace

std::vector<Problem> scan_checkpoint(const Checkpoint& checkpoint, IoMode io) {
  format::ProblemLog log(false);
  for (const CheckpointFile& file : checkpoint.files)
    scan_end(file, io, log);
  for (const TensorInfo& tensor : checkpoint.tensors)
    scan_name(tensor.name, checkpoint.files[tensor.file], log);
  return log.take_observations();
}

}  // namespace weightsieve
