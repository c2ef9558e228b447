// PairTally as bytes and back.

#include "weightsieve/base/wire.hpp"
#include "weightsieve/stats/pair_stats.hpp"

namespace weightsieve {

void write_pairs(WireWriter& out, const PairTally& tally) {
  for (const std::uint64_t count : {tally.values, tally.equal, tally.within, tally.identical, tally.finite,
                                    tally.equal_finite, tally.greatest_index})
    out.count(count);
  for (const double value : {tally.greatest, tally.greatest_a, tally.greatest_b})
    out.put(value);
  for (const DoubleDouble& sum : {tally.differences, tally.first, tally.second, tally.products}) {
    out.put(sum.high);
    out.put(sum.low);
  }
}

PairTally read_pairs(WireReader& in) {
  PairTally tally;
  for (std::uint64_t* const count : {&tally.values, &tally.equal, &tally.within, &tally.identical,
                                     &tally.finite, &tally.equal_finite, &tally.greatest_index})
    *count = in.count();
  for (double* const value : {&tally.greatest, &tally.greatest_a, &tally.greatest_b})
    *value = in.get<double>();
  for (DoubleDouble* const sum : {&tally.differences, &tally.first, &tally.second, &tally.products}) {
    sum->high = in.get<double>();
    sum->low = in.get<double>();
  }
  return tally;
}

}  // namespace weightsieve
