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

/// The same wherever a run is started.
std::string absolute_path(const std::string& path);

class ProfileJournal::File {
 public:
  File(std::string path, Leftover leftover, const std::vector<std::string>& inputs);

  /// Takes out what an earlier run measured of the checkpoint at `path`; what is added is of that one from
  /// now on. `identity` is asked for when there is a journal to compare or to write. Throws Error{unwritable}
  /// where there is one that cannot be gone on with, for example of another identity.
  MeasuredRuns begin(const std::string& path, std::function<std::string()> identity);

  /// Adds to the run that begins there what is new of it. On the disk when this returns.
  void append(const PlanPosition& begin, Bytes finished, Bytes rest);

  const std::string& path() const noexcept { return path_; }
  bool is_kept() const noexcept { return journal_.has_value(); }
  void remove() noexcept;

 private:
  struct Section {
    std::string identity;
    MeasuredRuns runs;
  };

  void open();
  void note(std::string_view record);
  std::string section() const;

  std::string path_;
  Leftover leftover_;
  std::string run_;
  std::optional<Journal> journal_;
  std::map<std::string, Section> sections_;  ///< of the earlier run, by path
  std::string read_path_;                    ///< that of the section being read
  std::string at_work_;                      ///< the path of the checkpoint that is measured
  std::string written_;                      ///< that of the last section this run wrote
  std::function<std::string()> identity_;    ///< of the checkpoint that is measured
};

}  // namespace weightsieve
