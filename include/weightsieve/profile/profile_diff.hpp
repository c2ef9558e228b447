// What two checkpoints, or two saved profiles, have in common and where they differ. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "weightsieve/profile/checkpoint_profile.hpp"
#include "weightsieve/stats/ks_distance.hpp"

namespace weightsieve {

struct PairTally;

/// The two values that lie farthest apart, as the nearest doubles.
struct GreatestDifference {
  double difference = 0;
  std::uint64_t index = 0;  ///< flat index of the element, of the first such pair
  double a = 0, b = 0;
  std::string tensor;  ///< only in totals
};

/// What the values of two tensors say pair by pair. Differences and sums are over pairs of two finite values.
struct ValueDiff {
  std::uint64_t values = 0;                    ///< pairs
  std::uint64_t equal = 0;                     ///< the same number (−0 and +0 are), or both NaN
  std::uint64_t within = 0;                    ///< equal, or two finite values at most the tolerance apart
  std::uint64_t finite = 0;                    ///< pairs of two finite values
  std::uint64_t equal_finite = 0;              ///< equal ones of these
  std::optional<std::uint64_t> identical;      ///< the same bits; nothing where dtypes differ
  std::optional<GreatestDifference> greatest;  ///< nothing where no finite pair differs
  std::optional<double> l2;                    ///< ‖a − b‖; 0 where no finite pair differs
  std::optional<double> relative_l2;           ///< ‖a − b‖ / ‖a‖; 0 where no finite pair differs
  std::optional<double> cosine;                ///< a·b / (‖a‖‖b‖); nothing where either is 0

  /// Pairs with a NaN or an infinity that are not equal.
  std::uint64_t non_finite_changed() const noexcept { return (values - finite) - (equal - equal_finite); }
};

/// What follows from the tally of a tensor pair. What a double does not hold (squares of F64 beyond 1e±154)
/// is absent.
ValueDiff value_diff(const PairTally& tally, bool same_dtype);

/// Two tensors of the same name: places in ProfileDiff::a.tensors and b.tensors.
struct TensorPair {
  std::size_t a = 0;
  std::size_t b = 0;
  std::optional<ValueDiff>
      values;                      ///< nothing where shapes differ, or values cannot be told or were not read
  std::optional<KsDistance> ks;    ///< nothing where neither counts nor exact histograms give it
  std::optional<bool> same_bytes;  ///< of a dtype whose values cannot be told
};

/// How much alike two tensors or checkpoints are, from most to least.
enum class Likeness : std::uint8_t {
  identical,  ///< the same bits
  equal,      ///< the same values
  close,      ///< values at most the tolerance apart
  alike,      ///< nothing known differs, but values were not compared
  different
};
std::string_view to_string(Likeness likeness) noexcept;

struct ProfileDiff {
  /// Statistics are there for tensors that were read; those of the totals are over pairs of parameters where
  /// values were compared, else what the saved profiles hold.
  CheckpointProfile a, b;
  std::optional<double> tolerance;
  bool values_compared = false;   ///< false: of saved profiles, whose values are gone
  std::vector<TensorPair> pairs;  ///< same name, in the order of `a`
  std::vector<std::pair<std::size_t, std::size_t>> renamed;  ///< same content under another name
  std::vector<std::size_t> removed;                          ///< places in a.tensors
  std::vector<std::size_t> added;                            ///< places in b.tensors
  std::optional<ValueDiff> parameters;  ///< of all pairs of parameters whose values were compared
  std::optional<ValueDiff> buffers;     ///< of the others
  std::optional<KsDistance> ks;         ///< of parameters

  const TensorInfo& info_a(const TensorPair& pair) const { return a.tensors[pair.a].info; }
  const TensorInfo& info_b(const TensorPair& pair) const { return b.tensors[pair.b].info; }
  bool same_dtype(const TensorPair& pair) const {
    return dtype_name(info_a(pair)) == dtype_name(info_b(pair));
  }
  bool same_shape(const TensorPair& pair) const { return info_a(pair).shape == info_b(pair).shape; }

  /// Another dtype is a difference unless a tolerance was given: then values alone count.
  Likeness likeness(const TensorPair& pair) const;

  /// The least of all pairs; different where a tensor was removed, added or renamed.
  Likeness likeness() const;

  /// How many pairs are that much alike.
  std::uint64_t count(Likeness wanted) const;
};

/// Puts tensors of the same name together; the others are removed and added. Near-linear.
ProfileDiff match_tensors(CheckpointProfile a, CheckpointProfile b);

/// Whether both tensors have the same dtype and shape.
bool same_kind(const TensorInfo& a, const TensorInfo& b);

/// Moves tensors with equal keys from removed and added to renamed, in order: the first removed one goes with
/// the first added one of its key. One key for each of `removed` and of `added`; an empty one never matches.
void match_renamed(ProfileDiff& diff, const std::vector<std::string>& removed_keys,
                   const std::vector<std::string>& added_keys);

/// Compares what two profiles hold. Tensors of other names are renamed where dtype, shape and every figure
/// that does not depend on options agree; nobody can confirm it.
ProfileDiff diff_profiles(CheckpointProfile a, CheckpointProfile b);

}  // namespace weightsieve
