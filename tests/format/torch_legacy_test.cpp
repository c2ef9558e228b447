// Rows L01 to L06 of the list of malformed inputs: PyTorch's container before 1.6.
#include <catch2/catch.hpp>

#include "format/verdict.hpp"
#include "support/elements.hpp"
#include "support/pickle_text.hpp"

namespace weightsieve::test {
namespace {

using namespace std::string_literals;
using namespace pickle;

const std::string kMagic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
const std::string kProtocol = whole("M\xe9\x03");

std::string system_of(const std::string& little = "\x88") {
  return whole(dict({{"protocol_version", "M\xe9\x03"}, {"little_endian", little}, {"type_sizes", "}"}}));
}

std::string keys_of(const std::vector<std::string>& keys) {
  std::string list = "](";
  for (const std::string& key : keys)
    list += text(key);
  return whole(list + "e");
}

/// A storage as a legacy file names it, whole or a part.
std::string stored(const std::string& key, std::int64_t elements, const std::string& part = "N") {
  return tuple({text("storage"), global("torch", "FloatStorage"), text(key), text("cpu"), integer(elements),
                part}) +
         "Q";
}

std::string counted(std::int64_t elements, const std::string& bytes) { return bytes_of(elements) + bytes; }

const std::string kNumbers = bytes_of(std::vector<float>{1, 2, 3, 4});
const std::string kObject = whole(dict({{"w", tensor(stored("94", 4), 0, {4}, {1})}}));
const std::string kHead = kMagic + kProtocol + system_of();

TEST_CASE("L02 a file of five pickles and its storages") {
  const TempFolder folder;
  const std::string file = kHead + kObject + keys_of({"94"}) + counted(4, kNumbers);
  CHECK(elements(accepts(folder.write("m.pth", file))) == std::vector<float>{1, 2, 3, 4});
  CHECK(warns_bytes(file + "more", "PT-TRAILING").tensors.size() == 1);
  const std::string framed = "\x80\x04\x95\x0d\0\0\0\0\0\0\0"s + kMagic.substr(2);
  CHECK(elements(accepts(folder.write("framed.pth", framed + file.substr(kMagic.size())))).size() == 4);
  const std::string big = bytes_of(std::vector<std::uint32_t>{0x803F, 0x40, 0x4040, 0x8040});
  const std::string swapped =
      kMagic + kProtocol + system_of("\x89") + kObject + keys_of({"94"}) + counted(4, big);
  CHECK(elements(accepts(folder.write("big.pth", swapped))) == std::vector<float>{1, 2, 3, 4});
}

TEST_CASE("L02 a file cut anywhere is rejected") {
  const TempFolder folder;
  const std::string file = kHead + kObject + keys_of({"94"}) + counted(4, kNumbers);
  for (std::size_t size = 0; size < file.size(); ++size) {
    INFO("cut to " << size);
    const Verdict verdict = open_once(folder.write("cut" + std::to_string(size), file.substr(0, size)), {});
    REQUIRE(verdict.error.has_value());
    CHECK(verdict.error->code() == ErrorCode::malformed);
  }
}

TEST_CASE("L02 parts before the object that say something else") {
  rejects_bytes(kMagic + whole("M\xe8\x03") + system_of() + kObject, "PT-LEGACY");
  rejects_bytes(kMagic + kProtocol + whole("}") + kObject, "PT-LEGACY");
  rejects_bytes(kMagic + kProtocol + system_of("N") + kObject, "PT-LEGACY");
}

TEST_CASE("L03 sizes and keys of storages that do not fit") {
  for (const std::int64_t elements : {std::int64_t{-1}, std::int64_t{1} << 62, std::int64_t{3}})
    rejects_bytes(kHead + kObject + keys_of({"94"}) + counted(elements, kNumbers), "PT-RECORD");
  const std::string huge = whole(dict({{"w", tensor(stored("94", std::int64_t{1} << 60), 0, {4}, {1})}}));
  rejects_bytes(kHead + huge + keys_of({"94"}) + counted(std::int64_t{1} << 60, kNumbers), "PT-RECORD");
  rejects_bytes(kHead + kObject + keys_of({"94", "95"}) + counted(4, kNumbers), "PT-RECORD");
  rejects_bytes(kHead + kObject + keys_of({"94", "94"}) + counted(4, kNumbers) + counted(4, kNumbers),
                "PT-RECORD");
  rejects_bytes(kHead + kObject + keys_of({}), "PT-RECORD");
}

TEST_CASE("L04 parts of storages") {
  const auto with = [](std::int64_t offset, std::int64_t size) {
    const std::string part = tuple({text("95"), integer(offset), integer(size)});
    return kHead + whole(dict({{"w", tensor(stored("94", 4, part), 0, {2}, {1})}})) + keys_of({"94"}) +
           counted(4, kNumbers);
  };
  const TempFolder folder;
  CHECK(elements(accepts(folder.write("m.pth", with(2, 2)))) == std::vector<float>{3, 4});
  rejects_bytes(with(3, 2), "PT-STORAGE");
  rejects_bytes(with(INT64_MAX, 2), "PT-STORAGE");
  rejects_bytes(with(-1, 2), "PT-TENSOR");
}

TEST_CASE("storages of tensors that are not read still take their place") {
  const std::string id = tuple({text("storage"), global("torch", "ComplexDoubleStorage"), text("93"),
                                text("cpu"), integer(2), "N"}) +
                         "Q";
  const std::string object =
      whole(dict({{"odd", tensor(id, 0, {2}, {1})},
                  {"w", tensor(stored("94", 4), 0, {4}, {1})},
                  {"optimizer", dict({{"m", tensor(stored("95", 1), 0, {1}, {1})}})}}));
  const std::string file = kHead + object + keys_of({"93", "95", "94"}) + counted(2, std::string(32, '\7')) +
                           counted(1, std::string(4, '\7')) + counted(4, kNumbers);
  const TempFolder folder;
  const Verdict verdict = open_once(folder.write("m.pth", file), {});
  REQUIRE(verdict.checkpoint.has_value());
  CHECK(verdict.checkpoint->skipped.size() == 1);
  CHECK(elements(*verdict.checkpoint) == std::vector<float>{1, 2, 3, 4});
}

TEST_CASE("L01, L05 and L06 tar archives and compressed pickles are refused by name") {
  std::string tar(512, '\0');
  tar.replace(0, 8, "sys_info");
  tar.replace(257, 5, "ustar");
  rejects_bytes(tar, "FORMAT-UNSUPPORTED");
  rejects_bytes("\x1f\x8b\x08" + kObject, "FORMAT-UNSUPPORTED");
  rejects_bytes("\xfd\x37zXZ\0"s + kObject, "FORMAT-UNSUPPORTED");
  rejects_bytes(kObject, "FORMAT-UNSUPPORTED");
}

}  // namespace
}  // namespace weightsieve::test
