#include "prune/nm_decision.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "prune/key_cut.hpp"
#include "prune/key_source.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve::prune {
namespace {

constexpr std::uint32_t kMostNeighbours = 4096;

/// Gathers the keys of each group, member by member, and marks them.
class NmMarker : public Marker {
 public:
  NmMarker(const NmPattern& pattern, SourcePool& files)
      : pattern_(pattern),
        beside_(files),
        reader_(magnitude_keys()->reader()),
        scratch_(pattern.of),
        group_(pattern.of),
        group_drop_(pattern.of) {}

 protected:
  /// Keys of elements [first, first + count) of the run's tensor; from the run where it holds them.
  void read_keys(const TensorRun& run, std::uint64_t first, std::uint64_t count,
                 std::span<std::uint64_t> out) {
    if (first >= run.first && first + count <= run.first + run.elements)
      return reader_->read(run.part(first - run.first, count), out);
    reader_->read({run.ordinal, run.tensor, first, count, beside_.read(*run.tensor, first, count)}, out);
  }

  /// Decides the group of keys[member × stride].
  std::span<const std::uint8_t> decide(std::span<const std::uint64_t> keys, std::size_t stride) {
    for (std::size_t member = 0; member < group_.size(); ++member)
      group_[member] = keys[member * stride];
    mark_least(group_, pattern_.zeros, scratch_, group_drop_);
    return group_drop_;
  }

  NmPattern pattern_;

 private:
  TensorReader beside_;
  std::unique_ptr<KeyReader> reader_;
  std::vector<std::uint64_t> scratch_;
  std::vector<std::uint64_t> group_;
  std::vector<std::uint8_t> group_drop_;
};

/// Neighbours follow each other.
class LastAxisMarker final : public NmMarker {
 public:
  using NmMarker::NmMarker;

  void mark(const TensorRun& run, std::span<std::uint8_t> drop) override {
    const std::uint64_t columns = run.tensor->shape.empty() ? 1 : run.tensor->shape.back();
    const std::uint64_t grouped = columns - columns % pattern_.of;
    for (std::uint64_t at = run.first, end = run.first + run.elements; at < end;) {
      const std::uint64_t row = at / columns * columns;
      const std::uint64_t row_end = std::min(row + columns, end);
      const std::uint64_t groups_end = std::clamp(row + grouped, at, row_end);
      mark_groups(run, row, at, groups_end, drop.subspan(at - run.first));
      std::ranges::fill(drop.subspan(groups_end - run.first, row_end - groups_end), std::uint8_t{0});
      at = row_end;
    }
  }

 private:
  /// Marks elements [at, end) of a row, which lie in whole groups.
  void mark_groups(const TensorRun& run, std::uint64_t row, std::uint64_t at, std::uint64_t end,
                   std::span<std::uint8_t> drop) {
    const std::uint64_t together = std::max<std::uint64_t>(kBlock / pattern_.of, 1) * pattern_.of;
    for (std::uint64_t first = row + (at - row) / pattern_.of * pattern_.of, begin = at; first < end;) {
      const std::uint64_t last =
          std::min(first + together, row + (end - row + pattern_.of - 1) / pattern_.of * pattern_.of);
      keys_.resize(last - first);
      read_keys(run, first, last - first, keys_);
      for (std::uint64_t group = first; group < last; group += pattern_.of) {
        const auto goes = decide(std::span(keys_).subspan(group - first, pattern_.of), 1);
        const std::uint64_t from = std::max(group, begin);
        const std::uint64_t to = std::min(group + pattern_.of, end);
        std::copy_n(goes.begin() + static_cast<std::ptrdiff_t>(from - group), to - from,
                    drop.begin() + static_cast<std::ptrdiff_t>(from - at));
      }
      first = last;
    }
  }

  static constexpr std::uint64_t kBlock = 4096;

  std::vector<std::uint64_t> keys_;
};

/// Neighbours stand under each other: an index of the first dimension apart.
class FirstAxisMarker final : public NmMarker {
 public:
  using NmMarker::NmMarker;

  void mark(const TensorRun& run, std::span<std::uint8_t> drop) override {
    if (run.elements == 0) return;
    const std::uint64_t rows = run.tensor->shape.empty() ? 1 : run.tensor->shape[0];
    const std::uint64_t columns = run.tensor->elements / rows;
    const std::uint64_t grouped = (rows - rows % pattern_.of) * columns;
    const std::uint64_t at_once = std::max<std::uint64_t>(kMostKeys / pattern_.of, 1);
    for (std::uint64_t at = run.first, end = run.first + run.elements; at < end;) {
      const std::uint64_t segment = std::min({columns - at % columns, end - at, at_once});
      const std::span<std::uint8_t> here = drop.subspan(at - run.first, segment);
      if (at < grouped) {
        mark_segment(run, at, columns, here);
      } else {
        std::ranges::fill(here, std::uint8_t{0});
      }
      at += segment;
    }
  }

 private:
  void mark_segment(const TensorRun& run, std::uint64_t at, std::uint64_t columns,
                    std::span<std::uint8_t> drop) {
    const std::uint64_t row = at / columns;
    const std::uint64_t member = row % pattern_.of;
    const std::uint64_t top = at - member * columns;
    keys_.resize(drop.size() * pattern_.of);
    for (std::uint64_t i = 0; i < pattern_.of; ++i)
      read_keys(run, top + i * columns, drop.size(), std::span(keys_).subspan(i * drop.size(), drop.size()));
    for (std::size_t column = 0; column < drop.size(); ++column)
      drop[column] = decide(std::span(keys_).subspan(column), drop.size())[member];
  }

  std::vector<std::uint64_t> keys_;
};

class NmDecision final : public Decision {
 public:
  NmDecision(const NmPattern& pattern, NmAxis axis) : pattern_(pattern), axis_(axis) {}

  std::unique_ptr<Marker> marker(SourcePool& files) const override {
    if (axis_ == NmAxis::first) return std::make_unique<FirstAxisMarker>(pattern_, files);
    return std::make_unique<LastAxisMarker>(pattern_, files);
  }

 private:
  NmPattern pattern_;
  NmAxis axis_;
};

}  // namespace

std::shared_ptr<const Decision> decide_nm(const NmPattern& pattern, NmAxis axis) {
  if (pattern.of < 1 || pattern.of > kMostNeighbours || pattern.zeros > pattern.of) {
    throw Error(ErrorCode::usage,
                fmt::format("cannot zero {} of every {} elements; at most {} of them make a group",
                            pattern.zeros, pattern.of, kMostNeighbours));
  }
  return std::make_shared<NmDecision>(pattern, axis);
}

}  // namespace weightsieve::prune
