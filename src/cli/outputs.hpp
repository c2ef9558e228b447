// Where results go: stdout, or each -o FILE. Files are created before the work starts, so that a folder that
// is missing or read-only is known at once, and appear when everything is done.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/terminal.hpp"
#include "weightsieve/io/output_file.hpp"
#include "weightsieve/report/report.hpp"

namespace weightsieve::cli {

/// The reader of stdout is gone: the program ends quietly.
struct ClosedPipe {};

struct OutputRequest {
  std::vector<std::string> targets;  ///< "-" is stdout; none: stdout alone
  std::optional<Format> format;      ///< for all; without it each name's ending decides, text on stdout
  Overwrite overwrite = Overwrite::refuse;
  ColorChoice color = ColorChoice::automatic;
  bool ascii = false;  ///< text and markdown without other characters
};

class Outputs {
 public:
  /// Writes one result in a format to a sink. Width and colour are those of the stream.
  using Render = std::function<void(Format, unsigned width, bool color, const TextSink&)>;

  /// Throws Error{usage} for two outputs that are the same file and for a name whose ending says nothing,
  /// Error{unwritable} as OutputFile does.
  explicit Outputs(const OutputRequest& request);
  /// Writes nothing anywhere: for ranks that do not speak to the user.
  Outputs();
  ~Outputs();

  /// Renders the next result to every output. What goes to stdout is there afterwards.
  void write(const Render& render);

  /// Writes the report of the next profile to every output: JSON documents behind each other, as jq reads and
  /// writes them; pages of text and markdown with an empty line between; one CSV table, as long as the
  /// columns stay the same.
  void write_profile(const CheckpointProfile& profile, ReportOptions options);

  /// Makes the files appear, all or none where another one took a name meanwhile. Without it nothing is left
  /// behind.
  void commit();

  /// Whether a page of text or markdown, with all that there is to remark, goes to the terminal that shows
  /// stderr too.
  bool page_on_terminal() const;

  bool writes(Format format) const;

  /// How many results were written before: 0 on the first.
  std::size_t results() const noexcept { return results_; }

 private:
  struct Output;
  std::vector<Output> outputs_;
  std::size_t results_ = 0;
  std::optional<StatsOptions> columns_;  ///< that the last profile had statistics for
};

}  // namespace weightsieve::cli
