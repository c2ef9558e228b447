// The magnitude below which a share of a checkpoint's weights lies, exactly, and nothing else: what
// bench/compare_threshold.py measures beside torch and numpy. Usage: find_threshold FILE SPARSITY THREADS
#include <cstdio>
#include <cstdlib>

#include "weightsieve/prune/prune_plan.hpp"

using namespace weightsieve;

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const Checkpoint checkpoint = open_checkpoint(argv[1]);
  SourcePool files = open_files(checkpoint, IoMode::automatic);
  const PruneSelection selection = select_for_pruning(checkpoint, PruneSelect::all);
  const PrunePlan plan = plan_prune(checkpoint, files, selection, {.amounts = {{std::atof(argv[2])}}},
                                    {.threads = static_cast<unsigned>(std::atoi(argv[3]))});
  std::printf("%.9g\n", plan.threshold(0, plan.tensors().front()).value_or(0));
}
