// What a profile's run has measured so far, kept beside its output: a run that was interrupted goes on there.
//
// A Journal of text lines. Nothing is written in the first second of a run, and later so seldom that it takes
// less than a hundredth of the time and a thousandth of the bytes that were read, besides 4 KiB a tensor: so
// what a crash loses is about a second's work, and what a cancelled run loses is nothing but the chunks in
// hand. Which threads measured does not show in it. One thread at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "weightsieve/io/journal.hpp"

namespace weightsieve {

class ProfileJournal {
 public:
  /// `inputs` are the paths of all checkpoints that the output is of: another run's journal is not gone on
  /// with. A rank beyond 0 has a journal of its own, `path`.1 and so on; rank 0 reads and removes all of
  /// them. What is at `path` is looked at when the first of them is opened; then an Error{unwritable} says
  /// what is wrong with it, as Journal does.
  ProfileJournal(std::string path, Leftover leftover, const std::vector<std::string>& inputs,
                 unsigned rank = 0);
  ~ProfileJournal();
  ProfileJournal(ProfileJournal&&) noexcept;
  ProfileJournal& operator=(ProfileJournal&&) noexcept;

  const std::string& path() const noexcept;

  /// Whether a run of several ranks that is to be gone on with left more than this one.
  bool is_of_several() const;

  /// Whether there is anything for a later run to go on with.
  bool is_kept() const noexcept;

  /// The output is there, or this run cannot be gone on with: nothing is kept.
  void remove() noexcept;

  class File;
  File& file() noexcept { return *file_; }

 private:
  std::unique_ptr<File> file_;
};

}  // namespace weightsieve
