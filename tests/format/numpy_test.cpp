// Rows N01 to N28 of the list of malformed inputs: NumPy's arrays and archives of them.
#include <catch2/catch.hpp>

#include "format/verdict.hpp"
#include "support/elements.hpp"
#include "support/zip_file.hpp"

namespace weightsieve::test {
namespace {

using namespace std::string_literals;

const std::string kData(16, '\1');

/// A file of this header text, as version 1 unless another is asked for.
std::string npy(const std::string& text, const std::string& data = kData, char major = 1, char minor = 0) {
  const std::string length = major == 1 ? bytes_of(static_cast<std::uint16_t>(text.size()))
                                        : bytes_of(static_cast<std::uint32_t>(text.size()));
  return "\x93NUMPY"s + major + minor + length + text + data;
}

std::string header(const std::string& descr = "'<f4'", const std::string& order = "False",
                   const std::string& shape = "(4,)") {
  return "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

Checkpoint opened(const std::string& bytes) {
  const TempFolder folder;
  return accepts(folder.write("w.npy", bytes));
}

ZipFile archive(const std::vector<std::pair<std::string, std::string>>& members) {
  ZipFile zip;
  for (const auto& [name, content] : members)
    zip.add(name, content);
  return zip;
}

TEST_CASE("an array is one tensor, called like its file") {
  const Checkpoint checkpoint = opened(npy(header()));
  REQUIRE(checkpoint.tensors.size() == 1);
  CHECK(checkpoint.tensors[0].name == "w");
  CHECK(checkpoint.tensors[0].dtype == Dtype::F32);
  CHECK(checkpoint.tensors[0].shape == Shape{4});
  CHECK(checkpoint.format == "npy");
}

TEST_CASE("N01 magic numbers") {
  rejects_bytes("\x93NUMP", "ST-HEADER-TOO-SMALL");
  for (const std::string& magic : {"\x93NUMPX\1\0v\0"s, "\x92NUMPY\1\0v\0"s})
    rejects_bytes(magic, "FORMAT-UNKNOWN");
  rejects_bytes("\x93NUMPY", "NPY-HEADER");
  rejects_bytes("\x93NUMPY\1\0\1"s, "NPY-HEADER");
}

TEST_CASE("N02 versions") {
  for (const auto& [major, minor] : {std::pair<char, char>{0, 0}, {4, 0}, {1, '\xFF'}})
    rejects_bytes(npy(header(), kData, major, minor), "NPY-VERSION");
  for (const char major : {'\1', '\2', '\3'})
    opened(npy(header(), kData, major));
}

TEST_CASE("N03 to N05 lengths of headers") {
  rejects_bytes("\x93NUMPY\2\0\xFF\xFF\xFF\xFF"s, "NPY-HEADER");
  rejects_bytes("\x93NUMPY\1\0\xFF\xFF{}"s, "NPY-HEADER");
  rejects_bytes(npy(std::string(70'000, ' ') + header(), kData, 2), "NPY-HEADER");
}

TEST_CASE("N06 what a header ends with, and is made of") {
  std::string text = header();
  text.pop_back();
  rejects_bytes(npy(text), "NPY-HEADER");
  const std::string accented = "{'descr': '<f4', 'fortran_order': False, 'shape': (4,)}   \xC3\xA9\n";
  rejects_bytes(npy(accented), "NPY-HEADER");
  rejects_bytes(npy(header() + "\xFF\n", kData, 3), "NPY-HEADER");
}

TEST_CASE("N07 and N08 expressions are not evaluated") {
  for (const std::string& text :
       {"__import__('os').system('x')\n"s, header().substr(0, header().size() - 1) + "+1\n", "f'{1}'\n"s,
        std::string(10'000, '(') + "\n", std::string(10'000, '[') + "\n", "\n"s, "{}\n"s})
    rejects_bytes(npy(text), "NPY-HEADER");
  rejects_bytes(npy(header("'<f4'", "False", std::string(10'000, '('))), "NPY-SHAPE");
}

TEST_CASE("N09 keys") {
  rejects_bytes(npy("{'descr': '<f4', 'fortran_order': False}\n"), "NPY-HEADER");
  rejects_bytes(npy("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (4,)}\n"),
                "NPY-HEADER");
  rejects_bytes(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'x': 1}\n"), "NPY-HEADER");
  rejects_bytes(npy("{b'descr': '<f4', 'fortran_order': False, 'shape': (4,)}\n"), "NPY-HEADER");
  opened(npy("{\"shape\":(4,),\"descr\":\"<f4\",\"fortran_order\":False}  \n"));
}

TEST_CASE("N10 orders") {
  for (const char* order : {"1", "'True'", "None", "true"})
    rejects_bytes(npy(header("'<f4'", order)), "NPY-HEADER");
}

TEST_CASE("N11 to N13 shapes") {
  const auto shaped = [](const std::string& shape) { return npy(header("'<f4'", "False", shape)); };
  for (const char* shape :
       {"(4)", "(-1,)", "(04,)", "(+4,)", "(4LL,)", "(1e3,)", "(4.0,)", "(18446744073709551616,)", "(,)",
        "(4,,)", "(2 2)", "(1152921504606846976, 1152921504606846976)", "(4294967296, 4294967296)",
        "(4611686018427387904,)"})
    rejects_bytes(shaped(shape), "NPY-SHAPE");
  rejects_bytes(shaped("4"), "NPY-HEADER");
  rejects_bytes(npy(header("'<f4'", "False", "(4L,)"), kData, 3), "NPY-SHAPE");
  for (const char* shape : {"(4,)", "(4L,)", "(2, 2)", "(2,2,)"})
    CHECK(opened(shaped(shape)).tensors[0].elements == 4);
  CHECK(opened(npy(header("'<f4'", "False", "()"), std::string(4, '\0'))).tensors[0].elements == 1);
  CHECK(opened(npy(header("'<f4'", "False", "(0, 1099511627776, 1099511627776)"), "")).tensors[0].elements ==
        0);
}

TEST_CASE("N14 and N27 elements that are missing, or left over") {
  rejects_bytes(npy(header(), kData.substr(1)), "NPY-TRUNCATED");
  CHECK(warns_bytes(npy(header(), kData + "x"), "NPY-TRAILING").tensors.size() == 1);
  CHECK(warns_bytes(npy(header()) + npy(header()), "NPY-TRAILING").tensors.size() == 1);
}

TEST_CASE("N15 to N18 elements of all kinds") {
  for (const char* descr : {"'O'", "'|O8'", "'<f16'", "'<c16'", "'<U10'", "'<M8[ns]'", "'V16'", "'e'",
                            "'bfloat16'", "'<i3'", "'S4'", "''", "'<V0'", "[('a', '<f4')]", "[]"})
    rejects_bytes(npy(header(descr)), "NPY-DTYPE");
  rejects_bytes(npy(header("'" + std::string(1'000, 'x') + "'")), "NPY-HEADER");
  rejects_bytes(npy(header("('<f4', (2,))")), "NPY-HEADER");
  for (const auto& [descr, dtype] : {std::pair<std::string, Dtype>{"'>f4'", Dtype::F32},
                                     {"'<f2'", Dtype::F16},
                                     {"'|b1'", Dtype::BOOL},
                                     {"'<c8'", Dtype::C64},
                                     {"'<V2'", Dtype::BF16},
                                     {"'|V2'", Dtype::BF16},
                                     {"'=i8'", Dtype::I64}}) {
    const std::uint64_t bytes = 4 * dtype_info(dtype).bits / 8;
    CHECK(opened(npy(header(descr), std::string(bytes, '\2'))).tensors[0].dtype == dtype);
  }
}

TEST_CASE("N19 and N22 archives of arrays") {
  const std::string path_free =
      archive({{"a.npy", npy(header())}, {"b.npy", npy(header("'>f8'", "True", "(1, 2)"))}}).file();
  const TempFolder folder;
  const Checkpoint checkpoint = accepts(folder.write("w.npz", path_free));
  REQUIRE(checkpoint.tensors.size() == 2);
  CHECK(checkpoint.tensors[0].name == "a");
  CHECK(checkpoint.tensors[1].dtype == Dtype::F64);
  CHECK(checkpoint.format == "npz");
  CHECK(warns_bytes(archive({{"a.npy", npy(header())}, {"notes.txt", "x"}}).file(), "NPZ-STRAY")
            .tensors.size() == 1);
  rejects_bytes(archive({{"a.npy", npy(header())}, {"b.npy", "none"}}).file(), "NPY-HEADER");
  rejects_bytes(archive({{"a.npy", npy(header())}, {"a.npy", npy(header())}}).file(), "ZIP-DUPLICATE");
  // Names that differ in case alone are names of two arrays.
  const ZipFile cases = archive({{"W.npy", npy(header())}, {"w.npy", npy(header())}});
  CHECK(accepts(folder.write("cases.npz", cases.file())).tensors.size() == 2);
}

TEST_CASE("an archive is of arrays wherever the first of them stands in it") {
  const ZipFile late = archive({{"README.md", "x"}, {"a.npy", npy(header())}});
  CHECK(warns_bytes(late.file(), "NPZ-STRAY").format == "npz");
  // An object of PyTorch beside arrays is a checkpoint of PyTorch, whatever comes first.
  rejects_bytes(archive({{"README.md", "x"}, {"a/b.npy", npy(header())}, {"a/data.pkl", "x"}}).file(),
                "PT-ARCHIVE");
}

TEST_CASE("N15 arrays of objects in an archive are listed, not loaded") {
  const TempFolder folder;
  const std::string path = folder.write(
      "w.npz", archive({{"a.npy", npy(header())}, {"b.npy", npy(header("'|O'"), "\x80\4.")}}).file());
  const Verdict verdict = open_once(path, {});
  REQUIRE(verdict.checkpoint.has_value());
  CHECK(verdict.checkpoint->tensors.size() == 1);
  REQUIRE(verdict.checkpoint->skipped.size() == 1);
  CHECK(verdict.checkpoint->skipped[0].name == "b");
}

TEST_CASE("N20 and N21 members that claim what they cannot hold") {
  ZipFile zip = archive({{"a.npy", npy(header())}});
  ZipFile::set(zip.parts[0], [](ZipFields& f) {
    f.method = 8;
    f.bytes = 4'000'000'000;
  });
  rejects_bytes(zip.file(), "ZIP-SIZE");
  rejects_bytes(archive({{"a.npy", ""}}).file(), "NPY-HEADER");
}

std::string read_file(const std::string& bytes) {
  const TempFolder folder;
  return content_of(accepts(folder.write("w.npy", bytes)));
}

TEST_CASE("N24 and N25 elements come out as they are, in the order of rows") {
  CHECK(read_file(npy(header("'|b1'", "False", "(3,)"), "\0\2\xFF"s)) == "\0\2\xFF"s);
  CHECK(read_file(npy(header("'|u1'", "True", "(2, 3)"), "abcdef")) == "acebdf");
  CHECK(read_file(npy(header("'|u1'", "True", "(2, 1, 2, 2)"), "abcdefgh")) == "aecgbfdh");
  CHECK(read_file(npy(header("'>u2'", "True", "(2, 2)"), "abcdefgh")) == "bafedchg");
}

TEST_CASE("N26 and N28 headers without padding, arrays of one number and of none") {
  CHECK(read_file(npy("{'descr':'|u1','fortran_order':False,'shape':()}\n", "x")) == "x");
  CHECK(read_file(npy(header("'|u1'", "False", "(0,)"), "")).empty());
}

TEST_CASE("an array cut anywhere is rejected") {
  const TempFolder folder;
  const std::string whole = npy(header());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO("cut to " << size);
    CHECK(open_once(folder.write("cut" + std::to_string(size), whole.substr(0, size)), {}).error.has_value());
  }
}

}  // namespace
}  // namespace weightsieve::test
