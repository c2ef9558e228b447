#include "weightsieve/ops/verify.hpp"
#include "cli/paths.hpp"
#include "cli/verification_report.hpp"

namespace weightsieve::cli {

int run_verify(const Verb& verb, const Arguments& arguments) {
  CommonOptions common;
  VerifyOptions options;
  OptionTable table;
  table.group("Verify");
  table.flag("headers-only", options.headers_only, "do not read the tensors' data");
  table.flag("security", options.security,
             "report what a scanner would: foreign names, hidden bytes and members");
  if (!parse_options(verb, table, arguments, common)) return kDone;

  Outputs outputs = open_outputs(common);
  return run_paths(common, outputs, [&](const std::string& path, const RunControl& control) {
    const Verification result = verify_checkpoint(path, options, common.filter, control);
    outputs.write([&](Format format, unsigned, bool, const TextSink& sink) {
      write_verification(path, result, format, outputs.results() == 0, sink);
    });
    return result.clean() ? kDone : kAnswerIsNo;
  });
}

}  // namespace weightsieve::cli
