#include <fmt/format.h>

#include <cmath>

#include "weightsieve/base/error.hpp"
#include "weightsieve/base/text.hpp"
#include "weightsieve/prune/prune_options.hpp"

namespace weightsieve {
namespace {

/// To the nearest integer, halves to the even one, whatever the thread's rounding mode.
double half_to_even(double x) {
  const double down = std::floor(x);
  const double rest = x - down;
  if (rest != 0.5) return rest < 0.5 ? down : down + 1;
  return std::fmod(down, 2) == 0 ? down : down + 1;
}

}  // namespace

std::uint64_t elements_to_prune(const PruneAmount& amount, std::uint64_t n) {
  if (amount.count) {
    if (*amount.count <= n) return *amount.count;
    throw Error(ErrorCode::usage, fmt::format("cannot prune {} of {} elements", *amount.count, n));
  }
  if (!(amount.sparsity >= 0 && amount.sparsity <= 1)) {
    throw Error(ErrorCode::usage,
                "a sparsity lies between 0 and 1, and " + shortest(amount.sparsity) + " does not");
  }
  const double k = half_to_even(amount.sparsity * static_cast<double>(n));
  return k >= static_cast<double>(n) ? n : static_cast<std::uint64_t>(k);
}

}  // namespace weightsieve
