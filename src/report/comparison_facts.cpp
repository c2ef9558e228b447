#include "report/comparison_facts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/figures.hpp"
#include "report/rename_lines.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve {
namespace {

std::uint64_t count_pairs(const ProfileDiff& diff, bool (ProfileDiff::*same)(const TensorPair&) const) {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(diff.pairs, [&](const TensorPair& pair) { return !(diff.*same)(pair); }));
}

std::uint64_t non_finite_changed(const ProfileDiff& diff) {
  const auto of = [](const std::optional<ValueDiff>& values) {
    return values ? values->non_finite_changed() : 0;
  };
  return of(diff.parameters) + of(diff.buffers);
}

/// The first tensor that has such a pair.
std::string first_non_finite(const ProfileDiff& diff) {
  const auto changed = std::ranges::find_if(diff.pairs, [](const TensorPair& pair) {
    return pair.values && pair.values->non_finite_changed() != 0;
  });
  return changed == diff.pairs.end() ? ""
                                     : ", first in " + escape_control(diff.a.tensors[changed->a].info.name);
}

/// Values that are equal and stored in other bits of the same dtype.
std::uint64_t bits_alone(const ProfileDiff& diff) {
  std::uint64_t count = 0;
  for (const TensorPair& pair : diff.pairs)
    if (pair.values && pair.values->identical) count += pair.values->equal - *pair.values->identical;
  return count;
}

/// The least likeness of two tensors of one name.
Likeness pairs_likeness(const ProfileDiff& diff) {
  Likeness least = Likeness::identical;
  for (const TensorPair& pair : diff.pairs)
    least = std::max(least, diff.likeness(pair));
  return least;
}

bool only_renamed(const ProfileDiff& diff) {
  return !diff.renamed.empty() && diff.removed.empty() && diff.added.empty() && diff.values_compared &&
         pairs_likeness(diff) == Likeness::identical;
}

std::string what_changed(const ProfileDiff& diff) {
  std::vector<std::string> parts;
  const auto add = [&parts](std::uint64_t count, std::string_view what) {
    if (count != 0) parts.push_back(fmt::format("{} {}", grouped(count), what));
  };
  const std::uint64_t different = diff.count(Likeness::different);
  if (different != 0)
    parts.push_back(
        fmt::format("{} of {} changed", grouped(different), count_of(diff.pairs.size(), "tensor")));
  add(count_pairs(diff, &ProfileDiff::same_dtype), "in dtype");
  add(count_pairs(diff, &ProfileDiff::same_shape), "in shape");
  add(diff.renamed.size(), diff.values_compared ? "renamed" : "renamed (same statistics)");
  add(diff.removed.size(), "removed");
  add(diff.added.size(), "added");
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string share(std::uint64_t count, std::uint64_t values) {
  return fmt::format("{} of {} ({} %)", grouped(count), grouped(values),
                     honest_percent(percentage(count, values)));
}

/// Bounds that would look the same are left out.
std::string distance_text(const KsDistance& distance) {
  std::string low = significant(distance.low);
  const std::string high = significant(distance.high);
  if (low == high) return low;
  return fmt::format("≈{}, for certain from {} to {}", significant(distance.value), low, high);
}

void add_greatest(const ProfileDiff& diff, const ValueDiff& values, std::vector<ComparisonFact>& facts) {
  if (!values.greatest) return facts.push_back({"max |Δ|", "0"});
  const GreatestDifference& greatest = *values.greatest;
  facts.push_back({"max |Δ|", fmt::format("{}, from {} to {}", significant(greatest.difference),
                                          significant(greatest.a, 6), significant(greatest.b, 6))});
  facts.push_back({"", "at " + escape_control(element_text(diff.a, greatest.tensor, greatest.index))});
}

std::optional<double> zero_share(const Statistics* statistics) {
  if (statistics == nullptr) return std::nullopt;
  return percentage(statistics->counts.zero, statistics->counts.values());
}

std::optional<double> extreme(const Statistics* statistics, std::optional<Extreme> Statistics::*member) {
  if (statistics == nullptr || !(statistics->*member)) return std::nullopt;
  return (statistics->*member)->value.as_double();
}

std::optional<double> moment(const Statistics* statistics, std::optional<double> Statistics::*member) {
  return statistics == nullptr ? std::nullopt : statistics->*member;
}

std::string described(const TensorInfo& tensor) {
  return fmt::format("{}: {} {}", escape_control(tensor.name), dtype_name(tensor), to_string(tensor.shape));
}

NameSection section_of(std::string_view heading, const CheckpointProfile& side,
                       const std::vector<std::size_t>& places) {
  NameSection section{std::string(heading), {}};
  for (const std::size_t place : places)
    section.lines.push_back(described(side.tensors[place].info));
  return section;
}

}  // namespace

std::string verdict_text(const ProfileDiff& diff) {
  const std::string tensors = count_of(diff.pairs.size(), "tensor");
  switch (diff.likeness()) {
    case Likeness::identical:
      return fmt::format("identical: {}, every bit", tensors);
    case Likeness::equal:
      return fmt::format("equal: {}, every value", tensors);
    case Likeness::close:
      return fmt::format("equal within {}: {}", shortest(diff.tolerance.value_or(0)), tensors);
    case Likeness::alike:
      return fmt::format("alike: nothing known of {} differs; values were not compared", tensors);
    case Likeness::different:
      break;
  }
  if (only_renamed(diff))
    return fmt::format("different in names alone: {} of {} renamed, every bit is the same",
                       grouped(diff.renamed.size()), count_of(diff.a.tensors.size(), "tensor"));
  return "different: " + what_changed(diff);
}

std::vector<ComparisonFact> comparison_facts(const ProfileDiff& diff) {
  std::vector<ComparisonFact> facts;
  if (pairs_likeness(diff) == Likeness::identical) return facts;
  if (diff.parameters && diff.parameters->values != 0) {
    const ValueDiff& values = *diff.parameters;
    facts.push_back({"equal", share(values.equal, values.values)});
    if (diff.tolerance && *diff.tolerance > 0)
      facts.push_back(
          {fmt::format("within {}", shortest(*diff.tolerance)), share(values.within, values.values)});
    add_greatest(diff, values, facts);
    facts.push_back({"relative L2", number_text(values.relative_l2)});
    facts.push_back({"cosine", number_text(values.cosine, 8)});
  }
  if (diff.ks) facts.push_back({"KS distance", distance_text(*diff.ks)});
  if (const std::uint64_t changed = non_finite_changed(diff); changed != 0)
    facts.push_back({"not finite", fmt::format("{} with a NaN or an infinity that the other side has not{}",
                                               count_of(changed, "pair"), first_non_finite(diff))});
  if (diff.buffers && diff.buffers->equal != diff.buffers->values)
    facts.push_back({"buffers", "equal " + share(diff.buffers->equal, diff.buffers->values)});
  if (const std::uint64_t count = bits_alone(diff); count != 0 && diff.likeness() != Likeness::different)
    facts.push_back(
        {"bits", fmt::format("{} in bits alone (signs of zeros, kinds of NaN)",
                             count == 1 ? "1 value differs" : grouped(count) + " values differ")});
  return facts;
}

std::vector<SideFigure> side_figures(const ProfileDiff& diff) {
  const Statistics* const a = diff.a.totals.statistics.get();
  const Statistics* const b = diff.b.totals.statistics.get();
  if (pairs_likeness(diff) <= Likeness::equal) return {};
  if (a == nullptr || b == nullptr || (a->counts.values() == 0 && b->counts.values() == 0)) return {};
  std::vector<SideFigure> figures{
      {"zero %", zero_share(a), zero_share(b)},
      {"mean", moment(a, &Statistics::mean), moment(b, &Statistics::mean)},
      {"std", moment(a, &Statistics::std), moment(b, &Statistics::std)},
      {"min", extreme(a, &Statistics::min), extreme(b, &Statistics::min)},
  };
  const std::size_t quantiles = std::min(a->quantiles.values.size(), b->quantiles.values.size());
  for (std::size_t i = 0; i < quantiles; ++i) {
    const Quantile& of_a = a->quantiles.values[i];
    const Quantile& of_b = b->quantiles.values[i];
    if (of_a.q > 0 && of_a.q < 1 && of_a.q == of_b.q)
      figures.push_back(
          {"quantile " + shortest(of_a.q), of_a.value, of_b.value, is_placed(of_a), is_placed(of_b)});
  }
  figures.push_back({"max", extreme(a, &Statistics::max), extreme(b, &Statistics::max)});
  return figures;
}

std::string_view parameters_text(const ProfileDiff& diff) {
  const bool all = diff.renamed.empty() && diff.removed.empty() && diff.added.empty() &&
                   count_pairs(diff, &ProfileDiff::same_shape) == 0;
  return all || !diff.values_compared ? "all parameters" : "parameters in both";
}

std::string a_text(const SideFigure& figure) { return marked(figure.a_is_placed, number_text(figure.a)); }

std::string b_text(const SideFigure& figure) { return marked(figure.b_is_placed, number_text(figure.b)); }

std::string shift_text(const SideFigure& figure) {
  if (!figure.a || !figure.b) return "-";
  const double shift = *figure.b - *figure.a;
  return marked(figure.a_is_placed || figure.b_is_placed, (shift > 0 ? "+" : "") + significant(shift));
}

std::string side_text(const CheckpointProfile& side) {
  return fmt::format("{}: {}, {}, {}, {}", escape_control(side.name), escape_control(side.format),
                     count_of(side.files.size(), "file"), count_of(side.tensors.size(), "tensor"),
                     binary_size(side.totals.bytes));
}

std::vector<NameSection> name_sections(const ProfileDiff& diff) {
  std::vector<NameSection> sections{{"Renamed", rename_lines(diff)},
                                    section_of("Removed (only in A)", diff.a, diff.removed),
                                    section_of("Added (only in B)", diff.b, diff.added)};
  std::erase_if(sections, [](const NameSection& section) { return section.lines.empty(); });
  return sections;
}

}  // namespace weightsieve
