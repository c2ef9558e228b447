// A team of one: who has the result is alone.
#pragma once

#include "weightsieve/engine/team.hpp"

namespace weightsieve {

class SoloTeam : public Team {
 public:
  unsigned rank() const noexcept override { return 0; }
  unsigned size() const noexcept override { return 1; }
  void gather(Bytes mine, const std::function<void(unsigned, Bytes)>& take) override { take(0, mine); }
  std::vector<std::byte> broadcast(Bytes bytes) override { return {bytes.begin(), bytes.end()}; }
  void call_off() override {}
  bool is_called_off() override { return false; }
};

}  // namespace weightsieve
