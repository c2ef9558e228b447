// --resume of profile: the journal beside an output, for a run that was interrupted.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/options.hpp"
#include "weightsieve/engine/share.hpp"
#include "weightsieve/ops/profile_journal.hpp"

namespace weightsieve::cli {

class Resumption {
 public:
  void add_option(OptionTable& table);

  /// Opens the journal of the first -o FILE; without one nothing is kept. Where an earlier run left one that
  /// is to be gone on with, what it may have written already is replaced. Each rank has one of its own.
  /// Throws Error{usage}.
  void open(CommonOptions& common);

  /// Whether there is nothing to go on with because the one output, a JSON profile or a part, is this run's
  /// already. `is_alone`: nothing else is asked for. Throws Error{unwritable}, which says what to do, where
  /// the first output is there and is not known to be. Ranks ask together.
  bool is_complete(const CommonOptions& common, const StatsOptions& stats, const std::optional<ShareOf>& part,
                   bool is_alone) const;

  /// Null where nothing is kept.
  ProfileJournal* journal() noexcept { return journal_ ? &*journal_ : nullptr; }

  /// Does the work, which returns an exit status and has then written its outputs. What the run measured goes
  /// away, unless the work was stopped, could not read or could not write.
  int run(const std::function<int()>& work);

 private:
  bool find_complete(const CommonOptions& common, const StatsOptions& stats,
                     const std::optional<ShareOf>& part, bool is_alone) const;

  bool resume_ = false;
  std::optional<ProfileJournal> journal_;
};

}  // namespace weightsieve::cli
