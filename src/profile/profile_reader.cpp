#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <unordered_map>

#include "profile/json_reader.hpp"
#include "profile/schema.hpp"
#include "profile/statistics_reader.hpp"
#include "weightsieve/base/checked.hpp"
#include "weightsieve/profile/profile_json.hpp"

namespace weightsieve {

// In this namespace and not an anonymous one, because read_object() finds them by their argument.
static void read(JsonValue value, ProfiledFile& into) {
  read_object(value, field("name", into.name), field("bytes", into.bytes),
              field("encoding", into.encoding, Presence::optional));
}

static void read(JsonValue value, QuantileChoice& into) {
  const auto choice = quantile_choice(value.text_view());
  if (!choice)
    value.fail("PROFILE-VALUE",
               fmt::format("a quantile method is one of {}", fmt::join(kQuantileChoices, ", ")));
  into = *choice;
}

static void read(JsonValue value, RecordedOptions& into) {
  StatsOptions& stats = into.stats;
  read_object(value, field("intervals", stats.intervals), field("quantiles", stats.quantiles),
              field("quantile_method", stats.quantile_method), field("sample", stats.sample),
              field("bins", stats.bins), field("range", stats.range, Presence::optional),
              field("seed", stats.seed), field("include", into.include), field("exclude", into.exclude),
              field("include_optimizer", into.include_optimizer, Presence::optional));
}

/// What the document calls "dtype".
struct StoredAs {
  Dtype dtype = Dtype::F32;
  BlockType blocks = BlockType::none;
};

static void read(JsonValue value, StoredAs& into) {
  const auto blocks = block_type_from_name(value.text_view());
  const auto dtype = blocks ? Dtype::F32 : dtype_from_name(value.text_view());
  if (!dtype) value.fail("PROFILE-VALUE", "this dtype is not known");
  into = {*dtype, blocks.value_or(BlockType::none)};
}

static void read(JsonValue value, Role& into) {
  const std::string_view name = value.text_view();
  if (name != to_string(Role::parameter) && name != to_string(Role::buffer))
    value.fail("PROFILE-VALUE", "a role is parameter or buffer");
  into = name == to_string(Role::buffer) ? Role::buffer : Role::parameter;
}

/// What the document calls "checkpoint".
static void read(JsonValue value, CheckpointProfile& into) {
  read_object(value, field("name", into.name), field("format", into.format), field("files", into.files));
}

static void read(JsonValue value, FormShare& into) {
  Derived layers_percent, parameters_percent;
  read_object(value, field("form", into.form), field("layers", into.layers),
              field("layers_percent", layers_percent), field("parameters", into.parameters),
              field("parameters_percent", parameters_percent));
}

static void read(JsonValue value, DtypeShare& into) {
  StoredAs stored;
  read_object(value, field("dtype", stored), field("tensors", into.tensors), field("elements", into.elements),
              field("bytes", into.bytes));
  into.dtype = stored.dtype;
  into.blocks = stored.blocks;
}

/// Whatever else a finding has are its figures.
static void read(JsonValue value, Finding& into) {
  auto words = fields(field("rule", into.rule), field("tensor", into.tensor), field("message", into.message));
  value.for_each_member([&](std::string_view key, JsonValue member) {
    const auto take = [&](auto&... each) { return (each.take(key, member) || ...); };
    if (!std::apply(take, words)) into.figures.push_back({std::string(key), member.exact_number()});
  });
  require_all(value, words);
}

static void read(JsonValue value, Problem& into) {
  read_object(value, field("rule", into.rule), field("file", into.file), field("offset", into.offset_bytes),
              field("message", into.message));
}

static void read(JsonValue value, SkippedTensor& into) {
  read_object(value, field("name", into.name), field("reason", into.reason));
}

static void read(JsonValue value, Totals& into) {
  StatisticsDraft draft;
  auto inventory = fields(
      field("tensors", into.tensors), field("layers", into.layers), field("parameters", into.parameters),
      field("trainable_parameters", into.trainable_parameters), field("buffers", into.buffers),
      field("bytes", into.bytes), field("by_form", into.by_form), field("by_dtype", into.by_dtype));
  auto statistics = draft.fields();
  auto places = draft.place_fields();
  read_members(value, inventory, statistics, places);
  require_all(value, inventory);
  if (!any_seen(statistics) && !any_seen(places)) return;
  require_all(value, statistics);
  require_all(value, places);
  into.statistics = std::make_unique<Statistics>(draft.finish(value));
}

namespace {

/// What the document says of one scale of a tensor's blocks.
struct ScaleDraft {
  std::string_view name, dtype;
  std::uint64_t blocks = 0;
  Statistics statistics;
};

/// A tensor whose file is known by name only, until the whole document is read.
struct TensorDraft {
  TensorProfile tensor;
  std::string_view file;
};

void check_shape(const JsonValue& value, const TensorInfo& info, const Shape& squeezed_shape,
                 std::string_view form_name) {
  if (element_count(info.shape) != info.elements)
    value.fail("PROFILE-VALUE", "elements are not the product of the shape");
  if (squeezed(info.shape) != squeezed_shape)
    value.fail("PROFILE-VALUE", "squeezed_shape is not the shape without its ones");
  if (form(info.shape) != form_name) value.fail("PROFILE-VALUE", "form does not follow from the shape");
}

/// The document says what the blocks take; in memory it is what comes out of them.
void unpack_bytes(const JsonValue& value, TensorInfo& info) {
  const auto bytes = checked_mul(info.elements, dtype_info(info.dtype).bits / 8);
  if (!bytes || info.bytes != stored_bytes(info))
    value.fail("PROFILE-VALUE", "bytes are not those of the elements' blocks");
  info.bytes = *bytes;
}

bool describes(const ScaleDraft& draft, const TensorInfo& info, const BlockScale& scale) {
  return draft.name == scale.name && draft.dtype == dtype_info(scale.dtype).name &&
         draft.blocks == info.elements / block_type_info(info.blocks).elements &&
         draft.statistics.counts.values() == scales_in(info, scale);
}

std::vector<Statistics> checked_scales(const JsonValue& value, const TensorInfo& info,
                                       std::vector<ScaleDraft> drafts) {
  const auto describes_one = [&info](const ScaleDraft& draft, const BlockScale& scale) {
    return describes(draft, info, scale);
  };
  if (!std::ranges::equal(drafts, block_type_info(info.blocks).scales, describes_one))
    value.fail("PROFILE-VALUE", "block_scales are not those of the dtype's blocks");
  std::vector<Statistics> scales;
  for (ScaleDraft& draft : drafts)
    scales.push_back(std::move(draft.statistics));
  return scales;
}

}  // namespace

static void read(JsonValue value, ScaleDraft& into) {
  StatisticsDraft draft;
  auto words = fields(field("name", into.name), field("dtype", into.dtype), field("blocks", into.blocks));
  auto statistics = draft.fields();
  read_members(value, words, statistics);
  require_all(value, words);
  require_all(value, statistics);
  into.statistics = draft.finish(value);
}

static void read(JsonValue value, TensorDraft& into) {
  TensorInfo& info = into.tensor.info;
  StatisticsDraft draft;
  StoredAs stored;
  Shape squeezed_shape;
  std::string_view form_name;
  auto inventory =
      fields(field("name", info.name), field("file", into.file), field("dtype", stored),
             field("shape", info.shape), field("squeezed_shape", squeezed_shape), field("form", form_name),
             field("role", info.role), field("trainable", info.trainable, Presence::optional),
             field("elements", info.elements), field("bytes", info.bytes));
  auto statistics = draft.fields();
  std::vector<ScaleDraft> scales;
  auto beside = fields(field("block_scales", scales));
  read_members(value, inventory, statistics, beside);
  require_all(value, inventory);
  check_shape(value, info, squeezed_shape, form_name);
  info.dtype = stored.dtype;
  info.blocks = stored.blocks;
  if (info.blocks != BlockType::none) unpack_bytes(value, info);
  if (!any_seen(statistics) && !any_seen(beside)) return;
  require_all(value, statistics);
  if (any_seen(beside)) into.tensor.scales = checked_scales(value, info, std::move(scales));
  into.tensor.statistics = std::make_unique<Statistics>(draft.finish(value));
}

namespace {

/// Refuses anything but this schema before the rest is looked at, so that a newer file is called that.
void check_schema(JsonReader& reader) {
  const std::optional<std::string> schema = reader.peek_text("schema");
  if (schema == kProfileSchema) return;
  if (schema && schema->starts_with(kProfileSchemaFamily))
    reader.root().fail("PROFILE-SCHEMA",
                       fmt::format("written by a newer weightsieve: its schema is {}, this one reads {}",
                                   *schema, kProfileSchema));
  reader.root().fail("PROFILE-SCHEMA",
                     fmt::format(R"(not a profile: its field "schema" must be "{}")", kProfileSchema));
}

void place_tensors(CheckpointProfile& profile, std::vector<TensorDraft> drafts, const JsonValue& document) {
  std::unordered_map<std::string_view, std::uint32_t> file_index;
  for (const ProfiledFile& file : profile.files)
    file_index.emplace(file.name, static_cast<std::uint32_t>(file_index.size()));
  profile.tensors.reserve(drafts.size());
  for (TensorDraft& draft : drafts) {
    const auto at = file_index.find(draft.file);
    if (at == file_index.end())
      document.fail("PROFILE-VALUE",
                    fmt::format("tensor \"{}\" is in a file that is not listed", draft.tensor.info.name));
    draft.tensor.info.file = at->second;
    profile.tensors.push_back(std::move(draft.tensor));
  }
}

void check_statistics(const Statistics& statistics, const StatsOptions& options, const JsonValue& document) {
  const auto same_interval = [](const IntervalCount& count, const std::pair<double, double>& asked) {
    return count.low == asked.first && count.high == asked.second;
  };
  const auto same_quantile = [](const Quantile& quantile, double q) { return quantile.q == q; };
  const auto fit = [&](const QuantileSet& set) {
    return set.values.empty() || std::ranges::equal(set.values, options.quantiles, same_quantile);
  };
  if (!std::ranges::equal(statistics.intervals, options.intervals, same_interval))
    document.fail("PROFILE-VALUE", "the intervals of some statistics are not those of the options");
  if (!fit(statistics.quantiles) || !fit(statistics.magnitude_quantiles))
    document.fail("PROFILE-VALUE", "the quantiles of some statistics are not those of the options");
}

/// Statistics are there for the totals if and only if the options are, and hold what these ask for.
void check_all_statistics(const CheckpointProfile& profile, const Totals& totals, const JsonValue& document) {
  if (profile.options.has_value() != (totals.statistics != nullptr))
    document.fail("PROFILE-FIELD", "options and statistics of the totals must be there both or neither");
  if (totals.statistics) check_statistics(*totals.statistics, profile.options->stats, document);
  for (const TensorProfile& tensor : profile.tensors) {
    if (!tensor.statistics) continue;
    if (!profile.options) document.fail("PROFILE-FIELD", "there are statistics without options");
    check_statistics(*tensor.statistics, profile.options->stats, document);
    for (const Statistics& scales : tensor.scales)
      check_statistics(scales, profile.options->stats, document);
  }
}

/// Totals as they follow from the tensors; what the document states must agree.
Totals checked_totals(const CheckpointProfile& profile, Totals stated, const JsonValue& document) {
  Totals totals = count_totals(profile.tensors, profile.tied);
  const bool agree = totals.tensors == stated.tensors && totals.layers == stated.layers &&
                     totals.parameters == stated.parameters &&
                     totals.trainable_parameters == stated.trainable_parameters &&
                     totals.buffers == stated.buffers && totals.bytes == stated.bytes &&
                     totals.by_form == stated.by_form && totals.by_dtype == stated.by_dtype;
  if (!agree) document.fail("PROFILE-TOTALS", "totals are not those of the tensors");
  totals.statistics = std::move(stated.statistics);
  return totals;
}

}  // namespace

CheckpointProfile read_profile_json(std::string_view json, const std::string& file) {
  JsonReader reader(json, file);
  check_schema(reader);
  CheckpointProfile profile;
  Totals stated;
  std::vector<TensorDraft> tensors;
  std::string schema;
  const JsonValue document = reader.root();
  read_object(document, field("schema", schema), field("checkpoint", profile),
              field("options", profile.options, Presence::optional), field("totals", stated),
              field("tensors", tensors), field("tied", profile.tied), field("findings", profile.findings),
              field("problems", profile.problems), field("skipped", profile.skipped));
  reader.finish();
  place_tensors(profile, std::move(tensors), document);
  check_all_statistics(profile, stated, document);
  profile.totals = checked_totals(profile, std::move(stated), document);
  return profile;
}

}  // namespace weightsieve
