#include "report/depth.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "weightsieve/profile/pooled.hpp"

namespace weightsieve {
namespace {

constexpr double kBeforeBlocks = -1;

/// Places stacks behind each other, in the order in which they first appear.
class Stacks {
 public:
  explicit Stacks(const TensorPointers& layers) {
    for (const TensorProfile* layer : layers)
      if (const auto place = block_place(layer->info.name)) add(*place);
    for (DepthStack& stack : all_) {
      stack.begin = end_;
      end_ += stack.blocks;
    }
  }

  double position(const BlockPlace& place) const { return all_[places_.at(place.stack)].begin + place.block; }
  const std::vector<DepthStack>& all() const noexcept { return all_; }
  double end() const noexcept { return end_; }

 private:
  void add(const BlockPlace& place) {
    const auto [known, is_new] = places_.try_emplace(place.stack, all_.size());
    if (is_new) all_.emplace_back();
    DepthStack& stack = all_[known->second];
    stack.blocks = std::max(stack.blocks, place.block + 1.0);
  }

  std::map<std::string_view, std::size_t> places_;
  std::vector<DepthStack> all_;
  double end_ = 0;
};

}  // namespace

Depth depth_of(const CheckpointProfile& profile) {
  const TensorPointers layers = tensors_of(profile, Role::parameter);
  const Stacks stacks(layers);
  std::map<std::tuple<LayerKind, double>, DepthPoint> points;
  for (const TensorProfile* layer : layers) {
    const LayerKind kind = layer_kind(layer->info.name);
    const auto place = block_place(layer->info.name);
    if (!layer->statistics || (!place && kind != LayerKind::embedding)) continue;
    const double position = place ? stacks.position(*place) : kBeforeBlocks;
    DepthPoint& point = points[{kind, position}];
    if (point.layers.empty())
      point = {kind, place ? place->stack : "", place ? place->block : 0, position, {}, {}};
    point.layers.push_back(layer);
  }
  Depth depth{{}, stacks.all(), stacks.end()};
  for (auto& [key, point] : points) {
    point.statistics = pooled_statistics(point.layers, profile.options->stats);
    depth.points.push_back(std::move(point));
  }
  return depth;
}

std::vector<DepthPoints> by_kind(const Depth& depth) {
  std::vector<DepthPoints> kinds;
  for (auto begin = depth.points.begin(); begin != depth.points.end();) {
    const auto end = std::find_if(begin, depth.points.end(),
                                  [&](const DepthPoint& point) { return point.kind != begin->kind; });
    kinds.emplace_back(begin, end);
    begin = end;
  }
  return kinds;
}

}  // namespace weightsieve
