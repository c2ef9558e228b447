#include "ops/open_alike.hpp"

#include <fmt/format.h>

#include "ops/open_input.hpp"
#include "ops/run_identity.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/base/wire.hpp"
#include "weightsieve/engine/team_step.hpp"

namespace weightsieve {

void open_alike(Team* team, const std::string& path, const std::function<Hash128()>& open) {
  Hash128 mine{};
  const auto open_and_tell = [&] {
    mine = open();
    WireWriter out;
    for (const std::uint64_t word : mine)
      out.put(word);
    return out.take();
  };
  const auto compare = [&](unsigned rank, Bytes bytes) {
    WireReader in(bytes);
    const auto first = in.get<std::uint64_t>();
    if (Hash128{first, in.get<std::uint64_t>()} == mine) return;
    throw Error(ErrorCode::changed, fmt::format("is another checkpoint on rank {} than on rank 0", rank),
                {.file = path});
  };
  if (team == nullptr) {
    open();
  } else {
    run_step(*team, open_and_tell, compare);
  }
}

std::unique_ptr<OpenedInput> open_input_alike(const std::string& path, const RunControl& control) {
  std::unique_ptr<OpenedInput> input;
  open_alike(control.team, path, [&] {
    input = std::make_unique<OpenedInput>(open_input(path, control), control.io);
    if (control.team == nullptr) return Hash128{};
    return identify_run(input->checkpoint, input->files, "", control.io);
  });
  return input;
}

}  // namespace weightsieve
