// The verbs pack and unpack.
#include "weightsieve/ops/pack.hpp"
#include "cli/paths.hpp"
#include "cli/write_report.hpp"
#include "cli/writing.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve::cli {
namespace {

void refuse_filter(const CommonOptions& common) {
  if (common.filter.include.empty() && common.filter.exclude.empty()) return;
  throw Error(ErrorCode::usage, "--include and --exclude do not apply: whole checkpoints are written");
}

/// CSV is a table of files, and these are times of them all.
void refuse_timing_in_csv(const CommonOptions& common, bool timing) {
  if (timing && common.output.format == Format::csv)
    throw Error(ErrorCode::usage, "--timing has no place in CSV; text, markdown and JSON have one");
}

template <class Write>
int run_writer(CommonOptions& common, WriteRequest& request, const Write& write) {
  refuse_filter(common);
  const bool timing = request.options.time_restoring;
  refuse_timing_in_csv(common, timing);
  const std::string folder = take_folder(common, request);
  Outputs outputs = open_outputs(common);
  return run_paths(common, outputs, [&](const std::string& path, const RunControl& control) {
    const WriteResult result = write(path, folder, control);
    say_entropy_bound(result);
    warn_of_others(request, folder);
    outputs.write([&](Format format, unsigned, bool, const TextSink& sink) {
      write_result(result, format, timing, sink);
    });
    return kDone;
  });
}

}  // namespace

int run_pack(const Verb& verb, const Arguments& arguments) {
  CommonOptions common;
  WriteRequest request;
  OptionTable table;
  table.group("Pack");
  add_encoding_options(table, request);
  add_timing_option(table, request);
  add_resume_option(table, request);
  if (!parse_options(verb, table, arguments, common)) return kDone;
  return run_writer(common, request,
                    [&](const std::string& path, const std::string& folder, const RunControl& control) {
                      return pack_checkpoint(path, folder, request.options, control);
                    });
}

int run_unpack(const Verb& verb, const Arguments& arguments) {
  CommonOptions common;
  WriteRequest request;
  OptionTable table;
  table.group("Unpack");
  table.flag("timing", request.options.time_restoring, "tell the time to restore");
  add_resume_option(table, request);
  if (!parse_options(verb, table, arguments, common)) return kDone;
  const bool hashes = common.output.format.value_or(Format::text) != Format::text;  // text shows none
  return run_writer(common, request,
                    [&](const std::string& path, const std::string& folder, const RunControl& control) {
                      return unpack_checkpoint(path, folder, {request.options.existing, hashes}, control);
                    });
}

}  // namespace weightsieve::cli
