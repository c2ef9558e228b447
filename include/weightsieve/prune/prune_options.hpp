// What to prune and how much of it. Plain values.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weightsieve/base/progress.hpp"

namespace weightsieve {

enum class PruneMethod : std::uint8_t {
  magnitude,  ///< the smallest |x|
  random,     ///< any, by a hash of seed and position
  nm,         ///< the smallest of every few neighbours
  rows,       ///< whole rows (indices of the first dimension) of least L2 norm
  columns     ///< whole columns (indices of the second dimension) of least L2 norm
};

/// Among which elements the smallest are looked for. A row is all elements of one index of the first
/// dimension; of a tensor of fewer than two dimensions, the whole tensor.
enum class PruneScope : std::uint8_t { global, tensor, row };

/// How much of a scope goes: a share of its elements, or so many. (rows, columns: of each tensor's rows or
/// columns.)
struct PruneAmount {
  double sparsity = 0;
  std::optional<std::uint64_t> count = {};  ///< wins over `sparsity`
};

/// `zeros` of every `of` consecutive elements go; those behind the last whole group stay.
struct NmPattern {
  std::uint32_t zeros = 2;
  std::uint32_t of = 4;
};

enum class NmAxis : std::uint8_t { last, first };

struct PruneOptions {
  PruneMethod method = PruneMethod::magnitude;
  PruneScope scope = PruneScope::global;  ///< of magnitude and random; the other methods have their own
  std::vector<PruneAmount> amounts = {};  ///< each is a level of the plan; `nm` ignores them and has one
  NmPattern nm = {};
  NmAxis nm_axis = NmAxis::last;
  std::uint64_t seed = 0;        ///< of `random`
  std::string score_scale = {};  ///< a safetensors file of factors by tensor name; empty: none
};

/// Which tensors are pruned, before dtypes are looked at.
enum class PruneSelect : std::uint8_t {
  matrices,  ///< parameters of two or more dimensions after squeezing, but embeddings and heads
  weights,   ///< parameters whose name ends in "weight"
  all,       ///< every parameter
  matching   ///< parameters for which a predicate on the name holds
};

class Team;

/// How a pass over the checkpoint runs; never part of a result.
struct PassControl {
  unsigned threads = 1;
  ProgressSink progress = {};  ///< of each pass anew; may be empty
  const CancelToken* cancel = nullptr;
  Team* team = nullptr;  ///< processes that make the pass together, each by the same calls; null: this one
};

/// ⌊sparsity × n⌉ with the double product rounded half to even, as torch.nn.utils.prune counts; or the count
/// itself. Throws Error{usage} for a sparsity outside [0, 1] and a count above n.
std::uint64_t elements_to_prune(const PruneAmount& amount, std::uint64_t n);

}  // namespace weightsieve
