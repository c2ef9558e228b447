#include "weightsieve/io/partial_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <thread>

#include "io/faults.hpp"
#include "io/support.hpp"
#include "io/temp_folder.hpp"
#include "weightsieve/io/sha256.hpp"

namespace weightsieve {
namespace {

namespace fs = std::filesystem;
using faults::Call;

Bytes bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

TEST_CASE("a partial file survives its writer, is gone on with, and appears when it is published") {
  const TempFolder folder;
  {
    PartialFile file(folder / "out", Overwrite::refuse, 0);
    file.append(bytes_of("HEADbody and what nobody recorded"));
    file.sync();
    CHECK(file.path() == folder / ".out.partial");
  }
  CHECK_FALSE(fs::exists(folder / "out"));
  REQUIRE(read(folder / ".out.partial") == "HEADbody and what nobody recorded");

  PartialFile file(folder / "out", Overwrite::refuse, 8);
  CHECK(file.size() == 8);
  file.append(bytes_of(" goes on"));
  file.write_at(0, bytes_of("head"));
  file.publish();
  CHECK(read(folder / "out") == "headbody goes on");
  CHECK_FALSE(fs::exists(folder / ".out.partial"));
}

TEST_CASE("starting from nothing drops what is there, and removing leaves nothing") {
  const TempFolder folder;
  folder.write(".out.partial", "old");
  PartialFile file(folder / "out", Overwrite::refuse, 0);
  CHECK(fs::file_size(folder / ".out.partial") == 0);
  file.remove();
  CHECK(fs::is_empty(folder / ""));
}

TEST_CASE("a partial file that cannot be gone on with is refused, and nothing is touched") {
  const TempFolder folder;
  SECTION("shorter than its record says") {
    folder.write(".out.partial", "1234567");
    REQUIRE(throws(ErrorCode::unwritable, [&] { PartialFile(folder / "out", Overwrite::refuse, 8); }));
    CHECK(read(folder / ".out.partial") == "1234567");
  }
  SECTION("a symbolic link") {
    folder.write("elsewhere", "kept");
    fs::create_symlink("elsewhere", folder / ".out.partial");
    REQUIRE(throws(ErrorCode::unwritable, [&] { PartialFile(folder / "out", Overwrite::refuse, 0); }));
    CHECK(read(folder / "elsewhere") == "kept");
  }
  SECTION("a pipe") {
    REQUIRE(::mkfifo((folder / ".out.partial").c_str(), 0600) == 0);
    REQUIRE(throws(ErrorCode::unwritable, [&] { PartialFile(folder / "out", Overwrite::refuse, 0); }));
  }
  SECTION("the target exists") {
    folder.write("out", "kept");
    REQUIRE(throws(ErrorCode::unwritable, [&] { PartialFile(folder / "out", Overwrite::refuse, 0); }));
    CHECK(read(folder / "out") == "kept");
  }
}

TEST_CASE("pieces of a partial file may be written ahead, in any order") {
  const TempFolder folder;
  {
    PartialFile file(folder / "out", Overwrite::refuse, 0);
    file.append(bytes_of("ab"));
    {
      std::jthread later([&] { file.write_ahead(6, bytes_of("ghi")); });
      file.write_ahead(2, bytes_of("cdef"));
    }
    CHECK(file.size() == 2);
    file.grow(4);
    CHECK(file.size() == 6);
  }
  SECTION("what was not taken in is dropped by a run that goes on") {
    PartialFile file(folder / "out", Overwrite::refuse, 6);
    file.publish();
    CHECK(read(folder / "out") == "abcdef");
  }
  SECTION("or taken in") {
    PartialFile file(folder / "out", Overwrite::refuse, 9);
    file.publish();
    CHECK(read(folder / "out") == "abcdefghi");
  }
}

TEST_CASE("what another process writes into a partial file is taken in, and appended to") {
  const TempFolder folder;
  CHECK(throws(ErrorCode::unwritable, [&] { const PartialFileWriter none(folder / "out"); }));
  PartialFile file(folder / "out", Overwrite::refuse, 0);
  file.append(bytes_of("head "));
  const PartialFileWriter elsewhere(folder / "out");
  elsewhere.write_at(10, bytes_of("second "));
  elsewhere.write_at(5, bytes_of("first"));
  elsewhere.sync();
  file.grow(12);
  file.append(bytes_of("end"));
  file.publish();
  CHECK(read(folder / "out") == "head firstsecond end");
}

TEST_CASE("a partial file that cannot be stored stays for a later run") {
  const TempFolder folder;
  faults::Scope faults;
  {
    PartialFile file(folder / "out", Overwrite::replace, 0);
    file.append(bytes_of("good"));
    faults.fail(Call::write, ENOSPC);
    REQUIRE(throws(ErrorCode::unwritable, [&] { file.append(bytes_of("bad")); }));
    faults.fail(Call::fsync, EIO);
    REQUIRE(throws(ErrorCode::unwritable, [&] { file.publish(); }));
  }
  CHECK(read(folder / ".out.partial") == "good");
  CHECK_FALSE(fs::exists(folder / "out"));
}

// FIPS 180-4's examples, as published with their digests.
TEST_CASE("SHA-256 of a file is that of its bytes, however it is read") {
  const TempFolder folder;
  const IoMode mode = GENERATE(IoMode::mmap, IoMode::pread);
  const auto digest = [&](std::string_view content) {
    return sha256_of(*open_source(folder.write("file", content), mode));
  };
  CHECK(digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(digest(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  std::string long_text(3'000'001, 'a');
  const std::string with_a = digest(long_text);
  long_text.back() = 'b';
  CHECK(digest(long_text) != with_a);
}

TEST_CASE("SHA-256 of pieces is that of the whole") {
  const std::string text = "weightsieve";
  const Bytes bytes = std::as_bytes(std::span(text));
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    Sha256 digest;
    digest.add(bytes.first(cut));
    digest.add(bytes.subspan(cut));
    CHECK(digest.finish() == sha256_of(bytes));
  }
}

}  // namespace
}  // namespace weightsieve
