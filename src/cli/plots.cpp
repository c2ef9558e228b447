#include "cli/plots.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/messages.hpp"
#include "cli/paths.hpp"
#include "cli/ranks.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve::cli {
namespace {

[[noreturn]] void refuse_several() {
  throw Error(ErrorCode::usage, "--plots draws one checkpoint into its folder; several are given");
}

}  // namespace

void Plots::add_option(OptionTable& table) {
  table.value(
      "plots", "DIR",
      [this](const auto& text) {
        if (text.empty()) throw Error(ErrorCode::usage, "the name of the folder is empty");
        path_ = text;
      },
      "draw pictures into this folder, as SVG and PNG, with the figures of each as CSV (needs gnuplot)");
}

void Plots::open(const CommonOptions& common, PictureSubject subject) {
  quiet_ = common.quiet;
  if (asked() && is_first_rank()) pictures_.emplace(path_, subject, common.output.overwrite);
}

void Plots::open_for_one(const CommonOptions& common, PictureSubject subject) {
  if (asked() && common.paths.size() > 1) refuse_several();
  open(common, subject);
}

void Plots::take_turn() {
  if (is_drawn_) refuse_several();
  is_drawn_ = true;
}

void Plots::finish(int status) {
  if (!pictures_) return;
  for (const std::string& complaint : pictures_->complaints())
    if (!quiet_) say(fmt::format("warning: --plots: {}", complaint));
  if (!is_done(status)) return;
  pictures_->commit();
  const auto names = pictures_->names();
  if (!quiet_ && !names.empty()) say(fmt::format("wrote to {}: {}", path_, fmt::join(names, ", ")));
}

}  // namespace weightsieve::cli
