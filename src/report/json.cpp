#include "report/reporters.hpp"
#include "weightsieve/base/json_writer.hpp"
#include "weightsieve/profile/profile_json.hpp"

namespace weightsieve {

void write_json(const CheckpointProfile& profile, const ReportOptions&, const TextSink& sink) {
  write_profile_json(profile, sink);
}

void write_ranking_json(const Ranking& ranking, const ReportOptions&, const TextSink& sink) {
  using Layout = JsonWriter::Layout;
  JsonWriter json(sink);
  json.begin_object(Layout::lines).member("schema", "weightsieve.rank/1");
  json.key("checkpoints").begin_array(Layout::lines);
  std::uint64_t rank = 0;
  for (const RankedCheckpoint& checkpoint : ranking) {
    json.begin_object(Layout::row).member("rank", ++rank).member("name", checkpoint.name);
    json.member("layers", checkpoint.layers).member("parameters", checkpoint.parameters);
    json.member("parameter_bytes", checkpoint.parameter_bytes).end_object();
  }
  json.end_array().end_object().finish();
}

}  // namespace weightsieve
