// How the real planner shares a checkpoint out among ranks or parts: a line of JSON for each number of them.
// Reads headers only, so a file of the right size full of holes does. See bench/cluster.py.
//
// Usage: plan_shares CHECKPOINT RANKS...

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>

#include "ops/open_input.hpp"
#include "ops/part_measures.hpp"
#include "ops/profile_plan.hpp"

using namespace weightsieve;

namespace {

struct Shares {
  std::vector<std::uint64_t> work, tensors;
  std::size_t cuts = 0;
};

Shares shares_of(const ProfilePlan& plan, unsigned ranks) {
  const PartPlan parts(plan, ranks);
  Shares shares;
  for (unsigned rank = 0; rank < ranks; ++rank) {
    const ShareLayout layout = parts.layout(rank);
    shares.work.push_back(parts.work(rank));
    shares.tensors.push_back(layout.end_whole - layout.first_whole);
    shares.cuts += layout.tail ? 1 : 0;
  }
  return shares;
}

void print(unsigned ranks, const Shares& shares) {
  const auto total = std::accumulate(shares.work.begin(), shares.work.end(), std::uint64_t{0});
  const std::uint64_t most = *std::ranges::max_element(shares.work);
  fmt::print("{{\"ranks\":{},\"bytes\":{},\"most\":{},\"balance\":{:.4f},\"most_tensors\":{},\"cuts\":{}}}\n",
             ranks, total, most, static_cast<double>(most) * ranks / static_cast<double>(total),
             *std::ranges::max_element(shares.tensors), shares.cuts);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const NameFilter filter;
  const NamePatterns names(filter);
  CheckpointProfile profile = begin_profile(open_input(argv[1], {}), argv[1], {}, filter, names);
  const ProfilePlan plan = plan_profile(profile);
  for (int i = 2; i < argc; ++i) {
    const auto ranks = static_cast<unsigned>(std::strtoul(argv[i], nullptr, 10));
    print(ranks, shares_of(plan, ranks));
  }
}
