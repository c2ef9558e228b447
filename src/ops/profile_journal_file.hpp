// The records of a profile's journal:
//
//   checkpoint IDENTITY PATH    what follows is of this one
//   measured HEX                by MeasureJournal, of the run of chunks that begins where HEX says
//
// The first line of all, the run, says of which inputs and by which version.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "weightsieve/base/bytes.hpp"
#include "weightsieve/engine/chunk_plan.hpp"
#include "weightsieve/ops/profile_journal.hpp"

namespace weightsieve {

/// What is known of a run of chunks: whole tensors record by record, and of the rest the newest state.
struct MeasuredRun {
  std::vector<std::vector<std::byte>> finished;
  std::vector<std::byte> rest;
};

/// By where they begin.
using MeasuredRuns = std::map<PlanPosition, MeasuredRun>;

/// What a journal holds, by the path of the checkpoint.
class JournalSections {
 public:
  void note(std::string_view record);

  /// Takes out the section of a path, if its identity is the one that is asked for only where it is there.
  /// Nothing where another is there.
  std::optional<MeasuredRuns> take(const std::string& path, const std::function<std::string()>& identity);

 private:
  struct Section {
    std::string identity;
    MeasuredRuns runs;
  };

  std::map<std::string, Section> sections_;
  std::string path_;  ///< of the section being read
};

/// The same wherever a run is started.
std::string absolute_path(const std::string& path);

class ProfileJournal::File {
 public:
  File(std::string path, Leftover leftover, const std::vector<std::string>& inputs, unsigned rank);

  /// Takes out what an earlier run measured of the checkpoint at `path`; what is added is of that one from
  /// now on. `identity` is asked for when there is a journal to compare or to write. Throws Error{unwritable}
  /// where there is one that cannot be gone on with, for example of another identity.
  MeasuredRuns begin(const std::string& path, std::function<std::string()> identity);

  /// The same of the journals of other ranks beside it, NAME.1, NAME.2 and so on. Requires begin().
  MeasuredRuns of_ranks() const;

  bool is_of_several() const;

  /// Adds to the run that begins there what is new of it. On the disk when this returns.
  void append(const PlanPosition& begin, Bytes finished, Bytes rest);

  const std::string& path() const noexcept { return path_; }
  bool is_kept() const noexcept { return journal_.has_value(); }
  void remove() noexcept;

 private:
  void open();
  std::string section() const;

  unsigned rank_;
  std::string path_;
  Leftover leftover_;
  bool resumes_;
  std::string run_;
  std::optional<Journal> journal_;
  JournalSections sections_;               ///< of the earlier run
  std::string at_work_;                    ///< the path of the checkpoint that is measured
  std::string written_;                    ///< that of the last section this run wrote
  std::function<std::string()> identity_;  ///< of the checkpoint that is measured
};

}  // namespace weightsieve
