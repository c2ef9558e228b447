// Rows K01 to K34 of the list of malformed inputs: the pickle inside PyTorch's checkpoints.
#include <catch2/catch.hpp>

#include "format/verdict.hpp"
#include "support/peak_memory.hpp"
#include "support/pickle_text.hpp"

namespace weightsieve::test {
namespace {

using namespace std::string_literals;
using namespace pickle;

const std::string kOne = tensor(storage("0", 4), 0, {4}, {1});
const std::vector<Storage> kStorages{{"0", std::string(16, '\1')}};

std::string file_of(const std::string& pickled) { return archive(pickled, kStorages).file(); }

void rejects_pickle(const std::string& pickled, std::string_view rule) {
  rejects_bytes(file_of(pickled), rule);
}

/// A dict of one tensor and whatever `item` is.
std::string beside(const std::string& item) { return whole(dict({{"w", kOne}, {"x", item}})); }

/// What opens although it names something foreign: one problem, and the tensor "w".
Checkpoint foreign(const std::string& pickled) {
  Checkpoint checkpoint = warns_bytes(file_of(pickled), "PT-GLOBAL");
  REQUIRE(checkpoint.tensors.size() == 1);
  CHECK(checkpoint.tensors[0].name == "w");
  return checkpoint;
}

TEST_CASE("K01 a call of os.system is noted and not made") {
  const Checkpoint checkpoint =
      foreign(beside(call(global("posix", "system"), tuple({text("touch /tmp/weightsieve-was-here")}))));
  CHECK(checkpoint.problems[0].message.find("posix.system") != std::string::npos);
  CHECK(checkpoint.skipped.empty());
}

TEST_CASE("K02 other ways to name and to call") {
  const std::string stack_global = text("posix") + text("system") + "\x93";
  foreign(beside(call(stack_global, tuple({text("x")}))));
  foreign(beside(global("posix", "system") + tuple({text("x")}) + "\x81"));
  foreign(beside(global("posix", "system") + tuple({text("x")}) + "}" + "\x92"));
  // INST and OBJ are of protocols that torch never wrote.
  rejects_pickle(beside("(" + text("x") + "iposix\nsystem\n"), "PICKLE-OPCODE");
  rejects_pickle(beside("(" + global("posix", "system") + text("x") + "o"), "PICKLE-OPCODE");
}

TEST_CASE("K03 names that come from the memo") {
  const std::string pickled =
      "\x80\x04" + text("posix") + "\x94" + text("safe") + "\x94" + text("system") + "\x94" + "00" + "0" +
      dict({{"w", kOne}, {"x", "h"s + '\0' + "h\2" + "\x93" + tuple({text("x")}) + "R"}}) + kStop;
  const Checkpoint checkpoint = foreign(pickled);
  CHECK(checkpoint.problems[0].message.find("posix.system") != std::string::npos);
}

TEST_CASE("K04 STACK_GLOBAL of something else than texts") {
  rejects_pickle(beside(text("posix") + integer(1) + "\x93"), "PICKLE-TYPE");
  rejects_pickle(beside("]" + text("system") + "\x93"), "PICKLE-TYPE");
}

TEST_CASE("K05 the extension registry") {
  for (const std::string& extension : {"\x82\1"s, "\x83\1\1"s, "\x84\1\1\1\1"s})
    rejects_pickle(beside(extension), "PICKLE-OPCODE");
}

TEST_CASE("K06 BUILD that changes what an object is") {
  const std::string object = call(global("torch", "device"), ")");
  for (const char* name : {"__setstate__", "__class__", "__dict__"})
    rejects_pickle(beside(object + dict({{name, "N"}}) + "b"), "PICKLE-TYPE");
  rejects_pickle(beside("]}b"), "PICKLE-TYPE");
}

TEST_CASE("K07 items of what is no dict, elements of what is no list") {
  rejects_pickle(beside("]" + text("a") + "Ns"), "PICKLE-TYPE");
  rejects_pickle(beside("](" + text("a") + "Nu"), "PICKLE-TYPE");
  rejects_pickle(beside("}Na"), "PICKLE-TYPE");
  rejects_pickle(beside(")(Ne"), "PICKLE-TYPE");
  rejects_pickle(beside(text("t") + "(Ne"), "PICKLE-TYPE");
  rejects_pickle(beside("}(Nu"), "PICKLE-TYPE");
}

TEST_CASE("K08 the memo") {
  rejects_pickle(whole("h\7"), "PICKLE-MEMO");
  rejects_pickle(whole("j\7\0\0\1"s), "PICKLE-MEMO");
  rejects_pickle(whole("Nr\xFF\xFF\xFF\xFF"), "PICKLE-MEMO");
}

TEST_CASE("K09 an empty stack") {
  for (const char* opcodes : {"0", "1", "t", "\x85", "\x86", "\x87", "R", "a", "s", "b", "Q", "2", "q\1", "e",
                              "u", "(\x85", "N(R", "N(a"})
    rejects_pickle(whole(opcodes), "PICKLE-STACK");
  rejects_pickle(whole(""), "PICKLE-STACK");
  rejects_pickle(whole("NN"), "PICKLE-STACK");
  rejects_pickle(whole("N("), "PICKLE-STACK");
}

TEST_CASE("K10 and K11 lengths beyond the bytes, and texts that are none") {
  for (const char opcode : {'\x8d', '\x8e', '\x96'}) {
    for (const std::uint64_t length : {std::uint64_t{1} << 63, UINT64_MAX, std::uint64_t{1'000'000}})
      rejects_pickle(beside(opcode + bytes_of(length)), "PICKLE-LENGTH");
  }
  rejects_pickle(beside("X\xFF\xFF\xFF\x7F"), "PICKLE-LENGTH");
  rejects_pickle(beside("B\xFF\xFF\xFF\xFF"), "PICKLE-LENGTH");
  rejects_pickle(beside(text("\xFF")), "PICKLE-TEXT");
  rejects_pickle(beside(text("\xED\xA0\x80")), "PICKLE-TEXT");
}

TEST_CASE("K12 integers of any length") {
  rejects_pickle(beside("\x8b\xFF\xFF\xFF\xFF"), "PICKLE-LIMIT");
  rejects_pickle(beside("\x8a\xFF" + std::string(255, '\1')), "PICKLE-LIMIT");
  rejects_pickle(beside("I" + std::string(1'000'000, '9') + "\n"), "PICKLE-OPCODE");
  // Of 128 bits, as the state of a random generator has them: no size of anything.
  const std::string wide = "\x8a\x10" + std::string(16, '\1');
  accepts(TempFolder().write("model.bin", file_of(beside(wide))));
  const std::string sized =
      call(global("torch._utils", "_rebuild_tensor_v2"),
           tuple({storage("0", 4), wide, integers({4}), integers({1}), "\x89", ordered_dict()}));
  rejects_pickle(whole(dict({{"w", sized}})), "PT-TENSOR");
}

TEST_CASE("K13 a name without an end") {
  rejects_pickle(beside("c" + std::string(10'000'000, 'a')), "PICKLE-LIMIT");
  rejects_pickle(beside("cabc"), "PICKLE-LENGTH");
}

TEST_CASE("K14 opcodes that are none, frames that lie") {
  for (const char opcode : {'\0', '\xFF', '\x97', 'F', 'S', 'V', 'p', 'g', 'd', 'l', 'P'})
    rejects_pickle(beside(std::string(1, opcode)), "PICKLE-OPCODE");
  const auto framed = [](std::uint64_t length) {
    return "\x80\x04\x95" + bytes_of(length) + dict({{"w", kOne}}) + kStop;
  };
  const std::uint64_t right = dict({{"w", kOne}}).size() + 1;
  accepts(TempFolder().write("model.bin", file_of(framed(right))));
  for (const std::uint64_t length :
       {right + 1, right + 100, std::uint64_t{1} << 63, UINT64_MAX, std::uint64_t{4}})
    rejects_pickle(framed(length), "PICKLE-FRAME");
}

TEST_CASE("K15 no STOP, or something behind it") {
  rejects_pickle(kProto + dict({{"w", kOne}}), "PICKLE-LENGTH");
  rejects_pickle(whole(dict({{"w", kOne}})) + "x", "PICKLE-END");
  rejects_pickle(whole(dict({{"w", kOne}})) + whole("N"), "PICKLE-END");
}

TEST_CASE("K16 protocols") {
  const std::string content = dict({{"w", kOne}}) + kStop;
  for (const char protocol : {'\2', '\3', '\4', '\5'})
    accepts(TempFolder().write("model.bin", file_of("\x80"s + protocol + content)));
  for (const char protocol : {'\0', '\1', '\6', '\xFF'})
    rejects_pickle("\x80"s + protocol + content, "PICKLE-PROTOCOL");
  rejects_pickle(content, "PICKLE-PROTOCOL");
}

TEST_CASE("K17 values that hold themselves") {
  const std::string cycle = "]q\1h\1a";
  CHECK(accepts(TempFolder().write("model.bin", file_of(beside(cycle)))).tensors.size() == 1);
  const std::string self = "}q\1(" + text("w") + kOne + text("self") + "h\1u";
  CHECK(accepts(TempFolder().write("model.bin", file_of(whole(self)))).tensors.size() == 1);
}

TEST_CASE("K18 values that double again and again") {
  std::string doubled = "N";
  for (int i = 0; i < 64; ++i)
    doubled += "2\x86";
  rejects_pickle(beside(doubled), "PICKLE-LIMIT");
  std::string tensors = kOne;
  for (int i = 0; i < 64; ++i)
    tensors += "2\x86";
  rejects_pickle(whole(tensors), "PICKLE-LIMIT");
}

TEST_CASE("K19 a million lists inside each other") {
  rejects_pickle(whole(std::string(1'000'000, ']') + std::string(999'999, 'a')), "PICKLE-DEPTH");
  rejects_pickle(beside("N" + std::string(1'000'000, '\x85')), "PICKLE-DEPTH");
}

TEST_CASE("K20 persistent ids that are none of a storage") {
  const auto with = [](const std::string& id) { return whole(dict({{"w", tensor(id + "Q", 0, {4}, {1})}})); };
  rejects_pickle(with(text("0")), "PT-STORAGE");
  const std::string type = global("torch", "FloatStorage");
  rejects_pickle(with(tuple({text("module"), type, text("0"), text("cpu"), integer(4)})), "PT-STORAGE");
  rejects_pickle(with(tuple({text("storage"), type, text("0"), text("cpu")})), "PT-STORAGE");
  rejects_pickle(with(tuple({text("storage"), text("float"), text("0"), text("cpu"), integer(4)})),
                 "PT-STORAGE");
  rejects_pickle(with(tuple({text("storage"), type, integer(0), text("cpu"), integer(4)})), "PT-STORAGE");
  const std::string far =
      with(tuple({text("storage"), type, text("0"), text("cuda:9999999999"), integer(4)}));
  accepts(TempFolder().write("model.bin", file_of(far)));
}

TEST_CASE("K21 classes of storages are known by their whole name") {
  for (const auto& [module, name] : {std::pair{"torch", "os.system"},
                                     {"torch", "FloatStorage.__init__"},
                                     {"torch.FloatStorage", "x"},
                                     {"torch", "ComplexDoubleStorage"}}) {
    const std::string id =
        tuple({text("storage"), global(module, name), text("0"), text("cpu"), integer(4)}) + "Q";
    const TempFolder folder;
    const std::string path =
        folder.write("m", file_of(whole(dict({{"v", tensor(id, 0, {4}, {1})}, {"w", kOne}}))));
    const Verdict verdict = open_once(path, {});
    REQUIRE(verdict.checkpoint.has_value());
    CHECK(verdict.checkpoint->tensors.size() == 1);
    REQUIRE(verdict.checkpoint->skipped.size() == 1);
    CHECK(verdict.checkpoint->skipped[0].name == "v");
  }
}

std::string rebuilt(const std::vector<std::string>& arguments) {
  return whole(dict({{"w", call(global("torch._utils", "_rebuild_tensor_v2"), tuple(arguments))}}));
}

TEST_CASE("K22 arguments that make no tensor") {
  const std::vector<std::string> right{storage("0", 4), integer(0), integers({4}),
                                       integers({1}),   "\x89",     ")"};
  accepts(TempFolder().write("model.bin", file_of(rebuilt(right))));
  rejects_pickle(rebuilt({right[0], right[1], right[2]}), "PT-TENSOR");
  std::vector<std::string> many = right;
  many.insert(many.end(), 3, "N");
  rejects_pickle(rebuilt(many), "PT-TENSOR");
  for (std::size_t i = 0; i < 4; ++i) {
    std::vector<std::string> wrong = right;
    wrong[i] = i == 1 ? text("0") : integer(1);
    rejects_pickle(rebuilt(wrong), "PT-TENSOR");
  }
}

TEST_CASE("K23 and K24 tensors outside their storage") {
  const auto rejected = [](std::int64_t offset, const std::vector<std::int64_t>& sizes,
                           const std::vector<std::int64_t>& strides, std::string_view rule) {
    rejects_pickle(whole(dict({{"w", tensor(storage("0", 4), offset, sizes, strides)}})), rule);
  };
  rejected(-1, {4}, {1}, "PT-TENSOR");
  rejected(1, {4}, {1}, "PT-VIEW");
  rejected(INT64_MAX, {4}, {1}, "PT-VIEW");
  rejected(0, {5}, {1}, "PT-VIEW");
  rejected(0, {4}, {2}, "PT-VIEW");
  rejected(0, {2}, {-1}, "PT-TENSOR");
  rejected(0, {2}, {std::int64_t{1} << 62}, "PT-VIEW");
  rejected(0, {5, 2}, {std::int64_t{1} << 62, 1}, "PT-VIEW");
  rejected(0, {std::int64_t{1} << 32, std::int64_t{1} << 32}, {0, 0}, "PT-VIEW");
  rejected(0, {-4}, {1}, "PT-TENSOR");
  rejected(5, {0}, {1}, "PT-VIEW");
}

TEST_CASE("K25 more sizes than strides") {
  rejects_pickle(whole(dict({{"w", tensor(storage("0", 4), 0, {2, 2}, {1})}})), "PT-TENSOR");
  rejects_pickle(whole(dict({{"w", tensor(storage("0", 4), 0, std::vector<std::int64_t>(65, 1),
                                          std::vector<std::int64_t>(65, 1))}})),
                 "PT-TENSOR");
}

TEST_CASE("K26 one element a million million times") {
  rejects_pickle(whole(dict({{"w", tensor(storage("0", 4), 0, {1'000'000'000'000}, {0})}})), "PT-REPEAT");
}

TEST_CASE("K29 storages of impossible size") {
  for (const std::int64_t elements : {std::int64_t{-4}, INT64_MAX}) {
    const std::string pickled = whole(dict({{"w", tensor(storage("0", elements), 0, {4}, {1})}}));
    rejects_pickle(pickled, elements < 0 ? "PT-TENSOR" : "PT-STORAGE");
  }
}

TEST_CASE("K30 one storage, two descriptions") {
  const std::string other = tensor(storage("0", 2, "DoubleStorage"), 0, {2}, {1});
  rejects_pickle(whole(dict({{"v", kOne}, {"w", other}})), "PT-STORAGE");
  rejects_pickle(whole(dict({{"v", kOne}, {"w", tensor(storage("0", 3), 0, {3}, {1})}})), "PT-STORAGE");
}

TEST_CASE("K32 a million numbers beside the weights") {
  std::string numbers = "](";
  for (int i = 0; i < 1'000'000; ++i)
    numbers += i % 2 == 0 ? "M\1\2" : "G\x3f\xf0\0\0\0\0\0\0"s;
  const TempFolder folder;
  const std::string path = folder.write("model.bin", file_of(beside(numbers + "e")));
  if (kMemoryIsMeasurable) {
    const std::uint64_t growth = peak_growth([&] { open_checkpoint(path); });
    CHECK(growth < (std::uint64_t{16} << 20) + 8 * numbers.size());
  }
  CHECK(accepts(path).tensors.size() == 1);
}

TEST_CASE("K33 a stream that computes its magic number") {
  rejects_bytes("\x80\x02" + call(global("builtins", "eval"), tuple({text("0x1950a86a20f9469cfc6c")})) + ".",
                "FORMAT-UNSUPPORTED");
}

TEST_CASE("K34 too many opcodes, and more values than their bytes can need") {
  rejects_pickle(whole("N" + std::string(10'000'001, '2')), "PICKLE-LIMIT");
  const std::string lists = file_of(whole(std::string(9'000'000, ']')));
  rejects_bytes(lists, "PICKLE-LIMIT");
  const TempFolder folder;
  const std::string path = folder.write("model.bin", lists);
  if (kMemoryIsMeasurable) {
    CHECK(peak_growth([&] { open_once(path, {}); }) < (std::uint64_t{64} << 20) + 8 * lists.size());
  }
}

TEST_CASE("a damaged archive ends in order") {
  const std::string whole_file = small_archive().file();
  const TempFolder folder;
  std::uint64_t state = 7;
  const auto random = [&] {
    state = state * 6364136223846793005 + 1442695040888963407;
    return state >> 33;
  };
  for (int round = 0; round < 4000; ++round) {
    std::string bytes = whole_file;
    for (std::uint64_t damage = 1 + random() % 3; damage > 0; --damage)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    const Verdict verdict = open_once(folder.write("damaged" + std::to_string(round), bytes), {});
    if (verdict.error) CHECK(verdict.error->code() == ErrorCode::malformed);
  }
}

}  // namespace
}  // namespace weightsieve::test
