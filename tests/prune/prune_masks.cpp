// Prunes a checkpoint through the library and writes nothing but bytes that a test can compare:
//
//     prune_masks CHECKPOINT METHOD SCOPE OUT AMOUNT...
//
// An AMOUNT is a share ("0.5") or a count ("=12"). OUT gets, for each amount, the elements of every parameter
// that can be pruned, in the checkpoint's order, after pruning. A line for each amount goes to stdout: the
// threshold of the first tensor ("-" where there is none) and how many elements went.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <map>
#include <string>

#include "weightsieve/base/text.hpp"
#include "weightsieve/prune/chunk_masker.hpp"

namespace {

using namespace weightsieve;

constexpr std::uint64_t kRunElements = 1'000'000;

PruneAmount amount_of(const std::string& text) {
  if (text.starts_with('=')) return {0, std::strtoull(text.c_str() + 1, nullptr, 10)};
  return {std::strtod(text.c_str(), nullptr), {}};
}

PruneOptions options_of(const std::string& method, const std::string& scope) {
  const std::map<std::string, PruneMethod> methods{
      {"magnitude", PruneMethod::magnitude}, {"rows", PruneMethod::rows}, {"columns", PruneMethod::columns}};
  const std::map<std::string, PruneScope> scopes{
      {"global", PruneScope::global}, {"tensor", PruneScope::tensor}, {"row", PruneScope::row}};
  return {.method = methods.at(method), .scope = scopes.at(scope)};
}

MaskCounts write_level(const PrunePlan& plan, std::size_t level, SourcePool& files, std::ostream& out) {
  ChunkMasker masker(plan, level, files);
  TensorReader reader(files);
  MaskCounts total;
  for (const std::size_t tensor : plan.tensors()) {
    const TensorInfo& info = plan.checkpoint().tensors[tensor];
    for (std::uint64_t first = 0; first < info.elements; first += kRunElements) {
      const Bytes bytes = reader.read(info, first, std::min(kRunElements, info.elements - first));
      std::vector<std::byte> pruned(bytes.begin(), bytes.end());
      total.add(masker.mask(tensor, first, pruned));
      out.write(reinterpret_cast<const char*>(pruned.data()), static_cast<std::streamsize>(pruned.size()));
    }
  }
  return total;
}

int run(int count, char** arguments) {
  const std::string path = arguments[1];
  PruneOptions options = options_of(arguments[2], arguments[3]);
  for (int i = 5; i < count; ++i)
    options.amounts.push_back(amount_of(arguments[i]));
  const Checkpoint checkpoint = open_checkpoint(path);
  SourcePool files = open_files(checkpoint, IoMode::automatic);
  const PruneSelection selection = select_for_pruning(checkpoint, PruneSelect::all);
  const PrunePlan plan = plan_prune(checkpoint, files, selection, options, {.threads = 2});
  std::ofstream out(arguments[4], std::ios::binary);
  for (std::size_t level = 0; level < plan.levels(); ++level) {
    const MaskCounts counts = write_level(plan, level, files, out);
    const auto threshold = plan.tensors().empty() ? std::nullopt : plan.threshold(level, plan.tensors()[0]);
    std::printf("%s %llu\n", threshold ? shortest(*threshold).c_str() : "-",
                static_cast<unsigned long long>(counts.zeroed));
  }
  return out.good() ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 6) return 2;
  try {
    return run(count, arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
