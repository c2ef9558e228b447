// A picture before it is drawn: its figures, and how gnuplot is to show them. One source file a kind of
// picture (plot_*.cpp); the tables in pictures.cpp list them. Plain values and free functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "report/plot_script.hpp"
#include "report/plot_table.hpp"
#include "report/reporters.hpp"
#include "weightsieve/profile/checkpoint_profile.hpp"
#include "weightsieve/profile/profile_diff.hpp"
#include "weightsieve/profile/prune_table.hpp"
#include "weightsieve/report/prune_report.hpp"
#include "weightsieve/report/report.hpp"

namespace weightsieve {

/// Pictures are so wide and as high as they need to be.
inline constexpr unsigned kPlotWidth = 1200;

struct Plot {
  Literal id;  ///< of the elements of its SVG
  std::string title;
  PlotTable table;
  PlotScript script{};
  unsigned height = 600;
};

/// Okabe and Ito's colours, which people tell apart whatever their sight ("Color Universal Design", 2008).
namespace plot_color {
inline constexpr Literal kBlack = "#000000";
inline constexpr Literal kOrange = "#E69F00";
inline constexpr Literal kSky = "#56B4E9";
inline constexpr Literal kGreen = "#009E73";
inline constexpr Literal kYellow = "#F0E442";
inline constexpr Literal kBlue = "#0072B2";
inline constexpr Literal kVermilion = "#D55E00";
inline constexpr Literal kPurple = "#CC79A7";
inline constexpr Literal kGray = "#9CA3AF";
}  // namespace plot_color

enum class PlotEnding : unsigned char { svg, png };

/// The picture's bytes. Throws CannotDraw.
std::string draw(const Plot& plot, PlotEnding ending);

/// By how much to divide numbers up to `greatest` so that an axis stays readable, and what to say of it.
struct PlotUnit {
  double divisor;
  Literal name;  ///< "", " in thousands", " in millions", …
};
PlotUnit plot_unit(double greatest) noexcept;

/// The same for sizes: "MiB", "GiB".
struct ByteUnit {
  double divisor;
  Literal name;
};
ByteUnit byte_unit(std::uint64_t greatest) noexcept;

/// "model: 22,713,216 parameters in 103 layers".
std::string plot_title(const CheckpointProfile& profile, const ReportOptions& options);

// What can be drawn of a profile. Nothing where it lacks what the picture shows.
std::optional<Plot> plot_histogram(const CheckpointProfile& profile, const ReportOptions& options);
std::optional<Plot> plot_intervals(const CheckpointProfile& profile, const ReportOptions& options);
std::optional<Plot> plot_depth(const CheckpointProfile& profile, const ReportOptions& options);
std::optional<Plot> plot_quantiles(const CheckpointProfile& profile, const ReportOptions& options);
std::optional<Plot> plot_parameters(const CheckpointProfile& profile, const ReportOptions& options);

// The same of other results.
std::optional<Plot> plot_pruning(const PruneTable& table, const PruneReportOptions& options);
std::optional<Plot> plot_ranking(const Ranking& ranking);
std::optional<Plot> plot_comparison(const ProfileDiff& diff);

}  // namespace weightsieve
