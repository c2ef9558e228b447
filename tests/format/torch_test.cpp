// What PyTorch's checkpoints hold: names, views, ties, and what is not read.
#include <catch2/catch.hpp>

#include "format/verdict.hpp"
#include "support/elements.hpp"
#include "support/pickle_text.hpp"

namespace weightsieve::test {
namespace {

using namespace std::string_literals;
using namespace pickle;

/// 0, 1, 2, … as F32.
std::string floats(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<float>(i);
  return bytes_of(values);
}

Checkpoint opened(const TempFolder& folder, const std::string& pickled,
                  const std::vector<Storage>& storages) {
  return accepts(folder.write("model.pt", archive(pickled, storages).file()));
}

std::vector<std::string> names(const Checkpoint& checkpoint) {
  std::vector<std::string> all;
  for (const TensorInfo& tensor : checkpoint.tensors)
    all.push_back(tensor.name);
  return all;
}

TEST_CASE("K27 views of a storage come out in the order of their elements") {
  const std::string s = storage("0", 24);
  const std::vector<std::pair<std::string, std::vector<float>>> cases{
      {tensor(s, 0, {2, 3, 4}, {12, 4, 1}), {}},
      {tensor(s, 0, {3, 2}, {1, 3}), {0, 3, 1, 4, 2, 5}},
      {tensor(s, 7, {2, 2}, {6, 2}), {7, 9, 13, 15}},
      {tensor(s, 5, {4}, {0}), {5, 5, 5, 5}},
      {tensor(s, 1, {1, 3, 1}, {99, 2, 77}), {1, 3, 5}},
      {tensor(s, 3, {}, {}), {3}},
      {tensor(s, 0, {0, 4}, {4, 1}), {}},
  };
  for (const auto& [pickled, wanted] : cases) {
    const TempFolder folder;
    const Checkpoint checkpoint = opened(folder, whole(dict({{"w", pickled}})), {{"0", floats(24)}});
    if (wanted.empty()) {
      CHECK(elements(checkpoint, 0).size() == checkpoint.tensors[0].elements);
    } else {
      CHECK(elements(checkpoint, 0) == wanted);
      CHECK(elements(checkpoint, 0, 1) == wanted);
    }
  }
}

TEST_CASE("any view of any rank, read in any pieces, has the elements that indexing gives") {
  std::uint64_t state = 11;
  const auto random = [&](std::uint64_t below) {
    state = state * 6364136223846793005 + 1442695040888963407;
    return static_cast<std::int64_t>((state >> 33) % below);
  };
  for (int round = 0; round < 200; ++round) {
    const auto rank = static_cast<std::size_t>(random(5));
    std::vector<std::int64_t> sizes, strides;
    std::int64_t last = random(7);
    const std::int64_t offset = last;
    for (std::size_t i = 0; i < rank; ++i) {
      sizes.push_back(1 + random(5));
      strides.push_back(random(9));
      last += (sizes[i] - 1) * strides[i];
    }
    std::vector<float> wanted{static_cast<float>(offset)};
    for (std::size_t i = 0; i < rank; ++i) {
      std::vector<float> next;
      for (const float base : wanted)
        for (std::int64_t j = 0; j < sizes[i]; ++j)
          next.push_back(base + static_cast<float>(j * strides[i]));
      wanted = next;
    }
    const TempFolder folder;
    const Checkpoint checkpoint =
        opened(folder, whole(dict({{"w", tensor(storage("0", last + 1), offset, sizes, strides)}})),
               {{"0", floats(static_cast<std::size_t>(last + 1))}});
    INFO("round " << round);
    CHECK(elements(checkpoint, 0, static_cast<std::uint64_t>(1 + random(20))) == wanted);
  }
}

TEST_CASE("big-endian archives are read as they are meant") {
  std::string bytes = floats(4);
  for (std::size_t at = 0; at < bytes.size(); at += 4)
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                 bytes.begin() + static_cast<std::ptrdiff_t>(at + 4));
  ZipFile zip = archive(whole(dict({{"w", tensor(storage("0", 4), 0, {4}, {1})}})), {{"0", bytes}});
  zip.add("archive/byteorder", "big");
  const TempFolder folder;
  CHECK(elements(accepts(folder.write("m.pt", zip.file())), 0) == std::vector<float>{0, 1, 2, 3});
}

TEST_CASE("tied tensors are one, under all their names") {
  const std::string one = tensor(storage("0", 4), 0, {2, 2}, {2, 1});
  const TempFolder folder;
  const Checkpoint checkpoint =
      opened(folder, whole(dict({{"a", one}, {"b", tensor(storage("1", 1), 0, {1}, {1})}, {"c", one}})),
             {{"0", floats(4)}, {"1", floats(1)}});
  CHECK(names(checkpoint) == std::vector<std::string>{"a", "b", "c"});
  REQUIRE(checkpoint.tied.size() == 1);
  CHECK(checkpoint.tied[0] == std::vector<std::string>{"a", "c"});
  CHECK(checkpoint.tensors[0].offset_bytes == checkpoint.tensors[2].offset_bytes);
  CHECK(elements(checkpoint, 2) == std::vector<float>{0, 1, 2, 3});
}

TEST_CASE("tensors that share bytes without being the same are a problem") {
  const std::string s = storage("0", 4);
  const std::string pickled = whole(dict({{"a", tensor(s, 0, {3}, {1})}, {"b", tensor(s, 2, {2}, {1})}}));
  CHECK(warns_bytes(archive(pickled, {{"0", floats(4)}}).file(), "PT-OVERLAP").tensors.size() == 2);
  const TempFolder folder;
  opened(folder, whole(dict({{"a", tensor(s, 0, {2}, {1})}, {"b", tensor(s, 2, {2}, {1})}})),
         {{"0", floats(4)}});
}

TEST_CASE("names are those of the state dict") {
  const std::string one = tensor(storage("0", 4), 0, {4}, {1});
  const std::string two = tensor(storage("1", 4), 0, {4}, {1});
  const std::vector<Storage> storages{{"0", floats(4)}, {"1", floats(4)}};
  const TempFolder folder;
  const auto named = [&](const std::string& value) { return names(opened(folder, whole(value), storages)); };
  using Names = std::vector<std::string>;
  const std::string flat = dict({{"model.a", one}, {"model.b", two}});
  CHECK(named(flat) == Names{"model.a", "model.b"});
  CHECK(named(dict({{"state_dict", flat}, {"epoch", integer(3)}})) == Names{"model.a", "model.b"});
  CHECK(named(dict({{"model", dict({{"state_dict", flat}})}})) == Names{"model.a", "model.b"});
  CHECK(named(dict({{"model", dict({{"w", one}})}, {"ema", dict({{"w", two}})}})) ==
        Names{"model.w", "ema.w"});
  CHECK(named(dict({{"mine", dict({{"w", one}, {"v", two}})}})) == Names{"mine.w", "mine.v"});
  CHECK(named("](" + one + two + "e") == Names{"0", "1"});
  CHECK(named(one) == Names{"tensor"});
  CHECK(named(call(global("collections", "OrderedDict"), ")") + "(" + text("w") + one + "u") == Names{"w"});
  // As Python 2 wrote them.
  const std::string items = "]](" + text("w") + one + "ea](" + text("v") + two + "ea";
  CHECK(named(call(global("collections", "OrderedDict"), items + "\x85")) == Names{"w", "v"});
}

TEST_CASE("K31 keys that are no texts, and names that meet") {
  const std::string one = tensor(storage("0", 4), 0, {4}, {1});
  const std::string two = tensor(storage("1", 4), 0, {4}, {1});
  const std::vector<Storage> storages{{"0", floats(4)}, {"1", floats(4)}};
  const TempFolder folder;
  const std::string odd = "}(" + integer(7) + one + "N" + two + "u";
  CHECK(names(opened(folder, whole(odd), storages)) == std::vector<std::string>{"7", "#1"});
  const std::string meet = dict({{"a.b", one}, {"a", dict({{"b", two}})}});
  CHECK(names(warns_bytes(archive(whole(meet), storages).file(), "PT-NAME")) ==
        std::vector<std::string>{"a.b", "a.b#2"});
  const std::string twice = dict({{"a", one}, {"a", two}});
  CHECK(names(warns_bytes(archive(whole(twice), storages).file(), "PT-NAME")) ==
        std::vector<std::string>{"a", "a#2"});
}

TEST_CASE("a module that was saved whole has the names of its state dict") {
  const std::string one = tensor(storage("0", 4), 0, {4}, {1});
  const std::string two = tensor(storage("1", 4), 0, {4}, {1});
  const auto module = [](const std::string& type, const Items& parameters, const Items& buffers,
                         const Items& modules) {
    return global("my.code", type) + ")\x81" +
           dict({{"training", "\x88"},
                 {"_parameters", dict(parameters)},
                 {"_buffers", dict(buffers)},
                 {"_modules", dict(modules)}}) +
           "b";
  };
  const std::string parameter =
      call(global("torch._utils", "_rebuild_parameter"), tuple({one, "\x89", ordered_dict()}));
  const std::string inner = module("Norm", {{"weight", parameter}}, {{"stat", two}}, {});
  const std::string pickled = whole(module("Net", {}, {}, {{"norm", inner}}));
  const Checkpoint checkpoint =
      warns_bytes(archive(pickled, {{"0", floats(4)}, {"1", floats(4)}}).file(), "PT-GLOBAL");
  CHECK(names(checkpoint) == std::vector<std::string>{"norm.weight", "norm.stat"});
  CHECK_FALSE(checkpoint.tensors[0].trainable);
  CHECK(checkpoint.tensors[0].role == Role::parameter);
  CHECK(checkpoint.tensors[1].role == Role::buffer);
}

TEST_CASE("the state of optimizers is left out unless it is asked for") {
  const std::string one = tensor(storage("0", 4), 0, {4}, {1});
  const std::string two = tensor(storage("1", 4), 0, {4}, {1});
  const std::string state = dict({{"state", dict({{"exp_avg", two}})}, {"param_groups", "]"}});
  const TempFolder folder;
  for (const char* key : {"optimizer", "optim", "trainer"}) {
    const std::string path = folder.write(
        key, archive(whole(dict({{"w", one}, {key, state}})), {{"0", floats(4)}, {"1", floats(4)}}).file());
    CHECK(names(accepts(path)) == std::vector<std::string>{"w"});
    const Verdict all = open_once(path, {.include_optimizer = true});
    REQUIRE(all.checkpoint.has_value());
    CHECK(names(*all.checkpoint) == std::vector<std::string>{"w", key + ".state.exp_avg"s});
    CHECK(all.checkpoint->tensors[0].role == Role::parameter);
    CHECK(all.checkpoint->tensors[1].role == Role::buffer);
  }
}

TEST_CASE("what trainers keep beside the model is left out like optimizers, as in files of Lightning") {
  const std::string one = tensor(storage("0", 4), 0, {4}, {1});
  const std::string two = tensor(storage("1", 4), 0, {4}, {1});
  const std::string callbacks = dict({{"ModelCheckpoint", dict({{"best_model_score", two}})}});
  const Items beside{{"callbacks", callbacks}, {"rng_state", two}, {"best", two}};
  Items saved{{"state_dict", dict({{"net.w", one}})}};
  saved.insert(saved.end(), beside.begin(), beside.end());
  const TempFolder folder;
  const std::string path =
      folder.write("m.ckpt", archive(whole(dict(saved)), {{"0", floats(4)}, {"1", floats(4)}}).file());
  CHECK(names(accepts(path)) == std::vector<std::string>{"net.w"});
  const Verdict all = open_once(path, {.include_optimizer = true});
  REQUIRE(all.checkpoint.has_value());
  CHECK(names(*all.checkpoint) == std::vector<std::string>{"state_dict.net.w",
                                                           "callbacks.ModelCheckpoint.best_model_score",
                                                           "rng_state", "best"});
  CHECK(all.checkpoint->tensors[0].role == Role::parameter);
  for (std::size_t i = 1; i < 4; ++i)
    CHECK(all.checkpoint->tensors[i].role == Role::buffer);
  // Without a model beside them they are whatever they are called.
  const std::string plain = folder.write("plain.pt", archive(whole(dict(beside)), {{"1", floats(4)}}).file());
  CHECK(names(accepts(plain)).size() == 3);
}

TEST_CASE("K28 kinds of tensors that are not read are named") {
  const std::string one = tensor(storage("0", 4), 0, {4}, {1});
  const auto made = [](const std::string& name, const std::string& arguments) {
    return call(global("torch._utils", name), arguments);
  };
  const std::string foreign = call(global("my.code", "dequantize"), tuple({"](" + one + "e"}));
  for (const std::string& odd :
       {made("_rebuild_qtensor", tuple({storage("0", 4, "QInt8Storage"), integer(0)})),
        made("_rebuild_sparse_tensor", tuple({"N", one})), made("_rebuild_meta_tensor_no_storage", ")"),
        foreign, storage("0", 4)}) {
    const TempFolder folder;
    const std::string path =
        folder.write("m", archive(whole(dict({{"odd", odd}, {"w", one}})), {{"0", floats(4)}}).file());
    const Verdict verdict = open_once(path, {});
    INFO((verdict.error ? verdict.error->what() : ""));
    REQUIRE(verdict.checkpoint.has_value());
    CHECK(names(*verdict.checkpoint) == std::vector<std::string>{"w"});
    REQUIRE(verdict.checkpoint->skipped.size() == 1);
    CHECK(verdict.checkpoint->skipped[0].name == "odd");
    CHECK_FALSE(verdict.checkpoint->skipped[0].reason.empty());
  }
  const std::string state = made("_rebuild_parameter_with_state", tuple({one, "\x88", ordered_dict(), "}"}));
  const std::string typed =
      call(global("torch._tensor", "_rebuild_from_type_v2"),
           tuple({global("torch._utils", "_rebuild_tensor_v2"), global("torch", "Tensor"),
                  tuple({storage("0", 4), integer(0), integers({4}), integers({1}), "\x89", "}"}), "N"}));
  const TempFolder folder;
  CHECK(opened(folder, whole(dict({{"s", state}, {"t", typed}})), {{"0", floats(4)}}).tied.size() == 1);
}

TEST_CASE("the dtypes of torch's newer tensors") {
  const auto v3 = [](const std::string& dtype, std::int64_t bytes, std::int64_t elements) {
    const std::string untyped = tuple({text("storage"), global("torch.storage", "UntypedStorage"), text("0"),
                                       text("cpu"), integer(bytes)}) +
                                "Q";
    return whole(dict({{"w", call(global("torch._utils", "_rebuild_tensor_v3"),
                                  tuple({untyped, integer(0), integers({elements}), integers({1}), "\x89",
                                         ordered_dict(), global("torch", dtype)}))}}));
  };
  const TempFolder folder;
  const auto dtype_of = [&](const std::string& name, std::int64_t elements) {
    return opened(folder, v3(name, 8, elements), {{"0", std::string(8, '\0')}}).tensors.at(0).dtype;
  };
  CHECK(dtype_of("float8_e4m3fn", 8) == Dtype::F8_E4M3);
  CHECK(dtype_of("float8_e5m2fnuz", 8) == Dtype::F8_E5M2FNUZ);
  CHECK(dtype_of("float8_e8m0fnu", 8) == Dtype::F8_E8M0);
  CHECK(dtype_of("uint16", 4) == Dtype::U16);
  CHECK(dtype_of("uint64", 1) == Dtype::U64);
  const Checkpoint packed = opened(folder, v3("float4_e2m1fn_x2", 8, 8), {{"0", std::string(8, '\0')}});
  CHECK(packed.tensors[0].dtype == Dtype::F4);
  CHECK(packed.tensors[0].shape == Shape{16});
  CHECK(packed.tensors[0].bytes == 8);
  rejects_bytes(archive(v3("uint16", 8, 5), {{"0", std::string(8, '\0')}}).file(), "PT-VIEW");
}

TEST_CASE("a sharded checkpoint by its index, and by its folder") {
  const TempFolder folder;
  const auto shard = [&](const std::string& file, const std::string& name) {
    folder.write(
        file,
        archive(whole(dict({{name, tensor(storage("0", 4), 0, {4}, {1})}})), {{"0", floats(4)}}).file());
  };
  shard("pytorch_model-00001-of-00002.bin", "a");
  shard("pytorch_model-00002-of-00002.bin", "b");
  folder.write("training_args.bin", "PK\3\4 none of it");
  const std::string base = folder / "";
  CHECK(names(accepts(base)) == std::vector<std::string>{"a", "b"});
  const std::string index =
      folder.write("pytorch_model.bin.index.json",
                   R"({"metadata":{"total_size":32},"weight_map":{)"
                   R"("a":"pytorch_model-00001-of-00002.bin","b":"pytorch_model-00002-of-00002.bin"}})");
  CHECK(names(accepts(index)) == std::vector<std::string>{"a", "b"});
  CHECK(accepts(base).format == "pytorch");
  CHECK(open_once(index, {}).checkpoint->name == "pytorch_model");
}

/// All bytes of the safetensors file that the checkpoint's one file stands for.
std::string content_of(const Checkpoint& checkpoint) {
  SourcePool files = open_files(checkpoint, IoMode::automatic);
  const auto source = files.open(0);
  const auto cursor = source->cursor();
  std::string content;
  for (std::uint64_t at = 0; at < source->size(); at += 7) {
    const Bytes piece =
        cursor->view(at, static_cast<std::size_t>(std::min<std::uint64_t>(7, source->size() - at)));
    content.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  }
  return content;
}

TEST_CASE("the content is a safetensors file of the same tensors") {
  const std::string s = storage("0", 6);
  const TempFolder folder;
  const Checkpoint checkpoint = opened(
      folder, whole(dict({{"t", tensor(s, 0, {3, 2}, {1, 3})}, {"u", tensor(storage("1", 2), 0, {2}, {1})}})),
      {{"0", floats(6)}, {"1", floats(2)}});
  const Checkpoint again = accepts(folder.write("again.safetensors", content_of(checkpoint)));
  REQUIRE(again.tensors.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(again.tensors[i].name == checkpoint.tensors[i].name);
    CHECK(again.tensors[i].shape == checkpoint.tensors[i].shape);
    CHECK(again.tensors[i].offset_bytes == checkpoint.tensors[i].offset_bytes);
    CHECK(elements(again, i) == elements(checkpoint, i));
  }
}

TEST_CASE("names that mean something else in a safetensors file do no harm to the content") {
  const std::string one = tensor(storage("0", 2), 0, {2}, {1});
  const TempFolder folder;
  const Checkpoint checkpoint =
      opened(folder, whole(dict({{"__metadata__", one}, {"format", one}})), {{"0", floats(2)}});
  CHECK(names(checkpoint) == std::vector<std::string>{"__metadata___", "format"});
  const Checkpoint again = accepts(folder.write("again.safetensors", content_of(checkpoint)));
  CHECK(names(again) == std::vector<std::string>{"__metadata___"});
}

}  // namespace
}  // namespace weightsieve::test
