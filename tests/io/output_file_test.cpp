#include "weightsieve/io/output_file.hpp"

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "io/faults.hpp"
#include "io/support.hpp"
#include "io/temp_folder.hpp"

namespace weightsieve {
namespace {

namespace fs = std::filesystem;
using faults::Call;

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

using Names = std::vector<std::string>;

void produce(const std::string& target, Overwrite overwrite, std::string_view content = "new") {
  OutputFile output(target, overwrite);
  output.write(content);
  output.commit();
}

Error failure(const std::string& target, Overwrite overwrite, std::string_view content = "new") {
  const auto error = error_of([&] { produce(target, overwrite, content); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::unwritable);
  CHECK(error->place().file == target);
  return *error;
}

TEST_CASE("what a killed run left is removed, and nothing else") {
  const TempFolder folder;
  for (const std::string name : {"out", "other"}) {
    const int result = in_child([&]() -> int {
      const OutputFile output(folder / name, Overwrite::refuse);
      ::_exit(3);
    });
    REQUIRE(result == 3);
  }
  folder.write(".out.weightsieve-mine.tmp", "");
  const OutputFile alive(folder / "out", Overwrite::refuse);
  const auto removed = remove_abandoned(folder / "out");
  REQUIRE(removed.size() == 1);
  CHECK_FALSE(fs::exists(removed.front()));
  CHECK(names_in(folder / "").size() == 3);
  CHECK(remove_abandoned(folder / "out").empty());
  CHECK(remove_abandoned(folder / "other").size() == 1);
}

TEST_CASE("an output appears whole when it is committed, and not before") {
  const TempFolder folder;
  const std::string content = random_bytes(3'000'001);
  {
    OutputFile output(folder / "out", GENERATE(Overwrite::refuse, Overwrite::replace));
    REQUIRE(output.target() == folder / "out");
    for (std::size_t at = 0; at < content.size();) {
      const std::size_t length = std::min(content.size() - at, at % 5 ? at % 700'000 : std::size_t{3});
      output.write(std::string_view(content).substr(at, length));
      at += length;
    }
    REQUIRE_FALSE(fs::exists(folder / "out"));
    output.commit();
  }
  REQUIRE(read(folder / "out") == content);
  REQUIRE(names_in(folder / "") == Names{"out"});
}

TEST_CASE("an output that is not committed leaves nothing") {
  const TempFolder folder;
  {
    OutputFile output(folder / "out", Overwrite::refuse);
    output.write(std::string(1'000'000, 'x'));
    OutputFile moved = std::move(output);
    REQUIRE(names_in(folder / "").size() == 1);
  }
  REQUIRE(names_in(folder / "").empty());
}

TEST_CASE("an output has the permissions that the umask leaves") {
  const TempFolder folder;
  const mode_t before = ::umask(027);
  produce(folder / "out", Overwrite::refuse);
  ::umask(before);
  REQUIRE(fs::status(folder / "out").permissions() == fs::perms(0640));
}

TEST_CASE("a relative target lands in the current folder") {
  const TempFolder folder;
  const int result = in_child([&]() -> int {
    if (::chdir((folder / "").c_str()) != 0) return 1;
    produce("out", Overwrite::refuse);
    return 0;
  });
  REQUIRE(result == 0);
  REQUIRE(read(folder / "out") == "new");
}

TEST_CASE("an output stays in its folder when that is moved meanwhile") {
  const TempFolder folder;
  fs::create_directory(folder / "a");
  OutputFile output(folder / "a/out", Overwrite::refuse);
  fs::rename(folder / "a", folder / "b");
  fs::create_directory(folder / "a");
  output.write(std::string_view("new"));
  output.commit();
  REQUIRE(read(folder / "b/out") == "new");
  REQUIRE(names_in(folder / "a").empty());
}

TEST_CASE("an existing file is kept, or replaced when asked to") {
  const TempFolder folder;
  folder.write("out", "old");
  const Error error = failure(folder / "out", Overwrite::refuse);
  CHECK(error.message().find("--force") != std::string::npos);
  REQUIRE(read(folder / "out") == "old");
  produce(folder / "out", Overwrite::replace);
  REQUIRE(read(folder / "out") == "new");
  REQUIRE(names_in(folder / "") == Names{"out"});
}

TEST_CASE("F14, Z22: targets that are no regular files are refused always") {
  const TempFolder folder;
  const Overwrite overwrite = GENERATE(Overwrite::refuse, Overwrite::replace);
  folder.write("file", "old");
  fs::create_symlink("file", folder / "link");
  fs::create_symlink("nothing", folder / "dangling");
  fs::create_directory(folder / "directory");
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  const Names before = names_in(folder / "");
  for (const char* name :
       {"link", "dangling", "directory", "fifo", "directory/", "file/out", "missing/out"}) {
    INFO(name);
    failure(folder / name, overwrite);
  }
  failure("/dev/full", overwrite);
  failure("", overwrite);
  REQUIRE(names_in(folder / "") == before);
  REQUIRE(read(folder / "file") == "old");
}

TEST_CASE("F14: a folder that cannot be written to is known before the work starts") {
  const TempFolder folder;
  fs::permissions(folder / "", fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_all);
  fs::permissions(folder / "", fs::perms(0555));
  const int result = in_child([&]() -> int {
    if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) return 1;
    const auto error = error_of([&] { OutputFile(folder / "out", Overwrite::refuse); });
    return error ? static_cast<int>(error->code()) : 0;
  });
  fs::permissions(folder / "", fs::perms(0755));
  REQUIRE(result == 7);
}

TEST_CASE("a file that appears while the output is written is not replaced unless asked to") {
  const TempFolder folder;
  const Overwrite overwrite = GENERATE(Overwrite::refuse, Overwrite::replace);
  {
    OutputFile output(folder / "out", overwrite);
    output.write(std::string_view("new"));
    folder.write("out", "meanwhile");
    const auto error = error_of([&] { output.commit(); });
    REQUIRE(error.has_value() == (overwrite == Overwrite::refuse));
  }
  REQUIRE(read(folder / "out") == (overwrite == Overwrite::refuse ? "meanwhile" : "new"));
  REQUIRE(names_in(folder / "") == Names{"out"});
}

TEST_CASE("a file that appears at the very last moment is not replaced") {
  const TempFolder folder;
  faults::Scope faults;
  const bool has_no_replace = GENERATE(true, false);
  if (!has_no_replace) faults.fail(Call::rename_no_replace, EINVAL);
  faults.run_before(has_no_replace ? Call::rename_no_replace : Call::link,
                    [&] { folder.write("out", "other"); });
  failure(folder / "out", Overwrite::refuse);
  REQUIRE(read(folder / "out") == "other");
  REQUIRE(names_in(folder / "") == Names{"out"});
}

TEST_CASE("a link or a folder that appears where the output belongs is not replaced, even when asked to") {
  const TempFolder folder;
  folder.write("elsewhere", "old");
  OutputFile output(folder / "out", Overwrite::replace);
  const bool is_link = GENERATE(true, false);
  if (is_link) fs::create_symlink("elsewhere", folder / "out");
  if (!is_link) fs::create_directory(folder / "out");
  REQUIRE(throws(ErrorCode::unwritable, [&] { output.commit(); }));
  REQUIRE(fs::is_symlink(folder / "out") == is_link);
  REQUIRE(read(folder / "elsewhere") == "old");
}

TEST_CASE("a filesystem without RENAME_NOREPLACE, or without links as well, gets its output all the same") {
  const TempFolder folder;
  faults::Scope faults;
  faults.fail(Call::rename_no_replace, EINVAL);
  if (GENERATE(false, true)) faults.fail(Call::link, EPERM);
  produce(folder / "out", Overwrite::refuse);
  REQUIRE(read(folder / "out") == "new");
  REQUIRE(names_in(folder / "") == Names{"out"});
}

TEST_CASE("interrupted and short writes go on") {
  const TempFolder folder;
  const std::string content = random_bytes(1'000'000);
  faults::Scope faults;
  faults.transfer_at_most(4099).fail(Call::write, EINTR, 5);
  produce(folder / "out", Overwrite::refuse, content);
  REQUIRE(read(folder / "out") == content);
}

TEST_CASE("F16: whichever call fails, nothing is published and nothing is left") {
  struct Case {
    Call call;
    int error;
    int nth;
  };
  const auto [call, number, nth] = GENERATE(values<Case>({{Call::write, EIO, 1},
                                                          {Call::write, ENOSPC, 3},
                                                          {Call::fsync, EIO, 1},
                                                          {Call::close, EIO, 1},
                                                          {Call::rename_no_replace, EIO, 1},
                                                          {Call::rename_no_replace, EXDEV, 1},
                                                          {Call::fsync, EIO, 2}}));
  const TempFolder folder;
  {
    OutputFile output(folder / "out", Overwrite::refuse);
    faults::Scope faults;
    faults.fail(call, number, nth);
    const auto error = error_of([&] {
      output.write(std::string(1'000'000, 'x'));
      output.commit();
    });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::unwritable);
    if (call == Call::fsync) CHECK(faults::calls(Call::fsync) == nth);  // never tried again
  }
  REQUIRE(names_in(folder / "").empty());
}

TEST_CASE("F16: an output that cannot replace the old one leaves the old one") {
  const TempFolder folder;
  folder.write("out", "old");
  faults::Scope faults;
  faults.fail(Call::rename, EIO);
  failure(folder / "out", Overwrite::replace);
  REQUIRE(read(folder / "out") == "old");
  REQUIRE(names_in(folder / "") == Names{"out"});
}

TEST_CASE("F14: a full filesystem ends in advice, with nothing left behind") {
  if (::geteuid() != 0) return;  // needs a filesystem of its own
  const TempFolder folder;
  fs::create_directory(folder / "small");
  if (::mount("tmpfs", (folder / "small").c_str(), "tmpfs", 0, "size=1m") != 0) return;
  const Error error = failure(folder / "small/out", Overwrite::refuse, std::string(4'000'000, 'x'));
  const Names left = names_in(folder / "small");
  ::umount((folder / "small").c_str());
  CHECK(error.message().find("free some space") != std::string::npos);
  REQUIRE(left.empty());
}

TEST_CASE("F14: a file-size limit ends in advice, with nothing left behind") {
  const TempFolder folder;
  const int result = in_child([&]() -> int {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100'000, 100'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto error =
        error_of([&] { produce(folder / "out", Overwrite::refuse, std::string(1'000'000, 'x')); });
    if (!error || error->message().find("ulimit -f") == std::string::npos) return 1;
    return static_cast<int>(error->code());
  });
  REQUIRE(result == 7);
  REQUIRE(names_in(folder / "").empty());
}

}  // namespace
}  // namespace weightsieve
