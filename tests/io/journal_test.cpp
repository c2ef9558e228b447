#include "weightsieve/io/journal.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "io/faults.hpp"
#include "io/support.hpp"
#include "io/temp_folder.hpp"

namespace weightsieve {
namespace {

namespace fs = std::filesystem;
using Records = std::vector<std::string>;

constexpr std::string_view kRun = "program 1, these options, that input";

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// What a run left that recorded these, and was killed.
std::string leftover(const TempFolder& folder, const Records& records) {
  const std::string path = folder / "journal";
  Journal journal(path, kRun, Leftover::refuse);
  for (const std::string& record : records)
    journal.append(record);
  return path;
}

Records resumed(const std::string& path) { return Journal(path, kRun, Leftover::resume).records(); }

bool refuses(const std::string& path, std::string_view run, Leftover how) {
  const auto error = error_of([&] { Journal(path, run, how); });
  if (!error) return false;
  CHECK(error->code() == ErrorCode::unwritable);
  CHECK(error->place().file == path);
  return true;
}

TEST_CASE("a journal's records survive the run that wrote them, in order") {
  const TempFolder folder;
  const Records records{"first", "", "  spaces and\ttabs ", "\xFF\xFE any bytes", std::string(100'000, 'x')};
  const std::string path = leftover(folder, records);
  CHECK(resumed(path) == records);
  CHECK(resumed(path) == records);
  CHECK(Journal(path, kRun, Leftover::resume).goes_on());
  Journal(path, kRun, Leftover::resume).append("one more");
  CHECK(resumed(path).back() == "one more");
}

TEST_CASE("a new journal has no records, and goes away when the run is done") {
  const TempFolder folder;
  const Leftover how = GENERATE(Leftover::refuse, Leftover::resume, Leftover::discard);
  Journal journal(folder / "journal", kRun, how);
  CHECK(journal.records().empty());
  CHECK_FALSE(journal.goes_on());
  journal.append("a record");
  journal.remove();
  CHECK(fs::is_empty(folder / ""));
}

TEST_CASE("a run that recorded nothing yet is gone on with") {
  const TempFolder folder;
  const std::string path = leftover(folder, {});
  CHECK(refuses(path, kRun, Leftover::refuse));
  CHECK(Journal(path, kRun, Leftover::resume).goes_on());
  CHECK_FALSE(Journal(path, kRun, Leftover::discard).goes_on());
}

TEST_CASE("of a journal cut anywhere, the whole records are left, and it is gone on with") {
  const TempFolder folder;
  const Records records{"one", "two", "and three"};
  const std::string whole = read(leftover(folder, records));
  const TempFolder cut;
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const std::string path = cut.write_anew("journal", std::string_view(whole).substr(0, size));
    const auto lines = std::count(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size), '\n');
    const auto expected = static_cast<std::size_t>(std::max<std::ptrdiff_t>(lines - 1, 0));
    INFO("cut to " << size);
    REQUIRE(resumed(path) ==
            Records(records.begin(), records.begin() + static_cast<std::ptrdiff_t>(expected)));
    Journal(path, kRun, Leftover::resume).append("next");
    REQUIRE(resumed(path).size() == expected + 1);
    REQUIRE(resumed(path).back() == "next");
  }
}

TEST_CASE("a record that was damaged is dropped with everything behind it") {
  const TempFolder folder;
  const std::string whole = read(leftover(folder, {"one", "two", "three"}));
  const TempFolder damaged;
  const std::size_t second = whole.find("two");
  for (std::size_t at = whole.find("one") + 4; at < second + 3; ++at) {
    std::string text = whole;
    text[at] = static_cast<char>(text[at] ^ 1);
    INFO("byte " << at);
    REQUIRE(resumed(damaged.write_anew("journal", text)) == Records{"one"});
  }
  CHECK(resumed(damaged.write_anew("journal", whole.substr(0, second) + std::string(4096, '\0'))) ==
        Records{"one"});
}

TEST_CASE("a leftover is refused unless it is asked for, and only for its own run") {
  const TempFolder folder;
  const std::string path = leftover(folder, {"kept"});
  const std::string before = read(path);
  CHECK(refuses(path, kRun, Leftover::refuse));
  CHECK(refuses(path, "another run", Leftover::refuse));
  CHECK(refuses(path, "another run", Leftover::resume));
  CHECK(read(path) == before);
  CHECK(Journal(path, "another run", Leftover::discard).records().empty());
  CHECK(refuses(path, kRun, Leftover::resume));
}

TEST_CASE("a file that may be the begin of a journal holds no records") {
  const TempFolder folder;
  const std::string zeros(100, '\0');  // as a file system may leave what was not stored yet
  for (const std::string_view text : {"", "0123456789abcdef \n", "0123456789abcdef x", "01234"})
    CHECK(resumed(folder.write("journal", text)).empty());
  CHECK(resumed(folder.write_anew("journal", zeros)).empty());
}

TEST_CASE("a file of somebody else is not cut, whatever is asked for") {
  const TempFolder folder;
  for (const std::string_view text : {"hello\n", "\n\n\n", "0123456789abcdefx"}) {
    const std::string path = folder.write_anew("journal", text);
    for (const auto how : {Leftover::refuse, Leftover::resume, Leftover::discard})
      CHECK(refuses(path, kRun, how));
    CHECK(read(path) == text);
  }
}

TEST_CASE("F20: while a run holds its journal, another process is refused whatever it asks for") {
  const TempFolder folder;
  const std::string path = folder / "journal";
  const Leftover how = GENERATE(Leftover::refuse, Leftover::resume, Leftover::discard);
  Journal journal(path, kRun, Leftover::refuse);
  journal.append("mine");
  const auto try_it = [&] { return in_child([&] { return refuses(path, kRun, how) ? 0 : 1; }); };
  CHECK(try_it() == 0);
  CHECK(read(path).find("mine") != std::string::npos);
  journal.remove();
  CHECK(in_child([&] { return refuses(path, kRun, how) ? 1 : 0; }) == 0);
}

TEST_CASE("a run that dies lets go of its journal") {
  const TempFolder folder;
  const std::string path = folder / "journal";
  CHECK(in_child([&] {
          Journal journal(path, kRun, Leftover::refuse);
          journal.append("before");
          ::raise(SIGKILL);
          return 0;
        }) == 128 + SIGKILL);
  CHECK(resumed(path) == Records{"before"});
}

TEST_CASE("what is no regular file is left alone") {
  const TempFolder folder;
  const std::string path = folder / "journal";
  SECTION("a symbolic link") {
    fs::create_symlink(folder.write("elsewhere", "kept"), path);
    CHECK(refuses(path, kRun, Leftover::discard));
    CHECK(read(folder / "elsewhere") == "kept");
  }
  SECTION("a dangling symbolic link") {
    fs::create_symlink("nowhere", path);
    CHECK(refuses(path, kRun, Leftover::discard));
    CHECK_FALSE(fs::exists(folder / "nowhere"));
  }
  SECTION("a pipe") {
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    CHECK(refuses(path, kRun, Leftover::discard));
  }
  SECTION("a folder") {
    fs::create_directory(path);
    CHECK(refuses(path, kRun, Leftover::discard));
  }
  SECTION("in a folder that is missing") {
    CHECK(refuses(folder / "missing/journal", kRun, Leftover::refuse));
  }
}

TEST_CASE("a journal that cannot be started is not left behind") {
  const TempFolder folder;
  faults::Scope faults;
  faults.fail(faults::Call::write, ENOSPC);
  CHECK(refuses(folder / "journal", kRun, Leftover::refuse));
  CHECK(fs::is_empty(folder / ""));
}

TEST_CASE("a record that did not fit is not there, and those before it are") {
  const TempFolder folder;
  const std::string path = folder / "journal";
  {
    faults::Scope faults;
    Journal journal(path, kRun, Leftover::refuse);
    journal.append("good");
    faults.transfer_at_most(7);
    faults.fail(faults::Call::write, ENOSPC, 3);
    CHECK(throws(ErrorCode::unwritable, [&] { journal.append("torn"); }));
  }
  CHECK(resumed(path) == Records{"good"});
}

}  // namespace
}  // namespace weightsieve
