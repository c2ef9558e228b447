// The temporary files of runs that could not remove them.

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>

#include "io/file_descriptor.hpp"
#include "io/temporary_file.hpp"
#include "weightsieve/io/output_file.hpp"

namespace weightsieve {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnd = ".tmp";
constexpr std::size_t kDigits = 16;

bool is_temporary_of(const std::string& name, const std::string& prefix) {
  if (!name.starts_with(prefix) || !name.ends_with(kEnd)) return false;
  if (name.size() != prefix.size() + kDigits + kEnd.size()) return false;
  return name.find_first_not_of("0123456789abcdef", prefix.size()) == prefix.size() + kDigits;
}

/// Whoever writes it holds its lock, so nobody does when it can be had.
bool removed_if_abandoned(const std::string& path) {
  const io::FileDescriptor file(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  return file.is_open() && ::flock(file.number(), LOCK_EX | LOCK_NB) == 0 && ::unlink(path.c_str()) == 0;
}

}  // namespace

std::vector<std::string> remove_abandoned(const std::string& target) {
  const fs::path path(target);
  const std::string prefix = io::temporary_prefix(path.filename().string());
  std::vector<std::string> removed;
  std::error_code error;
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string found = (folder / at->path().filename()).string();
    if (is_temporary_of(at->path().filename().string(), prefix) && removed_if_abandoned(found))
      removed.push_back(found);
  }
  return removed;
}

}  // namespace weightsieve
