#include "prune/group_decision.hpp"

#include <algorithm>

#include "prune/magnitude.hpp"

namespace weightsieve::prune {

class GroupDecision::GroupMarker final : public Marker {
 public:
  GroupMarker(const GroupDecision& decision, SourcePool& files)
      : decision_(decision), beside_(files), reader_(decision.keys_->reader()) {}

  void mark(const TensorRun& run, std::span<std::uint8_t> drop) override {
    const Pieces& pieces = decision_.pieces_[run.ordinal];
    for (std::uint64_t done = 0; done < run.elements;) {
      const std::uint64_t piece = (run.first + done) / pieces.elements;
      const std::uint64_t end = std::min((piece + 1) * pieces.elements - run.first, run.elements);
      const TensorRun part = run.part(done, end - done);
      const std::span<std::uint8_t> here = drop.subspan(done, part.elements);
      if (pieces.first_cut == Pieces::kUncut) {
        mark_whole(run, piece, part, here);
      } else {
        mark_cut(part, decision_.cuts_[pieces.first_cut + piece], here);
      }
      done = end;
    }
  }

 private:
  void mark_cut(const TensorRun& part, const KeyCut& cut, std::span<std::uint8_t> drop) {
    if (decision_.keys_->is_magnitude())
      return mark_magnitudes(part.tensor->dtype, cut, part.first, part.bytes, drop);
    for (std::uint64_t done = 0; done < part.elements; done += kBlock) {
      const TensorRun block = part.part(done, std::min(kBlock, part.elements - done));
      mark_keys(cut, block.first, read_keys(block), drop.subspan(done, block.elements));
    }
  }

  /// Marks the part of a piece that the run holds by the keys of the whole piece.
  void mark_whole(const TensorRun& run, std::uint64_t piece, const TensorRun& part,
                  std::span<std::uint8_t> drop) {
    const Pieces& pieces = decision_.pieces_[run.ordinal];
    const std::uint64_t first = piece * pieces.elements;
    TensorRun whole = part;
    if (part.elements != pieces.elements)
      whole = {run.ordinal, run.tensor, first, pieces.elements,
               beside_.read(*run.tensor, first, pieces.elements)};
    const std::span<const std::uint64_t> keys = read_keys(whole);
    scratch_.resize(keys.size());
    if (part.elements == pieces.elements) return mark_least(keys, pieces.k, scratch_, drop);
    whole_.resize(keys.size());
    mark_least(keys, pieces.k, scratch_, whole_);
    std::ranges::copy(std::span(whole_).subspan(part.first - first, part.elements), drop.begin());
  }

  std::span<const std::uint64_t> read_keys(const TensorRun& run) {
    keys_.resize(run.elements);
    reader_->read(run, keys_);
    return keys_;
  }

  static constexpr std::uint64_t kBlock = 4096;

  const GroupDecision& decision_;
  TensorReader beside_;
  std::unique_ptr<KeyReader> reader_;
  std::vector<std::uint64_t> keys_;
  std::vector<std::uint64_t> scratch_;
  std::vector<std::uint8_t> whole_;
};

std::unique_ptr<Marker> GroupDecision::marker(SourcePool& files) const {
  return std::make_unique<GroupMarker>(*this, files);
}

std::optional<double> GroupDecision::threshold(std::size_t ordinal) const {
  const Pieces& pieces = pieces_[ordinal];
  if (pieces.cuts != 1 || pieces.k == 0 || !keys_->is_magnitude()) return std::nullopt;
  return value_of_key(cuts_[pieces.first_cut].key);
}

}  // namespace weightsieve::prune
