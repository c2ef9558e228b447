// F01-F06, F10: what can be opened, and what is said about the rest.

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "io/support.hpp"
#include "io/temp_folder.hpp"
#include "weightsieve/io/source.hpp"

namespace weightsieve {
namespace {

namespace fs = std::filesystem;

void require_refused(const std::string& path, const std::string& word) {
  for (const IoMode mode : {IoMode::automatic, IoMode::mmap, IoMode::pread}) {
    const auto error = error_of([&] { open_source(path, mode); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::malformed);
    CHECK(error->place().rule == "FILE-KIND");
    CHECK(error->place().file == path);
    CHECK(error->message().find(word) != std::string::npos);
  }
}

TEST_CASE("F01: a FIFO is refused at once, without waiting for a writer") {
  const TempFolder folder;
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  require_refused(folder / "fifo", "pipe");
}

TEST_CASE("F02: devices are refused") {
  require_refused("/dev/zero", "device");
  require_refused("/dev/full", "device");
  require_refused("/dev/tty", "device");
}

TEST_CASE("F02: a pipe on stdin is refused") {
  const int result = in_child([] {
    int ends[2];
    if (::pipe(ends) != 0 || ::dup2(ends[0], 0) != 0) return 1;
    const auto error = error_of([] { open_source("/dev/stdin", IoMode::automatic); });
    return error ? static_cast<int>(error->code()) : 0;
  });
  REQUIRE(result == 3);
}

TEST_CASE("F03: a directory is refused, whatever its name") {
  const TempFolder folder;
  fs::create_directory(folder / "x.safetensors");
  require_refused(folder / "x.safetensors", "directory");
}

TEST_CASE("F04: sockets and links that lead nowhere are refused") {
  const TempFolder folder;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = folder / "socket";
  REQUIRE(path.size() < sizeof address.sun_path);
  std::strcpy(address.sun_path, path.c_str());
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  require_refused(path, "socket");
  ::close(socket);

  fs::create_symlink("nothing", folder / "dangling");
  require_refused(folder / "dangling", "does not exist");
  fs::create_symlink("loop", folder / "loop");
  require_refused(folder / "loop", "loop");
}

TEST_CASE("F05: files that the kernel makes up are refused") {
  require_refused("/proc/self/mem", "kernel");
  require_refused("/proc/self/status", "kernel");
  if (fs::exists("/proc/kcore") && ::geteuid() == 0) require_refused("/proc/kcore", "kernel");
  if (fs::exists("/sys/kernel/uevent_seqnum")) require_refused("/sys/kernel/uevent_seqnum", "kernel");
}

TEST_CASE("a link to a regular file is followed") {
  const TempFolder folder;
  folder.write("a", "bytes");
  fs::create_symlink("a", folder / "link");
  const auto source = open_source(folder / "link", IoMode::automatic);
  REQUIRE(text(source->cursor()->view(0, 5)) == "bytes");
}

TEST_CASE("F10: a file that is missing or forbidden cannot be read") {
  const TempFolder folder;
  REQUIRE(throws(ErrorCode::unreadable, [&] { open_source(folder / "missing", IoMode::automatic); }));
  const std::string path = folder.write("secret", "x");
  REQUIRE(throws(ErrorCode::unreadable, [&] { open_source(path + "/below", IoMode::automatic); }));
  fs::permissions(path, fs::perms::none);
  fs::permissions(folder / "", fs::perms::all);
  const int result = in_child([&] {
    if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) return 1;
    const auto error = error_of([&] { open_source(path, IoMode::automatic); });
    if (!error || error->message().find("Permission denied") == std::string::npos) return 2;
    return static_cast<int>(error->code());
  });
  REQUIRE(result == 6);
}

TEST_CASE("F13: names that are too long, not UTF-8 or span lines are opened or named on one line") {
  const TempFolder folder;
  const std::string name = "a\nb\xff";
  folder.write(name, "bytes");
  REQUIRE(open_source(folder / name, IoMode::automatic)->size() == 5);
  const auto error =
      error_of([&] { open_source(folder / ("missing\n" + std::string(5000, 'x')), IoMode::automatic); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::unreadable);
  CHECK(std::string_view(error->what()).find('\n') == std::string_view::npos);
}

}  // namespace
}  // namespace weightsieve
