#include "ops/pair_measures.hpp"

#include "weightsieve/stats/wire_statistics.hpp"

namespace weightsieve {
namespace {

/// The finite values of a measured tensor as its counts tell them; nothing where it was only sampled.
std::optional<std::vector<Bucket>> counted_values(Dtype dtype, const TensorResult& result) {
  if (code_space(dtype) == 0) return std::nullopt;
  return buckets_of_codes(dtype, result.codes, result.statistics.counts);
}

std::vector<Bucket> small_values(const TensorTask& task, Bytes bytes, const TensorResult& result) {
  if (is_coded(task.dtype)) return *counted_values(task.dtype, result);
  return distinct_values(task.dtype, bytes, task.elements);
}

bool all_equal(const PairTally& tally) { return tally.equal == tally.values; }

}  // namespace

std::optional<KsDistance> distance_of(const PairTally& tally, const std::optional<std::vector<Bucket>>& a,
                                      const std::optional<std::vector<Bucket>>& b) {
  if (all_equal(tally)) return tally.finite == 0 ? std::nullopt : std::optional(KsDistance{});
  if (!a || !b) return std::nullopt;
  const auto distance = ks_distance(*a, *b);
  const bool only_finite_changed = tally.values - tally.finite == tally.equal - tally.equal_finite;
  if (!distance || !only_finite_changed) return distance;
  return limited(*distance, tally.finite - tally.equal_finite, tally.finite);
}

PairResult compare_small(const StatsContext& context, const ComparedPair& pair, Bytes a, Bytes b) {
  PairResult result{measure_small(context, pair.a.task, a),
                    measure_small(context, pair.b.task, b),
                    compare_chunk(pair.task, a, b, 0, pair.a.task.elements),
                    {}};
  if (all_equal(result.tally)) {
    result.ks = distance_of(result.tally, {}, {});
  } else {
    result.ks = distance_of(result.tally, small_values(pair.a.task, a, result.a),
                            small_values(pair.b.task, b, result.b));
  }
  return result;
}

void write_pair(WireWriter& out, const PairResult& pair) {
  write_result(out, pair.a);
  write_result(out, pair.b);
  write_pairs(out, pair.tally);
  out.count(pair.ks ? 1 : 0);
  if (!pair.ks) return;
  for (const double value : {pair.ks->value, pair.ks->low, pair.ks->high})
    out.put(value);
}

PairResult read_pair(WireReader& in, const StatsContext& context, const ComparedPair& pair) {
  TensorResult a = read_result(in, context, pair.a.task);
  TensorResult b = read_result(in, context, pair.b.task);
  PairResult result{std::move(a), std::move(b), read_pairs(in), {}};
  if (!in.truth()) return result;
  KsDistance& distance = result.ks.emplace();
  for (double* const value : {&distance.value, &distance.low, &distance.high})
    *value = in.get<double>();
  return result;
}

PairStretch::PairStretch(const StatsContext& context, const ComparedPair& pair, std::uint64_t first_element)
    : pair_(&pair),
      a_(context, pair.a.task, first_element),
      b_(context, pair.b.task, first_element),
      is_first_(first_element == 0),
      end_(first_element) {}

void PairStretch::add(UnitStats&& a, UnitStats&& b, std::span<const PairTally> chunks,
                      std::uint64_t elements) {
  a_.merge(std::move(a));
  b_.merge(std::move(b));
  add(chunks);
  end_ += elements;
}

/// Sums are joined from the first chunk on; until that is known, each is kept.
void PairStretch::add(std::span<const PairTally> chunks) {
  for (const PairTally& chunk : chunks) {
    if (is_first_) {
      tally_.merge(chunk);
    } else {
      chunks_.push_back(chunk);
    }
  }
}

void PairStretch::merge(PairStretch&& next) {
  a_.merge(std::move(next.a_));
  b_.merge(std::move(next.b_));
  add(next.chunks_);
  end_ = next.end_;
}

PairResult PairStretch::finish() && {
  PairResult result{std::move(a_).finish(), std::move(b_).finish(), tally_, {}};
  result.ks =
      distance_of(tally_, counted_values(pair_->task.a, result.a), counted_values(pair_->task.b, result.b));
  return result;
}

void PairStretch::write(WireWriter& out) const {
  out.count(end_);
  a_.write(out);
  b_.write(out);
  if (is_first_) write_pairs(out, tally_);
  out.count(chunks_.size());
  for (const PairTally& chunk : chunks_)
    write_pairs(out, chunk);
}

void PairStretch::read(WireReader& in) {
  end_ = in.count(pair_->a.task.elements);
  a_.read_behind(in);
  b_.read_behind(in);
  if (is_first_) tally_ = read_pairs(in);
  for (std::size_t left = in.length(); left > 0; --left)
    chunks_.push_back(read_pairs(in));
}

}  // namespace weightsieve
