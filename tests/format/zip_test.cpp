// Rows P01 to P36 of the list of malformed inputs: the container of PyTorch's checkpoints.
#include <catch2/catch.hpp>

#include "format/verdict.hpp"
#include "support/pickle_text.hpp"
#include "support/zip_file.hpp"

namespace weightsieve::test {
namespace {

using namespace std::string_literals;
using pickle::small_archive;

void rejects(const ZipFile& zip, std::string_view rule) { rejects_bytes(zip.file(), rule); }

/// The small archive with one field changed, in one header or both.
ZipFile changed(const std::function<void(ZipPart&)>& change, std::size_t part = 0) {
  ZipFile zip = small_archive();
  change(zip.parts.at(part));
  return zip;
}

std::string zip64_extra(const std::vector<std::uint64_t>& values) {
  const std::string content = bytes_of(values);
  return bytes_of(std::uint16_t{1}) + bytes_of(static_cast<std::uint16_t>(content.size())) + content;
}

/// The small archive with true ZIP64 end records, and what a test changes about them.
std::string with_zip64(const std::function<void(Zip64End&, ZipFile&)>& change = [](auto&, auto&) {}) {
  ZipFile zip = small_archive();
  const std::string plain = zip.file();
  Zip64End end;
  end.entries = zip.parts.size();
  end.directory_offset = load<std::uint32_t>(std::as_bytes(std::span(plain)).data() + plain.size() - 6);
  end.directory_bytes = plain.size() - 22 - end.directory_offset;
  end.at = plain.size() - 22;
  change(end, zip);
  zip.before_end = end.records();
  return zip.file();
}

TEST_CASE("an archive as torch.save writes it is read where it lies") {
  const std::string bytes = small_archive().file();
  const TempFolder folder;
  const Checkpoint checkpoint = accepts(folder.write("model.bin", bytes));
  REQUIRE(checkpoint.tensors.size() == 1);
  CHECK(checkpoint.tensors[0].name == "w");
  CHECK(checkpoint.format == "pytorch");
  CHECK(checkpoint.files[0].content_name == "model.safetensors");
}

TEST_CASE("P01 no end record") {
  rejects_bytes("PK\3\4", "ZIP-END");
  rejects_bytes("PK\3\4" + std::string(100, 'x'), "ZIP-END");
  const std::string whole = small_archive().file();
  rejects_bytes(whole.substr(0, whole.size() - 22), "ZIP-END");
}

TEST_CASE("P02 end records in the comment") {
  ZipFile zip = small_archive();
  zip.comment = bytes_of(std::uint32_t{0x06054b50}) + std::string(65'531, 'x');
  accepts(TempFolder().write("model.bin", zip.file()));
  // One whose own comment ends with the file as well.
  zip.comment = "xx" + bytes_of(std::uint32_t{0x06054b50}) + std::string(18, '\0');
  rejects(zip, "ZIP-END");
}

TEST_CASE("P03 bytes before the first member") {
  for (const std::string& junk : {"PK\7\10"s, "#!/bin/sh\n"s}) {
    ZipFile zip = small_archive();
    zip.parts[0].before = junk;
    const TempFolder folder;
    CHECK(open_once(folder.write("model.bin", zip.file()), {}).error.has_value());
  }
  // Behind bytes that begin like a member.
  ZipFile zip = small_archive();
  zip.parts[0].before = "PK\3\4" + std::string(60, '\0');
  rejects(zip, "ZIP-START");
}

TEST_CASE("P04 two names of one member") {
  rejects(changed([](ZipPart& part) { part.local.name = "archive/datap.kl"; }), "ZIP-LOCAL");
}

TEST_CASE("P05 members that are encrypted or patches") {
  for (const std::uint16_t flag : std::initializer_list<std::uint16_t>{0x1, 0x20, 0x40, 0x2000}) {
    rejects(changed([&](ZipPart& part) { ZipFile::set(part, [&](ZipFields& f) { f.flags = flag; }); }),
            "ZIP-FLAGS");
    rejects(changed([&](ZipPart& part) { part.local.flags = flag; }), "ZIP-LOCAL");
  }
}

TEST_CASE("P06 headers that differ") {
  rejects(changed([](ZipPart& part) { part.local.flags = 0x800; }), "ZIP-LOCAL");
  rejects(changed([](ZipPart& part) { part.local.method = 8; }), "ZIP-LOCAL");
  rejects(changed([](ZipPart& part) { part.local.bytes += 1; }), "ZIP-LOCAL");
  rejects(changed([](ZipPart& part) { part.local.stored_bytes = 0; }), "ZIP-LOCAL");
  rejects(changed([](ZipPart& part) { part.local.crc ^= 1; }), "ZIP-LOCAL");
  rejects(changed([](ZipPart& part) { part.local.version = 45; }), "ZIP-LOCAL");
}

TEST_CASE("P07 a checksum that is wrong among right ones") {
  rejects(changed([](ZipPart& part) { ZipFile::set(part, [](ZipFields& f) { f.crc ^= 1; }); }), "ZIP-CRC");
}

TEST_CASE("P08 checksums that were never computed") {
  ZipFile zip = small_archive();
  for (ZipPart& part : zip.parts)
    ZipFile::set(part, [](ZipFields& f) { f.crc = 0; });
  CHECK(warns_bytes(zip.file(), "ZIP-UNCHECKED").tensors.size() == 1);
}

TEST_CASE("P09 a member twice") {
  ZipFile zip = small_archive();
  zip.add("archive/data.pkl", zip.parts[0].content);
  rejects(zip, "ZIP-DUPLICATE");
}

TEST_CASE("P10 data.pkl in two places") {
  for (const std::string name : {"b/data.pkl", "b/c/data.pkl", "data.pkl"}) {
    ZipFile zip = small_archive();
    zip.add(name, zip.parts[0].content);
    rejects(zip, "PT-ARCHIVE");
  }
}

TEST_CASE("P11 names that some systems take for the same") {
  ZipFile zip = small_archive();
  zip.add("archive/DATA.pkl", "x");
  rejects(zip, "PT-ARCHIVE");
  rejects(
      changed([](ZipPart& part) { ZipFile::set(part, [](ZipFields& f) { f.name = "archive//data.pkl"; }); }),
      "ZIP-NAME");
}

TEST_CASE("P12 names that lead elsewhere") {
  for (const std::string& name : {"../x"s, "/etc/passwd"s, "a\0b"s, ""s, "archive/../../x"s, "archive\\x"s,
                                  "C:/x"s, "archive/./x"s, ".."s}) {
    ZipFile zip = small_archive();
    zip.add(name, "x");
    rejects(zip, "ZIP-NAME");
  }
  ZipFile zip = small_archive();
  ZipFile::set(zip.add("archive/\xFF", "x"), [](ZipFields& f) { f.flags = 0x800; });
  rejects(zip, "ZIP-NAME");
}

TEST_CASE("P13 members over each other") {
  ZipFile zip = small_archive();
  // The second is said to be where the first is: headers agree, places do not.
  ZipPart& copy = zip.add("archive/data.pkl", zip.parts[0].content);
  copy.offset = 0;
  ZipFile::set(copy, [](ZipFields& f) { f.name = "archive/data.pk2"; });
  rejects(zip, "ZIP-LOCAL");
  ZipFile same = small_archive();
  ZipPart& last = same.parts.back();
  last.offset = 0;
  last.entry = same.parts[0].entry;
  last.entry.name = "archive/data.pkl";
  rejects(same, "ZIP-DUPLICATE");
}

TEST_CASE("P14 a local header inside another member") {
  ZipFile inner;
  inner.add("archive/extra", "x");
  const std::string header = inner.file().substr(0, 30 + 13 + 1);
  ZipFile zip = small_archive();
  const std::size_t storage = 1;
  zip.parts[storage].content = header + std::string(20, '\0');
  ZipFile::set(zip.parts[storage], [&](ZipFields& f) {
    f.bytes = f.stored_bytes = static_cast<std::uint32_t>(zip.parts[storage].content.size());
  });
  const std::string so_far = zip.file();
  ZipPart quoted = inner.parts[0];
  quoted.offset = static_cast<std::uint32_t>(so_far.find(header));
  zip.parts.push_back(quoted);
  rejects(zip, "ZIP-OVERLAP");
}

TEST_CASE("P15 and P16 members that claim more than their bytes can hold") {
  rejects(changed([](ZipPart& part) {
            ZipFile::set(part, [](ZipFields& f) {
              f.method = 8;
              f.bytes = 2'200'000'000;
            });
          }),
          "ZIP-SIZE");
}

TEST_CASE("P17 stored in fewer bytes than it has") {
  rejects(changed([](ZipPart& part) { ZipFile::set(part, [](ZipFields& f) { f.bytes -= 1; }); }), "ZIP-SIZE");
}

TEST_CASE("P18 local headers that are nowhere") {
  for (const std::uint32_t at : {0xFFFFFFFEU, 100'000U})
    rejects(changed([&](ZipPart& part) { part.offset = at; }), "ZIP-RANGE");
  rejects(changed([](ZipPart& part) {
            part.offset = UINT32_MAX;
            part.entry.extra = zip64_extra({UINT64_MAX});
          }),
          "ZIP-RANGE");
  rejects(changed([](ZipPart& part) { part.offset = 7; }), "ZIP-LOCAL");
}

TEST_CASE("P19 a directory that is not where, or as large as, it is said") {
  for (const std::uint32_t bytes : {0U, 1'000'000U, 45U}) {
    ZipFile zip = small_archive();
    zip.directory_bytes = bytes;
    rejects(zip, "ZIP-DIRECTORY");
  }
  ZipFile far = small_archive();
  far.directory_offset = 3'000'000'000;
  rejects(far, "ZIP-DIRECTORY");
  for (const std::uint16_t entries : std::initializer_list<std::uint16_t>{0, 2, 4, 0xFFFF}) {
    ZipFile zip = small_archive();
    zip.entries = entries;
    rejects(zip, "ZIP-DIRECTORY");
  }
  ZipFile here = small_archive();
  here.entries_here = 1;
  rejects(here, "ZIP-DISKS");
}

TEST_CASE("P20 ZIP64 data of an entry") {
  SECTION("missing") {
    rejects(changed([](ZipPart& part) { part.entry.bytes = UINT32_MAX; }), "ZIP-ZIP64");
    rejects(changed([](ZipPart& part) { part.offset = UINT32_MAX; }), "ZIP-ZIP64");
  }
  SECTION("twice") {
    rejects(changed([](ZipPart& part) { part.entry.extra = zip64_extra({}) + zip64_extra({}); }),
            "ZIP-EXTRA");
  }
  SECTION("longer than needed, so that they could differ from the entry: P22") {
    rejects(changed([](ZipPart& part) { part.entry.extra = zip64_extra({1, 2, 3}); }), "ZIP-ZIP64");
  }
  SECTION("as they must be") {
    const ZipFile zip = changed([](ZipPart& part) {
      const std::uint64_t bytes = part.content.size();
      part.entry.bytes = part.entry.stored_bytes = part.local.bytes = part.local.stored_bytes = UINT32_MAX;
      part.entry.extra = part.local.extra = zip64_extra({bytes, bytes});
      part.entry.version = 45;
    });
    accepts(TempFolder().write("model.bin", zip.file()));
  }
}

TEST_CASE("P21 and P22 the ZIP64 end record") {
  accepts(TempFolder().write("model.bin", with_zip64()));
  rejects_bytes(with_zip64([](Zip64End& end, ZipFile&) { end.record_bytes = 45; }), "ZIP-ZIP64");
  rejects_bytes(with_zip64([](Zip64End& end, ZipFile&) { end.record_bytes = UINT64_MAX; }), "ZIP-ZIP64");
  rejects_bytes(with_zip64([](Zip64End& end, ZipFile&) { end.at += 1; }), "ZIP-ZIP64");
  rejects_bytes(with_zip64([](Zip64End& end, ZipFile&) { end.at = UINT64_MAX; }), "ZIP-ZIP64");
  rejects_bytes(with_zip64([](Zip64End& end, ZipFile&) { end.directory_offset += 1; }), "ZIP-ZIP64");
  rejects_bytes(with_zip64([](Zip64End& end, ZipFile&) { end.entries += 1; }), "ZIP-ZIP64");
  rejects_bytes(with_zip64([](Zip64End& end, ZipFile& zip) {
                  end.directory_offset = UINT64_MAX;
                  zip.directory_offset = UINT32_MAX;
                }),
                "ZIP-DIRECTORY");
  ZipFile lost = small_archive();
  lost.directory_offset = UINT32_MAX;
  rejects(lost, "ZIP-ZIP64");
}

TEST_CASE("P23 extra data that overrun") {
  rejects(changed([](ZipPart& part) { part.entry.extra = "\1"; }), "ZIP-EXTRA");
  rejects(changed([](ZipPart& part) { part.entry.extra = "FB\xFF\xFFZZ"; }), "ZIP-EXTRA");
  rejects(changed([](ZipPart& part) { part.local.extra = "FB\xFF\xFFZZ"; }), "ZIP-EXTRA");
  accepts(TempFolder().write("model.bin",
                             changed([](ZipPart& part) { part.local.extra = "FB\4\0ZZZZ"s; }).file()));
}

TEST_CASE("P24 data descriptors") {
  const auto described = [](const std::string& signature, bool wide, std::uint32_t wrong) {
    return changed([&](ZipPart& part) {
      ZipFile::set(part, [](ZipFields& f) { f.flags = 0x8; });
      part.local.bytes = part.local.stored_bytes = part.local.crc = 0;
      const std::uint64_t size = part.content.size();
      const std::string one = wide ? bytes_of(size) : bytes_of(static_cast<std::uint32_t>(size));
      part.descriptor = signature + bytes_of(part.entry.crc ^ wrong) + one + one;
    });
  };
  for (const std::string& signature : {"PK\7\10"s, ""s}) {
    for (const bool wide : {false, true}) {
      accepts(TempFolder().write("model.bin", described(signature, wide, 0).file()));
      rejects(described(signature, wide, 1), "ZIP-LOCAL");
    }
  }
  rejects(changed([](ZipPart& part) { ZipFile::set(part, [](ZipFields& f) { f.flags = 0x8; }); }),
          "ZIP-LOCAL");
}

TEST_CASE("P25 archives in several files") {
  rejects(changed([](ZipPart& part) { part.disk = 1; }), "ZIP-DISKS");
  ZipFile zip = small_archive();
  zip.disk = 1;
  rejects(zip, "ZIP-DISKS");
  rejects_bytes(with_zip64([](Zip64End& end, ZipFile&) { end.disks = 2; }), "ZIP-DISKS");
}

TEST_CASE("P26 more entries than are read") {
  rejects_bytes(with_zip64([](Zip64End& end, ZipFile& zip) {
                  end.entries = std::uint64_t{1} << 32;
                  zip.entries = 0xFFFF;
                }),
                "ZIP-LIMIT");
}

TEST_CASE("P27 methods that are not read") {
  for (const std::uint16_t method : std::initializer_list<std::uint16_t>{12, 14, 93, 99, 1})
    rejects(changed([&](ZipPart& part) { ZipFile::set(part, [&](ZipFields& f) { f.method = method; }); }),
            "ZIP-METHOD");
}

TEST_CASE("P28 other formats under the name of one") {
  rejects_bytes("7z\xbc\xaf\x27\x1c" + std::string(100, '\0'), "FORMAT-UNSUPPORTED");
  rejects_bytes("\x1f\x8b\x08" + std::string(100, '\0'), "FORMAT-UNSUPPORTED");
  ZipFile nested;
  nested.add("model.pt", small_archive().file());
  rejects(nested, "PT-ARCHIVE");
}

TEST_CASE("P29 two formats at once") {
  ZipFile zip = small_archive();
  zip.parts[0].local.extra = "FB\x09\0%PDF-1.7\n"s;
  rejects(zip, "FORMAT-AMBIGUOUS");
  ZipFile tar = small_archive();
  ZipFile::set(tar.parts[0], [](ZipFields& f) { f.name = "archive/data.pkl"; });
  tar.parts[0].local.extra = "FB" + bytes_of(std::uint16_t{300}) + std::string(300, 'Z');
  tar.parts[0].local.extra.replace(257 - 30 - 16, 5, "ustar");
  rejects(tar, "FORMAT-AMBIGUOUS");
}

TEST_CASE("P30 members that say how to read") {
  ZipFile none;
  none.add("archive/version", "3\n");
  rejects(none, "PT-ARCHIVE");
  const auto with = [](const std::string& name, const std::string& content) {
    ZipFile zip = small_archive();
    if (name == "version") zip.parts.pop_back();
    zip.add("archive/" + name, content);
    return zip;
  };
  ZipFile unversioned = small_archive();
  unversioned.parts.pop_back();
  rejects(unversioned, "PT-ARCHIVE");
  for (const std::string version : {"1000000000\n", "11\n", "x", "", "-1"})
    rejects(with("version", version), version.size() > 64 ? "PT-ARCHIVE" : "PT-VERSION");
  rejects(with("version", std::string(1000, '1')), "PT-ARCHIVE");
  rejects(with("byteorder", "middle"), "PT-BYTEORDER");
  rejects(with("byteorder", std::string(1000, 'l')), "PT-ARCHIVE");
  accepts(TempFolder().write("model.bin", with("byteorder", "little").file()));
  accepts(TempFolder().write("model.bin", with("byteorder", "big").file()));
}

TEST_CASE("P31 a storage that is shorter or longer") {
  using namespace pickle;
  const std::string pickled = whole(dict({{"w", tensor(storage("0", 4), 0, {4}, {1})}}));
  rejects(archive(pickled, {{"0", std::string(15, '\1')}}), "PT-RECORD");
  rejects(archive(pickled, {{"0", std::string(17, '\1')}}), "PT-RECORD");
}

TEST_CASE("P32 a storage that is missing") {
  using namespace pickle;
  const std::string pickled = whole(dict({{"w", tensor(storage("7", 4), 0, {4}, {1})}}));
  rejects(archive(pickled, {{"0", std::string(16, '\1')}}), "PT-RECORD");
}

TEST_CASE("P33 keys that are no numbers") {
  using namespace pickle;
  for (const std::string& key :
       {"../../data.pkl"s, "data.pkl"s, std::string(1'000'000, '1'), ""s, "-1"s, "0x"s})
    rejects(
        archive(whole(dict({{"w", tensor(storage(key, 4), 0, {4}, {1})}})), {{"0", std::string(16, '\1')}}),
        "PT-STORAGE");
}

TEST_CASE("P35 a program instead of a checkpoint") {
  for (const std::string name : {"constants.pkl", "code/__torch__.py"}) {
    ZipFile zip = small_archive();
    zip.add("archive/" + name, "x");
    rejects(zip, "PT-SCRIPT");
  }
}

TEST_CASE("P36 an archive cut anywhere is rejected") {
  const TempFolder folder;
  const std::string whole = small_archive().file();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO("cut to " << size);
    const Verdict verdict = open_once(folder.write("cut" + std::to_string(size), whole.substr(0, size)), {});
    REQUIRE(verdict.error.has_value());
    CHECK(verdict.error->code() == ErrorCode::malformed);
  }
}

TEST_CASE("bytes that belong to no member") {
  ZipFile between = small_archive();
  between.parts[1].before = "hidden";
  CHECK(warns_bytes(between.file(), "ZIP-GAP").tensors.size() == 1);
  ZipFile last = small_archive();
  last.before_directory = "hidden";
  CHECK(warns_bytes(last.file(), "ZIP-GAP").tensors.size() == 1);
}

TEST_CASE("members beside the archive's folder") {
  ZipFile zip = small_archive();
  zip.add("other/notes.txt", "x");
  CHECK(warns_bytes(zip.file(), "PT-STRAY").tensors.size() == 1);
}

}  // namespace
}  // namespace weightsieve::test
