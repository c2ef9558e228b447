#include "ops/measure_journal.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ops/part_file.hpp"
#include "ops/part_measures.hpp"
#include "ops/zero_job.hpp"
#include "weightsieve/io/sha256.hpp"
#include "weightsieve/stats/wire_statistics.hpp"

namespace weightsieve {
namespace {

constexpr auto kLeastTime = std::chrono::seconds(1);
constexpr int kTimeShare = 200;             ///< one part of so many goes into keeping
constexpr std::uint64_t kByteShare = 1000;  ///< and one of so many of the bytes
constexpr std::size_t kMostCodes = 256;     ///< tensors whose codes wait in memory, about 80 KiB each

void write_open(WireWriter& out, const std::optional<OpenTensor>& open) {
  out.count(open ? 1 : 0);
  if (open) open->write(out);
}

/// A function of the headers, of which files they are, and of what is asked.
std::string identity_of(const CheckpointProfile& profile, const std::string& key_of_files,
                        const std::string& part) {
  Sha256 digest;
  const auto add = [&digest](const std::string& text) { digest.add(std::as_bytes(std::span(text))); };
  add(fmt::format("{}\n{}\n{}", part, key_of_files, options_on_wire(*profile.options)));
  for (const TensorProfile& profiled : profile.tensors) {
    const TensorInfo& tensor = profiled.info;
    add(fmt::format("{} {} {} {} {}\n", tensor.name, dtype_info(tensor.dtype).name, to_string(tensor.shape),
                    tensor.file, tensor.offset_bytes));
  }
  return digest.finish();
}

}  // namespace

PlanPosition end_of(const MeasuredRun& run) {
  WireReader in(run.rest);
  const auto tensor = static_cast<std::size_t>(in.count());
  return {tensor, in.count()};
}

KeptRuns kept_runs(ProfileJournal* journal, const std::string& path, const std::string& key_of_files,
                   const CheckpointProfile& profile, const std::string& part) {
  if (journal == nullptr) return {};
  return {journal, journal->file().begin(path, [&profile, key_of_files, part] {
            return identity_of(profile, key_of_files, part);
          })};
}

Error with_journal(const Error& error, const ProfileJournal* journal) {
  const bool kept = journal != nullptr && journal->is_kept();
  if (!kept || error.code() != ErrorCode::cancelled) return error;
  return {error.code(), error.message(), {.file = journal->path()}};
}

MeasureJournal::MeasureJournal(const KeptRuns& kept, const ProfilePlan& plan, MeasureState& state)
    : journal_(kept.journal), plan_(plan), state_(state), next_(first_whole()), kept_(state.begin) {
  state_.keeps_codes = journal_ != nullptr;
  const auto run = kept.runs.find(state.begin);
  if (run != kept.runs.end()) restore(run->second);
}

std::size_t MeasureJournal::first_whole() const {
  return state_.begin.tensor + (state_.begin.element != 0 ? 1 : 0);
}

std::size_t MeasureJournal::end_of_whole() const { return state_.position.tensor; }

void MeasureJournal::restore(const MeasuredRun& run) {
  try {
    for (const auto& bytes : run.finished)
      read_finished(bytes);
    read_rest(run.rest);
  } catch (const Error& error) {
    throw Error(ErrorCode::unwritable, error.message() + "; start over with --force",
                {.file = journal_->path()});
  }
}

/// Whether its zeros were looked for depends on who measured it: alone, or as one of several.
OpenTensor MeasureJournal::read_open(WireReader& in, std::size_t tensor) const {
  const MeasuredTensor& measured = plan_.tensors.at(tensor);
  const std::uint64_t first = state_.begins_inside(tensor) ? state_.begin.element : 0;
  TraceRequest request = state_.request_for(tensor);
  request.zeros = zero_scan_of(measured.profile->info, false);
  OpenTensor open(plan_.context, measured, request, first);
  open.read_behind(in);
  return open;
}

void MeasureJournal::read_finished(Bytes bytes) {
  WireReader in(bytes);
  if (in.truth()) {
    const std::size_t tensor = state_.begin.tensor;
    state_.head.emplace(read_open(in, tensor));
    has_head_ = true;
  }
  for (; !in.is_at_end(); ++next_) {
    if (next_ >= plan_.tensors.size()) throw Error(ErrorCode::malformed, "holds more tensors than there are");
    const MeasuredTensor& tensor = plan_.tensors[next_];
    auto [statistics, moments] = read_statistics(in, plan_.context.options, tensor.task.values());
    if (tensor.task.total_first)
      state_.totals.note(tensor.task, tensor.profile->info.name, statistics, moments);
    state_.moments[next_] = moments;
    std::vector<MeasuredScale> scales = read_scales(in, plan_.context.options, tensor.profile->info);
    state_.scale_moments[next_] = moments_of(scales);
    tensor.profile->scales = statistics_of(std::move(scales));
    state_.digests[next_] = in.text();
    if (in.truth()) {
      std::vector<CodeCount> codes = read_codes(in);
      state_.searches[next_] = search_in(plan_.context, tensor.task, statistics, codes);
      if (state_.sends_codes) state_.codes[next_] = std::move(codes);
    }
    tensor.profile->statistics = std::make_unique<Statistics>(std::move(statistics));
  }
}

void MeasureJournal::read_rest(Bytes bytes) {
  WireReader in(bytes);
  const auto tensor = static_cast<std::size_t>(in.count(plan_.tensors.size()));
  state_.position = {tensor,
                     in.count(tensor == plan_.tensors.size() ? 0 : plan_.tensors[tensor].task.elements)};
  state_.totals.read_counts(in);
  if (in.truth()) {
    if (tensor == plan_.tensors.size()) throw Error(ErrorCode::malformed, "goes on behind the last tensor");
    state_.open.emplace(read_open(in, tensor));
  }
  if (!in.is_at_end() || next_ != std::max(first_whole(), end_of_whole()))
    throw Error(ErrorCode::malformed, "does not hold what was measured");
  kept_ = state_.position;
}

bool MeasureJournal::is_due() const {
  if (!state_.sends_codes && state_.codes.size() >= kMostCodes) return true;
  const auto wait = std::max<Time::duration>(kLeastTime, kTimeShare * cost_);
  return bytes_ >= kByteShare * rest_bytes_ && Time::now() - since_ >= wait;
}

void MeasureJournal::measured(std::uint64_t bytes) {
  bytes_ += bytes;
  if (journal_ != nullptr && is_due()) keep();
}

void MeasureJournal::keep() {
  if (journal_ == nullptr || kept_ == state_.position) return;
  const auto start = Time::now();
  const std::vector<std::byte> some = rest();
  journal_->file().append(state_.begin, finished(), some);
  next_ = std::max(next_, end_of_whole());
  has_head_ = has_head_ || state_.head;
  kept_ = state_.position;
  if (!state_.sends_codes) state_.codes.clear();
  bytes_ = 0;
  rest_bytes_ = some.size();
  since_ = Time::now();
  cost_ = since_ - start;
}

/// What is new of it.
std::vector<std::byte> MeasureJournal::finished() const {
  WireWriter out;
  write_open(out, has_head_ ? std::nullopt : state_.head);
  for (std::size_t i = next_; i < end_of_whole(); ++i) {
    const TensorProfile& tensor = *plan_.tensors[i].profile;
    write_statistics(out, *tensor.statistics, state_.moments[i]);
    write_scales(out, tensor.scales, state_.scale_moments[i]);
    out.text(state_.digests[i]);
    out.count(state_.searches[i] ? 1 : 0);
    if (state_.searches[i]) write_codes(out, state_.codes.at(i));
  }
  return out.take();
}

/// All of it, as it is now.
std::vector<std::byte> MeasureJournal::rest() const {
  WireWriter out;
  out.count(state_.position.tensor);
  out.count(state_.position.element);
  state_.totals.write_counts(out);
  write_open(out, state_.open);
  return out.take();
}

}  // namespace weightsieve
