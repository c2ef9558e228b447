// Schema weightsieve.comparison/1.
#include <algorithm>

#include "report/comparison_report.hpp"
#include "weightsieve/base/json_writer.hpp"

namespace weightsieve {
namespace {

using Layout = JsonWriter::Layout;

template <class T>
void member(JsonWriter& json, std::string_view name, const std::optional<T>& value) {
  json.key(name);
  value ? json.value(*value) : json.null();
}

void write_shape(JsonWriter& json, const Shape& shape) {
  json.key("shape").begin_array(Layout::row);
  for (const std::uint64_t dimension : shape)
    json.value(dimension);
  json.end_array();
}

void write_side(JsonWriter& json, std::string_view name, const CheckpointProfile& side) {
  json.key(name).begin_object(Layout::lines);
  json.member("name", side.name).member("format", side.format);
  json.key("files").begin_array(Layout::lines);
  for (const ProfiledFile& file : side.files)
    json.begin_object(Layout::row).member("name", file.name).member("bytes", file.bytes).end_object();
  json.end_array();
  json.member("tensors", std::uint64_t{side.tensors.size()}).member("layers", side.totals.layers);
  json.member("parameters", side.totals.parameters).member("bytes", side.totals.bytes).end_object();
}

void write_patterns(JsonWriter& json, std::string_view name, const std::vector<std::string>& patterns) {
  json.key(name).begin_array(Layout::row);
  for (const std::string& pattern : patterns)
    json.value(pattern);
  json.end_array();
}

void write_options(JsonWriter& json, const ProfileDiff& diff) {
  json.key("options").begin_object(Layout::row);
  member(json, "tolerance", diff.tolerance);
  write_patterns(json, "include", diff.a.options ? diff.a.options->include : std::vector<std::string>{});
  write_patterns(json, "exclude", diff.a.options ? diff.a.options->exclude : std::vector<std::string>{});
  json.end_object();
}

void write_counts(JsonWriter& json, const ProfileDiff& diff) {
  json.key("counts").begin_object(Layout::row).member("pairs", std::uint64_t{diff.pairs.size()});
  for (const Likeness each :
       {Likeness::identical, Likeness::equal, Likeness::close, Likeness::alike, Likeness::different})
    json.member(to_string(each), diff.count(each));
  json.member("renamed", std::uint64_t{diff.renamed.size()});
  json.member("removed", std::uint64_t{diff.removed.size()});
  json.member("added", std::uint64_t{diff.added.size()}).end_object();
}

/// Members of the object that is open.
void write_values(JsonWriter& json, const ValueDiff& diff) {
  json.member("values", diff.values).member("equal", diff.equal);
  member(json, "identical", diff.identical);
  json.member("within", diff.within).member("finite", diff.finite);
  json.member("non_finite_changed", diff.non_finite_changed());
  json.key("max_difference");
  if (diff.greatest) {
    const GreatestDifference& greatest = *diff.greatest;
    json.begin_object(Layout::row).member("value", greatest.difference);
    if (!greatest.tensor.empty()) json.member("tensor", greatest.tensor);
    json.member("index", greatest.index).member("a", greatest.a).member("b", greatest.b).end_object();
  } else {
    json.null();
  }
  member(json, "l2", diff.l2);
  member(json, "relative_l2", diff.relative_l2);
  member(json, "cosine", diff.cosine);
}

void write_distance(JsonWriter& json, const std::optional<KsDistance>& ks) {
  json.key("ks");
  if (!ks) {
    json.null();
    return;
  }
  json.begin_object(Layout::row).member("value", ks->value);
  json.member("low", ks->low).member("high", ks->high).end_object();
}

std::optional<double> as_double(const std::optional<Extreme>& extreme) {
  return extreme ? std::optional(extreme->value.as_double()) : std::nullopt;
}

/// Members of the object that is open.
void write_statistics(JsonWriter& json, const Statistics& of) {
  json.member("zero", of.counts.zero).member("nan", of.counts.nan);
  json.member("positive_infinity", of.counts.positive_infinity);
  json.member("negative_infinity", of.counts.negative_infinity);
  member(json, "min", as_double(of.min));
  member(json, "max", as_double(of.max));
  member(json, "mean", of.mean);
  member(json, "std", of.std);
}

void write_shifts(JsonWriter& json, const Statistics* a, const Statistics* b) {
  if (a == nullptr || b == nullptr) return;
  const auto& first = a->quantiles.values;
  const auto& second = b->quantiles.values;
  json.key("quantiles").begin_array(Layout::lines);
  for (std::size_t i = 0; i < std::min(first.size(), second.size()); ++i) {
    if (first[i].q != second[i].q) continue;
    json.begin_object(Layout::row).member("q", first[i].q);
    json.member("a", first[i].value).member("b", second[i].value);
    json.member("shift", second[i].value - first[i].value);
    json.member("exact", first[i].low == first[i].high && second[i].low == second[i].high).end_object();
  }
  json.end_array();
}

void write_total_side(JsonWriter& json, std::string_view name, const CheckpointProfile& side) {
  json.key(name);
  if (!side.totals.statistics) {
    json.null();
    return;
  }
  json.begin_object(Layout::row);
  write_statistics(json, *side.totals.statistics);
  json.end_object();
}

void write_totals(JsonWriter& json, const ProfileDiff& diff) {
  json.key("parameters").begin_object(Layout::lines);
  if (diff.parameters) write_values(json, *diff.parameters);
  write_distance(json, diff.ks);
  write_total_side(json, "a", diff.a);
  write_total_side(json, "b", diff.b);
  write_shifts(json, diff.a.totals.statistics.get(), diff.b.totals.statistics.get());
  json.end_object();
  if (!diff.buffers) return;
  json.key("buffers").begin_object(Layout::lines);
  write_values(json, *diff.buffers);
  json.end_object();
}

void write_tensor_side(JsonWriter& json, std::string_view name, const TensorProfile& tensor) {
  json.key(name).begin_object(Layout::row);
  json.member("dtype", dtype_name(tensor.info));
  write_shape(json, tensor.info.shape);
  if (tensor.statistics) write_statistics(json, *tensor.statistics);
  json.end_object();
}

void write_pair(JsonWriter& json, const ProfileDiff& diff, const TensorPair& pair) {
  const TensorProfile& a = diff.a.tensors[pair.a];
  const TensorProfile& b = diff.b.tensors[pair.b];
  json.begin_object(Layout::lines).member("name", a.info.name);
  json.member("verdict", to_string(diff.likeness(pair))).member("role", to_string(a.info.role));
  write_tensor_side(json, "a", a);
  write_tensor_side(json, "b", b);
  if (pair.values) write_values(json, *pair.values);
  if (pair.same_bytes) json.member("same_bytes", *pair.same_bytes);
  write_distance(json, pair.ks);
  write_shifts(json, a.statistics.get(), b.statistics.get());
  json.end_object();
}

void write_renamed(JsonWriter& json, const ProfileDiff& diff) {
  json.key("renamed").begin_array(Layout::lines);
  for (const auto& [a, b] : diff.renamed) {
    const TensorInfo& tensor = diff.a.tensors[a].info;
    json.begin_object(Layout::row).member("a", tensor.name).member("b", diff.b.tensors[b].info.name);
    json.member("dtype", dtype_name(tensor));
    write_shape(json, tensor.shape);
    json.end_object();
  }
  json.end_array();
}

void write_unpaired(JsonWriter& json, std::string_view name, const CheckpointProfile& side,
                    const std::vector<std::size_t>& places) {
  json.key(name).begin_array(Layout::lines);
  for (const std::size_t place : places) {
    const TensorInfo& tensor = side.tensors[place].info;
    json.begin_object(Layout::row).member("name", tensor.name);
    json.member("dtype", dtype_name(tensor));
    write_shape(json, tensor.shape);
    json.member("elements", tensor.elements).member("bytes", stored_bytes(tensor)).end_object();
  }
  json.end_array();
}

}  // namespace

void write_comparison_json(const ProfileDiff& diff, const TextSink& sink) {
  JsonWriter json(sink);
  json.begin_object(Layout::lines).member("schema", "weightsieve.comparison/1");
  write_side(json, "a", diff.a);
  write_side(json, "b", diff.b);
  write_options(json, diff);
  json.member("verdict", to_string(diff.likeness())).member("values_compared", diff.values_compared);
  write_counts(json, diff);
  json.key("totals").begin_object(Layout::lines);
  write_totals(json, diff);
  json.end_object();
  json.key("tensors").begin_array(Layout::lines);
  for (const TensorPair& pair : diff.pairs)
    write_pair(json, diff, pair);
  json.end_array();
  write_renamed(json, diff);
  write_unpaired(json, "removed", diff.a, diff.removed);
  write_unpaired(json, "added", diff.b, diff.added);
  json.end_object().finish();
}

}  // namespace weightsieve
