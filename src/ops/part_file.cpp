#include "ops/part_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ops/hexadecimal.hpp"
#include "weightsieve/base/as_text.hpp"
#include "weightsieve/base/wire.hpp"
#include "weightsieve/io/sha256.hpp"
#include "weightsieve/ops/partial_profile.hpp"

namespace weightsieve {
namespace {

constexpr std::string_view kSchema = "weightsieve.part/1\n";
constexpr std::size_t kDigestBytes = 32;

[[noreturn]] void refuse(const std::string& path, const Rule& rule, std::string message) {
  throw Error(ErrorCode::malformed, std::move(message), {.file = path, .rule = std::string(rule.id)});
}

std::vector<std::byte> digest_of(Bytes bytes) { return bytes_of_hex(sha256_of(bytes)); }

std::vector<std::byte> read_whole(const std::string& path, IoMode io) {
  const auto source = open_source(path, io);
  const auto cursor = source->cursor();
  const auto first = static_cast<std::size_t>(std::min<std::uint64_t>(source->size(), kSchema.size()));
  const std::string_view begin = as_text(cursor->view(0, first));
  if (begin.size() == kSchema.size() && begin != kSchema && begin.starts_with(kPartFamily))
    refuse(path, rules::kPartVersion,
           "is a part as another version of weightsieve writes it; this one reads " +
               std::string(kSchema.substr(0, kSchema.size() - 1)));
  if (begin != kSchema)
    refuse(path, rules::kPartFile,
           "is no part of a profile; 'weightsieve profile --part I/N -o FILE' writes one");
  std::vector<std::byte> bytes;
  bytes.reserve(static_cast<std::size_t>(source->size()));
  while (bytes.size() < source->size()) {
    const std::uint64_t left = source->size() - bytes.size();
    const Bytes window =
        cursor->view(bytes.size(), static_cast<std::size_t>(std::min<std::uint64_t>(left, kMaxWindowBytes)));
    bytes.insert(bytes.end(), window.begin(), window.end());
  }
  source->check_unchanged();
  return bytes;
}

/// What stands between the first line and the digest.
Bytes checked_content(const std::string& path, Bytes bytes) {
  if (bytes.size() < kSchema.size() + kDigestBytes)
    refuse(path, rules::kPartDigest, fmt::format("ends after {} bytes, before what it holds", bytes.size()));
  const Bytes content = bytes.first(bytes.size() - kDigestBytes);
  if (!std::ranges::equal(digest_of(content), bytes.last(kDigestBytes)))
    refuse(path, rules::kPartDigest,
           "is damaged or not all there: its SHA-256 is not the one at its end; make this part again");
  return content.subspan(kSchema.size());
}

template <class T>
void write_list(WireWriter& out, const std::vector<T>& list) {
  out.count(list.size());
  for (const T& each : list)
    if constexpr (std::is_same_v<T, std::string>) {
      out.text(each);
    } else {
      out.put(each);
    }
}

std::vector<std::string> read_texts(WireReader& in) {
  std::vector<std::string> texts(in.length());
  for (std::string& text : texts)
    text = in.text();
  return texts;
}

/// [low, high], neither of them NaN.
std::pair<double, double> read_pair(WireReader& in) {
  const auto low = in.get<double>();
  const auto high = in.get<double>();
  if (!(low <= high)) throw Error(ErrorCode::malformed, "holds a range that is none");
  return {low, high};
}

}  // namespace

std::string options_on_wire(const RecordedOptions& options) {
  WireWriter out;
  const StatsOptions& stats = options.stats;
  out.count(stats.intervals.size());
  for (const auto& [low, high] : stats.intervals) {
    out.put(low);
    out.put(high);
  }
  write_list(out, stats.quantiles);
  out.count(static_cast<std::uint64_t>(stats.quantile_method));
  for (const std::uint64_t number : {stats.sample, stats.seed, stats.bins})
    out.count(number);
  out.count(stats.range ? 1 : 0);
  if (stats.range) {
    out.put(stats.range->first);
    out.put(stats.range->second);
  }
  write_list(out, options.include);
  write_list(out, options.exclude);
  out.count(options.include_optimizer ? 1 : 0);
  return std::string(as_text(out.bytes()));
}

RecordedOptions options_from_wire(std::string_view wire) {
  constexpr std::uint64_t most = std::uint64_t{1} << 24;
  WireReader in(std::as_bytes(std::span(wire)));
  RecordedOptions options;
  StatsOptions& stats = options.stats;
  stats.intervals.resize(in.length());
  for (auto& interval : stats.intervals)
    interval = read_pair(in);
  stats.quantiles.resize(in.length());
  for (double& q : stats.quantiles) {
    q = in.get<double>();
    if (!(q >= 0 && q <= 1)) throw Error(ErrorCode::malformed, "holds a quantile beyond 0 and 1");
  }
  stats.quantile_method =
      static_cast<QuantileChoice>(in.count(static_cast<std::uint64_t>(QuantileChoice::exact)));
  stats.sample = in.count(most);
  stats.seed = in.count();
  stats.bins = in.count(most);
  if (stats.sample == 0 || stats.bins == 0) throw Error(ErrorCode::malformed, "holds options of nothing");
  if (in.truth()) stats.range = read_pair(in);
  options.include = read_texts(in);
  options.exclude = read_texts(in);
  options.include_optimizer = in.truth();
  return options;
}

void write_part_file(const PartFile& part, const TextSink& sink) {
  WireWriter out;
  out.text(part.version);
  out.count(part.part.shares);
  out.count(part.part.index);
  for (const std::uint64_t word : part.checkpoint)
    out.put(word);
  out.text(part.options);
  out.text(part.inventory);
  out.block(part.measured);
  Sha256 digest;
  digest.add(std::as_bytes(std::span(kSchema)));
  digest.add(out.bytes());
  sink(kSchema);
  sink(as_text(out.bytes()));
  sink(as_text(bytes_of_hex(digest.finish())));
}

PartFile read_part_file(const std::string& path, IoMode io) {
  const std::vector<std::byte> bytes = read_whole(path, io);
  WireReader in(checked_content(path, bytes));
  PartFile part;
  part.path = path;
  try {
    part.version = in.text();
    part.part.shares = static_cast<unsigned>(in.count(kMostParts));
    part.part.index = static_cast<unsigned>(in.count(kMostParts));
    if (part.part.index >= part.part.shares)
      throw Error(ErrorCode::malformed, "is a part beyond the number of parts");
    for (std::uint64_t& word : part.checkpoint)
      word = in.get<std::uint64_t>();
    part.options = in.text();
    part.inventory = in.text();
    const Bytes measured = in.block();
    part.measured.assign(measured.begin(), measured.end());
    if (!in.is_at_end()) throw Error(ErrorCode::malformed, "holds more than a part");
  } catch (const Error& error) {
    throw about_part(error, path);
  }
  return part;
}

Error about_part(const Error& error, const std::string& path) {
  if (error.code() != ErrorCode::malformed || !error.place().file.empty()) return error;
  return {ErrorCode::malformed, error.message(), {.file = path, .rule = std::string(rules::kPartContent.id)}};
}

}  // namespace weightsieve
