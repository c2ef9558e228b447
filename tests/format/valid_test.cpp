// Good files say what was written into them; damaged ones never do harm.
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "format/verdict.hpp"
#include "weightsieve/format/rules.hpp"
#include "weightsieve/tensor/dtype.hpp"

namespace weightsieve::test {
namespace {

using Random = std::mt19937_64;

std::string random_bytes(Random& random, std::size_t count) {
  std::string bytes(count, '\0');
  for (char& c : bytes)
    c = static_cast<char>(random());
  return bytes;
}

std::string text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

struct Written {
  std::string name;
  Dtype dtype;
  Shape shape;
  std::string bytes;
};

/// Letters of several alphabets, escapes' own characters, and dots.
std::string random_name(Random& random) {
  static const std::vector<std::string> kLetters{"a",  "b", "weight", ".", "_", "0",    "\"",   "\\", "/",
                                                 "\n", "ä", "重",     "😀", " ", "\x7f", "\x01", "é"};
  std::string name;
  for (std::uint64_t i = random() % 12; i > 0; --i)
    name += kLetters[random() % kLetters.size()];
  return name;
}

Written random_tensor(Random& random, std::string name) {
  Written tensor{std::move(name), all_dtypes()[random() % all_dtypes().size()], {}, {}};
  std::uint64_t elements = 1;
  for (std::uint64_t rank = random() % 5; rank > 0; --rank)
    tensor.shape.push_back(random() % 6);
  // A last dimension of 4 makes 4- and 6-bit elements fill whole bytes.
  if (dtype_info(tensor.dtype).bits < 8) tensor.shape.push_back(4);
  for (const std::uint64_t dimension : tensor.shape)
    elements *= dimension;
  tensor.bytes = random_bytes(random, elements * dtype_info(tensor.dtype).bits / 8);
  return tensor;
}

std::string space(Random& random) {
  static const std::vector<std::string> kSpaces{"", "", "", " ", "\n", "\t ", "\r\n"};
  return kSpaces[random() % kSpaces.size()];
}

/// An entry with its members in random order, spaces between the tokens, and perhaps escapes in the name.
std::string random_entry(Random& random, const Written& tensor, std::uint64_t begin) {
  const auto gap = [&] { return space(random); };
  std::string shape;
  for (const std::uint64_t dimension : tensor.shape)
    shape += (shape.empty() ? "" : ",") + gap() + std::to_string(dimension) + gap();
  std::vector<std::string> members{
      "\"dtype\"" + gap() + ":" + gap() + json_string(dtype_info(tensor.dtype).name),
      "\"shape\":" + gap() + "[" + shape + "]" + gap(),
      "\"data_off\\u0073ets\":[" + std::to_string(begin) + gap() + "," + gap() +
          std::to_string(begin + tensor.bytes.size()) + "]"};
  std::shuffle(members.begin(), members.end(), random);
  return json_string(tensor.name) + gap() + ":" + gap() + "{" + members[0] + "," + gap() + members[1] +
         gap() + "," + members[2] + "}";
}

/// A file with these tensors' bytes one after another and its header's entries in any order.
std::string random_file(Random& random, const std::vector<Written>& tensors) {
  std::vector<std::string> entries;
  std::string data;
  for (const Written& tensor : tensors) {
    entries.push_back(random_entry(random, tensor, data.size()));
    data += tensor.bytes;
  }
  if (random() % 2 == 0) entries.push_back(R"("__metadata__": {"format":"pt", "a\tb":"x\u20ac"})");
  std::shuffle(entries.begin(), entries.end(), random);
  std::string header = "{" + space(random);
  for (std::size_t i = 0; i < entries.size(); ++i)
    header += (i == 0 ? "" : "," + space(random)) + entries[i];
  header += "}" + space(random);
  return safetensors_file(header + std::string(random() % 9, ' '), data);
}

TEST_CASE("random files parse to what was written, and read back") {
  Random random(20240607);
  for (int round = 0; round < 300; ++round) {
    std::vector<Written> tensors;
    for (std::uint64_t i = random() % 20; i > 0; --i)
      tensors.push_back(random_tensor(random, random_name(random) + std::to_string(i)));
    const TempFolder folder;
    const std::string path = folder.write("m.safetensors", random_file(random, tensors));
    const IoMode io = round % 2 == 0 ? IoMode::mmap : IoMode::pread;
    const Checkpoint checkpoint = open_checkpoint(path, {io, true});
    REQUIRE(checkpoint.tensors.size() == tensors.size());
    SourcePool files = open_files(checkpoint, io);
    TensorReader reader(files);
    for (const Written& tensor : tensors) {
      const auto at = std::ranges::find(checkpoint.tensors, tensor.name, &TensorInfo::name);
      REQUIRE(at != checkpoint.tensors.end());
      CHECK(at->dtype == tensor.dtype);
      CHECK(at->shape == tensor.shape);
      CHECK(at->bytes == tensor.bytes.size());
      CHECK(at->elements == *element_count(tensor.shape));
      CHECK(text_of(reader.read(*at, 0, at->elements)) == tensor.bytes);
    }
    const auto listed_before = [](const TensorInfo& a, const TensorInfo& b) {
      return std::tie(a.offset_bytes, a.name) < std::tie(b.offset_bytes, b.name);
    };
    CHECK(std::is_sorted(checkpoint.tensors.begin(), checkpoint.tensors.end(), listed_before));
  }
}

TEST_CASE("every dtype is read element by element") {
  Random random(7);
  for (const Dtype dtype : all_dtypes()) {
    const DtypeInfo& info = dtype_info(dtype);
    INFO(info.name);
    const std::string bytes = random_bytes(random, 24 * info.bits / 8);
    const TempFolder folder;
    const std::string path = folder.write(
        "m", SafetensorsWriter().add("odd", "U8", {1}, "x").add("t", info.name, {2, 12}, bytes).file());
    const Checkpoint checkpoint = open_checkpoint(path);
    const TensorInfo& tensor = checkpoint.tensors.at(1);
    CHECK(tensor.elements == 24);
    CHECK(tensor.role == (dtype == Dtype::BOOL ? Role::buffer : Role::parameter));
    SourcePool files = open_files(checkpoint, IoMode::automatic);
    TensorReader reader(files);
    CHECK(text_of(reader.read(tensor, 4, 8)) == bytes.substr(4 * info.bits / 8, 8 * info.bits / 8));
    CHECK(text_of(reader.read(tensor, 24, 0)).empty());
  }
}

TEST_CASE("half a byte of F4 at a tensor's end is read with its byte") {
  const TempFolder folder;
  const std::string path = folder.write("m", SafetensorsWriter().add("t", "F4", {6}, "\x21\x43\x65").file());
  const Checkpoint checkpoint = open_checkpoint(path);
  SourcePool files = open_files(checkpoint, IoMode::pread);
  TensorReader reader(files);
  CHECK(text_of(reader.read(checkpoint.tensors[0], 2, 3)) == "\x43\x65");
}

TEST_CASE("a reader goes from file to file") {
  const TempFolder folder;
  for (int i = 1; i <= 3; ++i) {
    const std::string name = "m-0000" + std::to_string(i) + "-of-00003.safetensors";
    folder.write(name, SafetensorsWriter().add("t" + std::to_string(i), "U8", {1}, std::to_string(i)).file());
  }
  const Checkpoint checkpoint = open_checkpoint(folder / "");
  SourcePool files = open_files(checkpoint, IoMode::automatic);
  TensorReader reader(files);
  for (const std::size_t i : {0u, 2u, 1u, 0u})
    CHECK(text_of(reader.read(checkpoint.tensors[i], 0, 1)) == std::to_string(i + 1));
}

TEST_CASE("a file that changed since it was opened is not read") {
  const TempFolder folder;
  const std::string path = folder.write("m", SafetensorsWriter().add("t", "U8", {4}, "abcd").file());
  const Checkpoint checkpoint = open_checkpoint(path);
  folder.write("m", SafetensorsWriter().add("t", "U8", {4}, "abcd").metadata("k", "v").file());
  SourcePool files = open_files(checkpoint, IoMode::automatic);
  TensorReader reader(files);
  try {
    reader.read(checkpoint.tensors[0], 0, 4);
    FAIL("was read");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::changed);
  }
}

/// Opening `bytes` ends in order: with tensors inside the file, or with an Error by a known rule.
bool ends_in_order(const std::string& path, std::string_view bytes) {
  const Verdict verdict = open_once(path, {});
  if (verdict.error) {
    const std::string& rule = verdict.error->place().rule;
    const bool known = std::ranges::find(all_rules(), rule, &Rule::id) != all_rules().end();
    return known && verdict.error->code() == ErrorCode::malformed;
  }
  return std::ranges::all_of(verdict.checkpoint->tensors, [&](const TensorInfo& tensor) {
    return tensor.offset_bytes <= bytes.size() && tensor.bytes <= bytes.size() - tensor.offset_bytes &&
           element_count(tensor.shape) == tensor.elements;
  });
}

std::string small_file() {
  return SafetensorsWriter()
      .metadata("format", "pt")
      .add("a", "F32", {2, 3}, std::string(24, '\1'))
      .add("b\n", "F4", {4}, "\2\3")
      .add("c", "I64", {}, std::string(8, '\4'))
      .file();
}

TEST_CASE("a file cut anywhere is rejected by a rule") {
  const TempFolder folder;
  const std::string whole = small_file();
  accepts(folder.write("whole", whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string path =
        folder.write("cut" + std::to_string(size), std::string_view(whole).substr(0, size));
    INFO("cut to " << size << " of " << whole.size());
    CHECK(ends_in_order(path, std::string_view(whole).substr(0, size)));
    CHECK(open_once(path, {}).error.has_value());
  }
}

TEST_CASE("a damaged file ends in order") {
  Random random(99);
  const TempFolder folder;
  const std::string whole = small_file();
  static constexpr std::string_view kLikely = "{}[]\",:\\0123456789-.eEu \n\xFF";
  for (int round = 0; round < 6000; ++round) {
    std::string bytes = whole;
    for (std::uint64_t damage = 1 + random() % 3; damage > 0; --damage) {
      const std::size_t at = random() % bytes.size();
      const char put = random() % 4 == 0 ? static_cast<char>(random()) : kLikely[random() % kLikely.size()];
      const std::uint64_t kind = random() % 3;
      if (kind == 0) bytes[at] = put;
      if (kind == 1) bytes.erase(at, 1 + random() % 3);
      if (kind == 2) bytes.insert(at, 1, put);
    }
    // A new file each time: some filesystems write one that is replaced to the disk at once.
    const std::string path = folder.write("damaged" + std::to_string(round), bytes);
    if (!ends_in_order(path, bytes)) FAIL("round " << round << ": " << bytes);
  }
}

TEST_CASE("every rule has an id of its own, and a sentence") {
  for (const Rule& rule : all_rules()) {
    CHECK(std::ranges::count(all_rules(), rule.id, &Rule::id) == 1);
    CHECK(rule.sentence.ends_with('.'));
  }
}

}  // namespace
}  // namespace weightsieve::test
