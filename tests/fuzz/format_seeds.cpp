#include <zlib.h>

#include <stdexcept>

#include "fuzz/seeds.hpp"
#include "support/dcp_folder.hpp"
#include "support/gguf_file.hpp"
#include "support/onnx_file.hpp"
#include "support/pickle_text.hpp"
#include "support/safetensors_file.hpp"
#include "support/zip_file.hpp"
#include "weightsieve/codec/deflate.hpp"

namespace weightsieve::test {
namespace {

using namespace std::string_literals;

std::string npy(std::string_view header, std::string_view elements, unsigned major = 1) {
  std::string text(header);
  text.resize((text.size() + 12 + 63) / 64 * 64 - 12, ' ');
  text += '\n';
  const std::string length = major == 1 ? bytes_of(static_cast<std::uint16_t>(text.size()))
                                        : bytes_of(static_cast<std::uint32_t>(text.size()));
  return "\x93NUMPY" + std::string(1, static_cast<char>(major)) + '\0' + length + text +
         std::string(elements);
}

/// A tensor of each type that is read or listed; 4, 5 and their like were taken out of the format.
std::vector<gguf::Tensor> one_of_each() {
  std::vector<gguf::Tensor> all;
  for (const unsigned type :
       {0U,  1U,  2U,  3U,  6U,  7U,  8U,  9U,  10U, 11U, 12U, 13U, 14U, 15U, 16U, 17U, 18U,
        19U, 20U, 21U, 22U, 23U, 24U, 25U, 26U, 27U, 28U, 29U, 30U, 34U, 35U, 39U, 40U})
    all.push_back({"blk." + std::to_string(type), {256}, type, std::string(2048, '\1')});
  return all;
}

std::string legacy(const std::string& value, const std::string& keys, const std::string& storages) {
  const std::string magic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
  const std::string system = pickle::whole(
      pickle::dict({{"protocol_version", "M\xe9\x03"}, {"little_endian", "\x88"}, {"type_sizes", "}"}}));
  return magic + pickle::whole("M\xe9\x03") + system + pickle::whole(value) + pickle::whole(keys) + storages;
}

std::string legacy_storage(std::int64_t elements, const std::string& part) {
  using namespace pickle;
  return tuple({text("storage"), global("torch", "FloatStorage"), text("0"), text("cpu"), integer(elements),
                part}) +
         "Q";
}

}  // namespace

std::string deflated(std::string_view content) {
  std::string out(content.size() + 200, '\0');
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  std::string in(content);
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) throw std::logic_error("does not fit");
  return out;
}

namespace {

/// As a deflate stream of one stored block (RFC 1951, 3.2.4).
std::string stored_block(std::string_view content) {
  const auto length = static_cast<std::uint16_t>(content.size());
  if (length != content.size()) throw std::logic_error("does not fit");
  return "\x01" + bytes_of(length) + bytes_of(static_cast<std::uint16_t>(~length)) + std::string(content);
}

}  // namespace

std::string npz_around(std::string_view array, bool is_deflated) {
  ZipFile zip;
  ZipPart& part = zip.add("a.npy", "");
  part.content = is_deflated ? stored_block(array) : std::string(array);
  ZipFile::set(part, [&](ZipFields& fields) {
    fields.method = is_deflated ? 8 : 0;
    fields.crc = crc32_of(std::as_bytes(std::span(array)));
    fields.stored_bytes = static_cast<std::uint32_t>(part.content.size());
    fields.bytes = static_cast<std::uint32_t>(array.size());
  });
  return zip.file();
}

Seeds safetensors_seeds() {
  SafetensorsWriter writer;
  writer.add("a", "F32", {2, 2}, std::string(16, '\1'))
      .add("b", "F4", {4}, "12")
      .add("\xc3\xa9", "BOOL", {}, "\1");
  writer.add("empty", "I64", {0, 3}, "").metadata("format", "pt\n");
  return {safetensors_file(writer.header(), std::string(19, '\1')), safetensors_file("{}"),
          safetensors_file(R"({"\u0061":{"dtype":"F8_E4M3","shape":[3],"data_offsets":[0,3]}}   )", "abc")};
}

Seeds shard_index_seeds() {
  return {R"({"metadata":{"total_size":12},"weight_map":{"a":"m-00001-of-00002.safetensors",)"
          R"("b":"m-00002-of-00002.safetensors","\u0063":"m-00001-of-00002.safetensors"}})",
          R"({"weight_map":{},"other":[1,2.5,{"x":null}]})",
          R"({"weight_map":{"a":"x"},"metadata":{"total_size":1.2e1}})"};
}

Seeds pickle_seeds() {
  using namespace pickle;
  const std::string view = tensor(storage("0", 16), 1, {2, 3}, {1, 4});
  const std::string parameter =
      call(global("torch._utils", "_rebuild_parameter"), tuple({view, "\x88", ordered_dict()}));
  const std::string newer =
      call(global("torch._utils", "_rebuild_tensor_v3"),
           tuple({storage("2", 8, "ByteStorage"), integer(0), integers({4}), integers({1}), "\x89",
                  ordered_dict(), global("torch", "float8_e5m2")}));
  const std::string memo = "}q\x00(X\x01\x00\x00\x00wq\x01"s + view + "q\x02h\x01h\x02u";
  return {whole(dict({{"w", view}, {"p", parameter}, {"tied", view}})),
          whole(dict({{"state_dict", dict({{"a.b", newer}})},
                      {"epoch", integer(70000)},
                      {"lr", "G?\xf0\0\0\0\0\0\0"s}})),
          whole(dict({{"w_orig", view}, {"w_mask", view}, {"b_orig", newer}, {"b_mask", view}})),
          whole(memo),
          whole(dict({{"optimizer", dict({{"state", "](" + view + "e"}})},
                      {"x", call(global("os", "system"), tuple({text("ls")}))}})),
          whole(global("collections", "OrderedDict") + ")R(" + text("w") +
                tensor(storage("1", 32, "HalfStorage"), 0, {1}, {1}) + "u}(" + text("_metadata") + "}ub"),
          "\x80\x04\x95\x0a\0\0\0\0\0\0\0}\x94\x8c\x01x\x94K\x07s."s};
}

Seeds torch_legacy_seeds() {
  using namespace pickle;
  const std::string numbers = bytes_of(std::int64_t{4}) + std::string(16, '\1');
  const std::string part = tuple({text("v"), integer(1), integer(2)});
  return {
      legacy(dict({{"w", tensor(legacy_storage(4, "N"), 0, {4}, {1})}}), "](" + text("0") + "e", numbers),
      legacy(dict({{"w", tensor(legacy_storage(4, part), 0, {2}, {1})}}), "](" + text("0") + "e", numbers)};
}

Seeds dcp_metadata_seeds() {
  using namespace pickle;
  dcp::Checkpoint grid({{"model.w",
                         {4, 6},
                         {{{0, 0}, {2, 3}, "12345"},
                          {{2, 0}, {2, 3}, "1234567", "__1_0.distcp"},
                          {{0, 3}, {4, 3}, "1", "__2_0.distcp"}},
                         "bfloat16"},
                        {"optim.state.0.exp_avg", {}, {{{}, {}, "1234"}}}});
  grid.described.emplace_back("optim.param_groups", dcp::object(dcp::kModule, "BytesStorageMetadata", {}));
  grid.places.emplace_back(dcp::index("optim.param_groups", "N"), dcp::place("__0_0.distcp", 9, 10));
  grid.planner_data =
      dict({{"model.w", tuple({text("model"), text("w")})},
            {"optim.state.0.exp_avg", tuple({text("optim"), text("state"), integer(0), text("exp_avg")})},
            {"optim.param_groups", tuple({text("optim"), text("param_groups")})}});
  return {grid.metadata(), dcp::two_rows().metadata()};
}

Seeds zip_seeds() {
  ZipFile two = pickle::small_archive();
  two.comment = "a comment";
  ZipFile small = pickle::small_archive();
  return {small.file(), two.file(), npz_around("content of the member", true), npz_around("", false),
          ZipFile().file()};
}

Seeds gguf_seeds() {
  using namespace gguf;
  GgufFile file;
  file.entries = {entry("general.alignment", kU32, bytes_of(std::uint32_t{32})),
                  entry("general.name", kText, text("x")),
                  entry("b", kBool, "\1"),
                  entry("list", kArray, array(kText, 2, text("a") + text("b"))),
                  entry("split.no", kU16, bytes_of(std::uint16_t{0})),
                  entry("split.count", kU16, bytes_of(std::uint16_t{1}))};
  file.tensors = {{"w", {2, 2}, 0, std::string(16, '\1')}, {"q", {32}, 2, std::string(18, '\1')}};
  Seeds seeds{file.file(), GgufFile().file()};
  for (const gguf::Tensor& tensor : one_of_each()) {
    GgufFile one;
    one.tensors = {tensor};
    seeds.push_back(one.file());
  }
  return seeds;
}

Seeds npy_seeds() {
  const std::string numbers(24, '\1');
  return {npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", numbers),
          npy("{'descr': '>f8', 'fortran_order': True, 'shape': (3,), }", numbers),
          npy("{'descr': '|b1', 'fortran_order': False, 'shape': (), }", "\1", 2),
          npy("{'descr': '|V2', 'fortran_order': True, 'shape': (2, 2, 3), }", numbers, 3),
          npy("{'shape': (0L, 5L), 'fortran_order': False, 'descr': '<c8', }", "")};
}

Seeds npz_seeds() {
  Seeds seeds;
  for (const std::string& array : npy_seeds())
    for (const char kind : {'0', '1'})
      seeds.push_back(kind + array);
  return seeds;
}

Seeds onnx_seeds() {
  using namespace onnx;
  const std::string indices = tensor("i", {1}, kInt64, packed(7, {0}));
  const std::string apart = number(7, 1) + packed(7, {300, UINT64_MAX}) + number(7, 4);
  Seeds seeds{model(constant("c", tensor("", {2}, kHalf, raw("1234"))) + initializer(four())),
              model(node("If", "y", branch(initializer(four("x")) + constant("k", four("")))) +
                    bytes(15, sparse(four("s"), indices, {9}))),
              model_of(tensor("w", {4}, kInt64, apart)), model_of(tensor("w", {1}, kText, bytes(6, "a")))};
  for (const std::uint64_t type : {kInt8, kInt32, kBool, kBfloat16, kFloat6})
    seeds.push_back(model_of(tensor("w", {2, 2}, type, packed(5, {1, 0, 1, 1}))));
  for (const std::uint64_t type : {kUint4, kInt4, kFloat4})
    seeds.push_back(model_of(tensor("w", {2, 2}, type, packed(5, {1, 255}))));
  for (const std::uint64_t type : {kUint4, kInt2, kFloat4})
    seeds.push_back(model_of(tensor("w", {2}, type, raw("1"))));
  for (const std::uint64_t type : {kComplex64, kComplex128})
    seeds.push_back(model_of(tensor("w", {2}, type, raw(std::string(type == kComplex64 ? 16 : 32, '1')))));
  seeds.push_back(model_of(tensor("w", {2}, kComplex64, bytes(4, std::string(16, '\1')))));
  seeds.push_back(model_of(tensor("w", {2}, kDouble, tag(10, 1) + "12345678" + bytes(10, "12345678"))));
  return seeds;
}

Seeds file_seeds() {
  Seeds all{pickle::small_archive().file(), gguf_seeds().front(), npz_around(npy_seeds().front(), true),
            packed_shard_seeds().at(1), onnx_seeds().front()};
  for (const auto& seeds : {safetensors_seeds(), torch_legacy_seeds(), npy_seeds(), dcp_metadata_seeds()})
    all.insert(all.end(), seeds.begin(), seeds.end());
  return all;
}

}  // namespace weightsieve::test
