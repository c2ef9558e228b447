// Runs gnuplot, where it is installed. No shell takes part, and nothing but the script is a command: data
// reach gnuplot in a file of their own. Free functions, any thread.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace weightsieve {

/// Where a script finds its data: a file that is open already, so there is no path to quote.
inline constexpr const char kPlotData[] = "/dev/fd/3";

/// gnuplot is not installed, or could not draw.
struct CannotDraw : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What gnuplot writes to its output when it runs the script: a picture, where the script sets a terminal.
/// Nothing of the environment but where programs and fonts are reaches it. Throws CannotDraw.
std::string run_gnuplot(std::string_view script, std::string_view data);

}  // namespace weightsieve
