#include <catch2/catch.hpp>

#include <filesystem>

#include "prune/masks.hpp"
#include "support/peak_memory.hpp"
#include "weightsieve/prune/predict_prune.hpp"

using namespace weightsieve;
using namespace weightsieve::test;

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

/// Two tensors of 48 Mi elements that are a hole in the file but for a first mebibyte of noise.
std::string write_large(const TempFolder& folder) {
  const std::uint64_t elements = 48 * kMiB;
  const std::string header = "{" + entry("a.weight", "F32", {elements / 4096, 4096}, 0, 4 * elements) + "," +
                             entry("b.weight", "BF16", {1000, elements / 1000}, 4 * elements,
                                   4 * elements + 2 * (elements / 1000 * 1000)) +
                             "}";
  Random random(51);
  const std::string bytes =
      safetensors_file(header, random_elements(random, "F32", Texture::normal, kMiB / 4));
  std::string path = folder / "large.safetensors";
  write_sparse(path, bytes, 8 + header.size() + 4 * elements + 2 * (elements / 1000 * 1000));
  return path;
}

/// Plans, predicts and masks the whole checkpoint.
void prune_all(const std::string& path, const PruneOptions& options, unsigned threads, IoMode io) {
  OpenModel model(path, io);
  const PruneSelection selection = select_for_pruning(model.checkpoint, PruneSelect::all);
  const PassControl control{.threads = threads};
  const PrunePlan plan = plan_prune(model.checkpoint, model.files, selection, options, control);
  predict_prune(plan, options.amounts, model.files, control);
  ChunkMasker masker(plan, 0, model.files);
  TensorReader reader(model.files);
  std::vector<std::byte> chunk;
  for (const std::size_t tensor : plan.tensors()) {
    const TensorInfo& info = model.checkpoint.tensors[tensor];
    for (std::uint64_t first = 0; first < info.elements; first += kMiB) {
      const Bytes bytes = reader.read(info, first, std::min(kMiB, info.elements - first));
      chunk.assign(bytes.begin(), bytes.end());
      masker.mask(tensor, first, chunk);
    }
  }
}

}  // namespace

TEST_CASE("memory does not grow with the checkpoint: 64 MiB and 24 MiB a thread") {
  if (!kMemoryIsMeasurable) return;
  const TempFolder folder;
  const std::string path = write_large(folder);
  const std::vector<PruneAmount> amounts{{0.1}, {0.5}, {0.9}, {0.95}, {0.9999}};
  const auto [method, scope] =
      GENERATE(table<PruneMethod, PruneScope>({{PruneMethod::magnitude, PruneScope::global},
                                               {PruneMethod::magnitude, PruneScope::tensor},
                                               {PruneMethod::magnitude, PruneScope::row},
                                               {PruneMethod::random, PruneScope::global},
                                               {PruneMethod::nm, PruneScope::global},
                                               {PruneMethod::columns, PruneScope::global}}));
  const IoMode io = GENERATE(IoMode::mmap, IoMode::pread);
  const PruneOptions options{.method = method, .scope = scope, .amounts = amounts};
  const std::uint64_t growth = peak_growth([&] { prune_all(path, options, 2, io); });
  INFO("method " << static_cast<int>(method) << ", scope " << static_cast<int>(scope) << ": " << growth / kMiB
                 << " MiB");
  CHECK(growth <= 64 * kMiB + 2 * (24 * kMiB));
}
