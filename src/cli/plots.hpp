// --plots DIR: pictures of what a verb found, beside its report.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "cli/options.hpp"
#include "weightsieve/report/pictures.hpp"

namespace weightsieve::cli {

/// Without --plots nothing happens here.
class Plots {
 public:
  void add_option(OptionTable& table);
  bool asked() const noexcept { return !path_.empty(); }

  /// Opens the folder, unless --plots was not given.
  void open(const CommonOptions& common, PictureSubject subject);

  /// The same for a verb that draws each PATH by itself: throws Error{usage} for several.
  void open_for_one(const CommonOptions& common, PictureSubject subject);

  /// Draws what PictureFolder::draw() takes. Throws Error{usage} when something was drawn before: one PATH
  /// may hold several profiles.
  template <class... Subject>
  void draw(Subject&&... subject) {
    if (!pictures_) return;
    take_turn();
    pictures_->draw(std::forward<Subject>(subject)...);
  }

  /// Says what could not be drawn, and what was unless told to be quiet; the pictures appear when the run
  /// ended well.
  void finish(int status);

 private:
  void take_turn();

  std::string path_;
  bool quiet_ = false;
  bool is_drawn_ = false;
  std::optional<PictureFolder> pictures_;
};

}  // namespace weightsieve::cli
