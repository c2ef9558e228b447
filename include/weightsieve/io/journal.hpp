// What a long run has done so far, so that a later one can go on; and the lock that keeps two apart.
//
// A text file of records, one a line, each with a checksum: what a crash tore is dropped when it is read
// again, with everything behind it. The first line says what the run is; a journal of another run is not gone
// on with. Not thread-safe. Every failure is an Error{unwritable} that names the journal.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weightsieve {

/// What to do with a journal that an unfinished run left.
enum class Leftover : std::uint8_t { refuse, resume, discard };

/// Whether anything has this name: a file, a folder, a link that leads nowhere.
bool is_there(const std::string& path);

/// The records that stand whole in the first 64 KiB of the journal at `path`, the line that says what the run
/// is among them; none where there is no journal that can be read. Only looks: the run may be going on.
std::vector<std::string> first_records(const std::string& path);

/// Hands every whole record of the journal at `path` behind the first to `visit`, when that one is `run`.
/// Only looks, as first_records() does. Throws Error{unwritable} for what cannot be read.
void read_journal(const std::string& path, std::string_view run,
                  const std::function<void(std::string_view record)>& visit);

class Journal {
 public:
  /// Creates or takes over the journal at `path` and locks it until this object goes away. `run` is one line
  /// that tells this run from others. `refuse` throws when there is a leftover, `resume` when it is not of
  /// this run; whichever, when another process holds the lock. What an earlier run recorded goes to `visit`,
  /// where there is one, record by record; memory is then that of the longest.
  Journal(std::string path, std::string_view run, Leftover leftover,
          const std::function<void(std::string_view record)>& visit = nullptr);
  ~Journal();
  Journal(Journal&&) noexcept;
  Journal& operator=(Journal&&) noexcept;

  /// Whether an earlier run left this journal, with records or without.
  bool goes_on() const noexcept;

  /// What an earlier run recorded, in order; nothing of what was visited.
  const std::vector<std::string>& records() const noexcept;

  /// Adds a line, which is on the disk when this returns. Requires text without line breaks.
  void append(std::string_view record);

  /// The run is done: the file goes away, the lock with it.
  void remove() noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weightsieve
