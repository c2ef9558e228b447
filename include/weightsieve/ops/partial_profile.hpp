// A profile made in parts by several processes that need not know each other, and the parts joined: the same
// bytes as one process makes.
//
// A part holds, of the chunks that fell to it, what joins exactly: finished statistics of the tensors that
// are all in it, counts and per-chunk sums of those that it shares with its neighbours. It is bound to the
// checkpoint (names, sizes, headers, a sample of the content; not where it lies), the options and the
// version.
#pragma once

#include <string>
#include <vector>

#include "weightsieve/base/text.hpp"
#include "weightsieve/engine/share.hpp"
#include "weightsieve/ops/profile_journal.hpp"
#include "weightsieve/ops/run_control.hpp"
#include "weightsieve/profile/checkpoint_profile.hpp"

namespace weightsieve {

/// Parts of one profile at most.
inline constexpr unsigned kMostParts = 65'536;

/// Profiles one of part.shares balanced parts of the checkpoint at `path` and hands the part file to `sink`.
/// Memory: as profile_checkpoint(), and the part: 2 KiB a tensor, up to 200 KiB for each dtype, and 1 MiB for
/// each tensor that is cut. Besides counting it takes the SHA-256 of tensors that another one could repeat.
/// Throws what profile_checkpoint() throws, and Error{usage} where statistics need passes over the whole
/// checkpoint: `exact` of dtypes wider than 16 bits. With a journal it goes on as profile_checkpoint() does.
void profile_part(const std::string& path, const ShareOf& part, const StatsOptions& stats,
                  const NameFilter& filter, const RunControl& control, const TextSink& sink,
                  ProfileJournal* journal = nullptr);

/// Whether the file `saved` is what profile_part() would write again, as far as headers and a sample of the
/// content tell: the same part of as many, of this checkpoint or a copy of it, with these options by this
/// version. Throws what opening a checkpoint throws.
bool is_finished_part(const std::string& saved, const std::string& path, const ShareOf& part,
                      const StatsOptions& stats, const NameFilter& filter, const RunControl& control);

/// Joins all parts of one profile, in any order. Memory: one part, and 16 KiB a tensor. Throws Error{usage}
/// for parts that do not belong together, that are missing or given twice; malformed, by a PART rule, for
/// files that are no parts or damaged; and what open_source() throws.
CheckpointProfile merge_parts(const std::vector<std::string>& paths, const RunControl& control = {});

}  // namespace weightsieve
