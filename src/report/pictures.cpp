#include "weightsieve/report/pictures.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include "report/gnuplot.hpp"
#include "report/plot.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve {
namespace {

struct ProfilePicture {
  std::string_view name;  ///< of its files
  std::optional<Plot> (*plot)(const CheckpointProfile&, const ReportOptions&);
};

constexpr std::array kProfilePictures{
    ProfilePicture{"parameters", plot_parameters}, ProfilePicture{"histogram", plot_histogram},
    ProfilePicture{"intervals", plot_intervals},   ProfilePicture{"depth", plot_depth},
    ProfilePicture{"quantiles", plot_quantiles},
};

/// Of the subjects that one picture shows.
constexpr std::string_view kComparison = "comparison", kPruning = "pruning", kRanking = "ranking";

std::vector<std::string_view> picture_names(PictureSubject subject) {
  if (subject == PictureSubject::comparison) return {kComparison};
  if (subject == PictureSubject::prune_table) return {kPruning};
  if (subject == PictureSubject::ranking) return {kRanking};
  std::vector<std::string_view> names;
  names.reserve(kProfilePictures.size());
  for (const ProfilePicture& picture : kProfilePictures)
    names.push_back(picture.name);
  return names;
}

/// A folder that goes again unless something is put into it.
class Folder {
 public:
  explicit Folder(std::string path) : path_(std::move(path)) {
    created_ = ::mkdir(path_.c_str(), 0777) == 0;
    const int error = errno;
    struct stat status {};
    if (created_ || (::stat(path_.c_str(), &status) == 0 && S_ISDIR(status.st_mode))) return;
    throw Error(ErrorCode::unwritable,
                fmt::format("cannot make the folder for pictures: {}", std::strerror(error)),
                {.file = path_});
  }
  ~Folder() {
    if (created_) ::rmdir(path_.c_str());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string file(std::string_view name, std::string_view ending) const {
    return fmt::format("{}{}{}.{}", path_, path_.ends_with('/') ? "" : "/", name, ending);
  }

 private:
  std::string path_;
  bool created_ = false;
};

struct PictureFiles {
  PictureFiles(const Folder& folder, std::string_view picture_name, Overwrite overwrite)
      : name(picture_name),
        figures(folder.file(name, "csv"), overwrite),
        svg(folder.file(name, "svg"), overwrite),
        png(folder.file(name, "png"), overwrite) {}

  /// What an earlier run drew does not stay beside what this one found.
  void commit(Overwrite overwrite) {
    publish(figures, has_figures, overwrite);
    publish(svg, is_drawn, overwrite);
    publish(png, is_drawn, overwrite);
  }

  static void publish(OutputFile& file, bool is_there, Overwrite overwrite) {
    if (is_there) {
      file.commit();
    } else if (overwrite == Overwrite::replace) {
      ::unlink(file.target().c_str());
    }
  }

  std::string_view name;
  OutputFile figures, svg, png;
  bool has_figures = false;
  bool is_drawn = false;
};

}  // namespace

struct PictureFolder::State {
  State(std::string path, PictureSubject subject, Overwrite existing)
      : folder(std::move(path)), overwrite(existing) {
    for (const std::string_view name : picture_names(subject))
      pictures.emplace_back(folder, name, overwrite);
  }

  void draw(std::string_view name, const std::optional<Plot>& plot) {
    if (!plot) return;
    PictureFiles& files = *std::ranges::find(pictures, name, &PictureFiles::name);
    files.figures.write(plot->table.csv());
    files.has_figures = true;
    try {
      files.svg.write(weightsieve::draw(*plot, PlotEnding::svg));
      files.png.write(weightsieve::draw(*plot, PlotEnding::png));
      files.is_drawn = true;
    } catch (const CannotDraw& reason) {
      complain(name, reason.what());
    }
  }

  /// Whoever asked for pictures and gets none should know that nothing failed.
  void say_nothing_is_drawn() {
    if (std::ranges::none_of(pictures, &PictureFiles::has_figures))
      complaints.emplace_back("there is nothing to draw");
  }

  /// What is wrong with gnuplot is wrong with every picture, and said once.
  void complain(std::string_view name, std::string_view reason) {
    if (reason == last_reason) return;
    complaints.push_back(fmt::format("{} is not drawn: {}", folder.file(name, "svg"), reason));
    last_reason = reason;
  }

  Folder folder;
  Overwrite overwrite;
  std::vector<PictureFiles> pictures;
  std::vector<std::string> complaints;
  std::string last_reason;
};

PictureFolder::PictureFolder(std::string folder, PictureSubject subject, Overwrite overwrite)
    : state_(std::make_unique<State>(std::move(folder), subject, overwrite)) {}
PictureFolder::~PictureFolder() = default;
PictureFolder::PictureFolder(PictureFolder&&) noexcept = default;
PictureFolder& PictureFolder::operator=(PictureFolder&&) noexcept = default;

void PictureFolder::draw(const CheckpointProfile& profile, const ReportOptions& options) {
  for (const ProfilePicture& picture : kProfilePictures)
    state_->draw(picture.name, picture.plot(profile, options));
  state_->say_nothing_is_drawn();
}

void PictureFolder::draw(const ProfileDiff& diff) {
  state_->draw(kComparison, plot_comparison(diff));
  state_->say_nothing_is_drawn();
}

void PictureFolder::draw(const PruneTable& table, const PruneReportOptions& options) {
  state_->draw(kPruning, plot_pruning(table, options));
  state_->say_nothing_is_drawn();
}

void PictureFolder::draw(std::vector<RankedCheckpoint> checkpoints, const ReportOptions& options) {
  state_->draw(kRanking, plot_ranking(ranked(std::move(checkpoints), options)));
  state_->say_nothing_is_drawn();
}

void PictureFolder::commit() {
  for (PictureFiles& files : state_->pictures)
    files.commit(state_->overwrite);
}

std::vector<std::string_view> PictureFolder::names() const {
  std::vector<std::string_view> names;
  for (const PictureFiles& files : state_->pictures)
    if (files.has_figures) names.push_back(files.name);
  return names;
}

const std::vector<std::string>& PictureFolder::complaints() const noexcept { return state_->complaints; }

}  // namespace weightsieve
