#include "report/gnuplot.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gnuplot-iostream.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

namespace weightsieve {
namespace {

[[noreturn]] void fail(std::string_view what, int error) {
  throw CannotDraw(fmt::format("{}: {}", what, std::strerror(error)));
}

/// A file without a name, in memory. Owns its descriptor.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(::memfd_create("weightsieve", MFD_CLOEXEC)) {
    if (descriptor_ < 0) fail("cannot make a file in memory", errno);
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  int descriptor() const noexcept { return descriptor_; }

  /// Replaces nothing: the file is empty. Reading begins at its start.
  void fill(std::string_view text) const {
    std::FILE* const file = ::fdopen(::fcntl(descriptor_, F_DUPFD_CLOEXEC, 0), "w");
    if (file == nullptr) fail("cannot write for gnuplot", errno);
    {
      gnuplotio::Gnuplot stream(file);
      stream << text;
    }
    if (::lseek(descriptor_, 0, SEEK_END) != static_cast<off_t>(text.size()))
      fail("cannot write for gnuplot", ENOSPC);
    ::lseek(descriptor_, 0, SEEK_SET);
  }

  std::string content() const {
    std::string text(static_cast<std::size_t>(std::max<off_t>(0, ::lseek(descriptor_, 0, SEEK_END))), '\0');
    std::size_t size = 0;
    while (size < text.size()) {
      const ssize_t count =
          ::pread(descriptor_, text.data() + size, text.size() - size, static_cast<off_t>(size));
      if (count <= 0) break;
      size += static_cast<std::size_t>(count);
    }
    text.resize(size);
    return text;
  }

 private:
  int descriptor_;
};

/// Which descriptors the child has: its own standard ones, and the data as 3.
class FileActions {
 public:
  FileActions() { ::posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;

  void give(const MemoryFile& file, int as) {
    ::posix_spawn_file_actions_adddup2(&actions_, file.descriptor(), as);
  }
  const posix_spawn_file_actions_t* get() const noexcept { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

/// The same picture whatever the user's locale and gnuplot's own variables are.
std::vector<std::string> environment() {
  std::vector<std::string> variables{"LC_ALL=C"};
  for (const char* name : {"PATH", "HOME", "XDG_CACHE_HOME", "FONTCONFIG_FILE", "FONTCONFIG_PATH"}) {
    const char* const value = std::getenv(name);
    if (value != nullptr) variables.push_back(fmt::format("{}={}", name, value));
  }
  return variables;
}

pid_t spawn(const FileActions& actions) {
  std::array<std::string, 2> words{"gnuplot", "--default-settings"};
  std::array<char*, 3> arguments{words[0].data(), words[1].data(), nullptr};
  std::vector<std::string> variables = environment();
  std::vector<char*> pointers;
  pointers.reserve(variables.size() + 1);
  for (std::string& variable : variables)
    pointers.push_back(variable.data());
  pointers.push_back(nullptr);
  pid_t child = 0;
  const int error =
      ::posix_spawnp(&child, words[0].data(), actions.get(), nullptr, arguments.data(), pointers.data());
  if (error == ENOENT) throw CannotDraw("gnuplot is not installed (Debian: apt install gnuplot-nox)");
  if (error != 0) fail("gnuplot cannot be started", error);
  return child;
}

/// A caller that ignores SIGCHLD leaves no status to know; then the output alone must do.
bool ends_well(pid_t child) {
  int status = 0;
  pid_t ended = -1;
  do {
    ended = ::waitpid(child, &status, 0);
  } while (ended < 0 && errno == EINTR);
  return ended < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

std::string last_line(std::string_view text) {
  const std::size_t end = text.find_last_not_of(" \n");
  if (end == std::string_view::npos) return "";
  const std::size_t begin = text.rfind('\n', end);
  return std::string(text.substr(begin + 1, end - begin));
}

}  // namespace

std::string run_gnuplot(std::string_view script, std::string_view data) {
  const MemoryFile commands, figures, picture, complaints;
  commands.fill(script);
  figures.fill(data);
  FileActions actions;
  actions.give(commands, STDIN_FILENO);
  actions.give(picture, STDOUT_FILENO);
  actions.give(complaints, STDERR_FILENO);
  actions.give(figures, 3);
  const bool well = ends_well(spawn(actions));
  std::string drawn = picture.content();
  if (!well || drawn.empty())
    throw CannotDraw(fmt::format("gnuplot failed: {}", last_line(complaints.content())));
  return drawn;
}

}  // namespace weightsieve
