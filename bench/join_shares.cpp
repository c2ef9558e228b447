// What rank 0 goes through when so many ranks have measured a checkpoint: the real planner shares it out, a
// process of its own serialises what each rank would send (see simulated_share.hpp), and this one joins that,
// rank by rank as it comes, into a profile that it writes. Reads headers, and measures 256 MiB as a rank
// does: files of the right size that are one hole do. See bench/cluster.py.
//
// Usage: join_shares CHECKPOINT RANKS
// Prints a line of JSON: balance and work of the shares, bytes sent, CPU seconds and peak memory of rank 0.

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <numeric>

#include "ops/measure_share.hpp"
#include "ops/open_input.hpp"
#include "simulated_share.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/profile/findings.hpp"
#include "weightsieve/profile/profile_json.hpp"

using namespace weightsieve;

namespace {

constexpr std::uint64_t kMeasuredBytes = std::uint64_t{256} << 20;

/// One direction between two processes.
class Pipe {
 public:
  Pipe() {
    if (::pipe(ends_) != 0) throw Error(ErrorCode::unreadable, "no pipe");
  }

  void send(Bytes bytes) const {
    const std::uint64_t size = bytes.size();
    write_all(std::as_bytes(std::span(&size, 1)));
    write_all(bytes);
  }

  std::vector<std::byte> receive() const {
    std::uint64_t size = 0;
    read_all(std::as_writable_bytes(std::span(&size, 1)));
    std::vector<std::byte> bytes(size);
    read_all(bytes);
    return bytes;
  }

 private:
  void write_all(Bytes bytes) const {
    while (!bytes.empty()) {
      const ssize_t some = ::write(ends_[1], bytes.data(), bytes.size());
      if (some <= 0) std::_Exit(1);
      bytes = bytes.subspan(static_cast<std::size_t>(some));
    }
  }

  void read_all(std::span<std::byte> bytes) const {
    while (!bytes.empty()) {
      const ssize_t some = ::read(ends_[0], bytes.data(), bytes.size());
      if (some <= 0) throw Error(ErrorCode::unreadable, "the process that makes shares has ended");
      bytes = bytes.subspan(static_cast<std::size_t>(some));
    }
  }

  int ends_[2];
};

struct Joined {
  std::uint64_t sent = 0, largest = 0, written = 0;
  double seconds = 0;
};

void measure_some(const PartPlan& parts, CheckpointProfile& profile, ProfilePlan& plan, SourcePool& files) {
  const std::span<const WorkUnit> units = parts.units(0);
  std::size_t end = 0;
  for (std::uint64_t bytes = 0; end < units.size() && bytes < kMeasuredBytes; ++end)
    bytes += work_bytes(units[end], plan.tensors[units[end].first_tensor].profile->info);
  measure_stretch(units.first(end), profile, plan, files, {.threads = 1}, Twins::by_reading, {});
}

/// Names for what rank 0 has others read again: all different, as weights are.
void tell_apart(const CheckpointProfile& profile, PartJoiner& joiner) {
  for (const auto& group : possible_twins(profile))
    for (const std::size_t place : group)
      joiner.note_digest(place, fmt::format("{:064x}", place));
}

Joined join(const Pipe& pipe, unsigned ranks, const PartPlan& parts, CheckpointProfile& profile,
            const ProfilePlan& plan) {
  Joined joined;
  PartJoiner joiner(profile, plan, Twins::by_reading);
  const auto timed = [&joined](const auto& work) {
    const std::clock_t begin = std::clock();
    work();
    joined.seconds += static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  };
  for (unsigned rank = 0; rank < ranks; ++rank) {
    const std::vector<std::byte> bytes = pipe.receive();
    joined.sent += bytes.size();
    joined.largest = std::max<std::uint64_t>(joined.largest, bytes.size());
    timed([&] {
      WireReader in(bytes);
      joiner.join(in, parts.layout(rank));
    });
  }
  timed([&] {
    joiner.finish_totals();
    tell_apart(profile, joiner);
    joiner.finish_findings();
    write_profile_json(profile, [&joined](std::string_view text) { joined.written += text.size(); });
  });
  return joined;
}

std::uint64_t peak_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) << 10;
}

std::uint64_t bytes_of(std::span<const WorkUnit> units, const ProfilePlan& plan) {
  std::uint64_t bytes = 0;
  for (const WorkUnit& unit : units)
    bytes += sum_over(unit, plan.tensors, work_bytes);
  return bytes;
}

void print(unsigned ranks, const PartPlan& parts, const ProfilePlan& plan, const Joined& joined) {
  std::vector<std::uint64_t> work, bytes;
  for (unsigned rank = 0; rank < ranks; ++rank) {
    work.push_back(parts.work(rank));
    bytes.push_back(bytes_of(parts.units(rank), plan));
  }
  const auto all = std::accumulate(work.begin(), work.end(), std::uint64_t{0});
  const auto all_bytes = std::accumulate(bytes.begin(), bytes.end(), std::uint64_t{0});
  const std::uint64_t most = *std::ranges::max_element(work);
  fmt::print(
      "{{\"ranks\":{},\"bytes\":{},\"most_bytes\":{},\"balance\":{:.4f},\"sent\":{},\"largest\":{},"
      "\"written\":{},"
      "\"join_seconds\":{:.3f},\"peak_bytes\":{}}}\n",
      ranks, all_bytes, *std::ranges::max_element(bytes),
      static_cast<double>(most) * ranks / static_cast<double>(all), joined.sent, joined.largest,
      joined.written, joined.seconds, peak_bytes());
}

[[noreturn]] void make_shares(const Pipe& pipe, unsigned ranks, const PartPlan& parts,
                              CheckpointProfile& profile, const ProfilePlan& plan) {
  bench::ShareMaker maker(profile, plan);
  for (unsigned rank = 0; rank < ranks; ++rank)
    pipe.send(maker.share_of(parts.units(rank)));
  std::_Exit(0);
}

void simulate(const std::string& path, unsigned ranks) {
  const NameFilter filter;
  const NamePatterns names(filter);
  Checkpoint checkpoint = open_input(path, {});
  SourcePool files = open_files(checkpoint, IoMode::automatic);
  CheckpointProfile profile = begin_profile(std::move(checkpoint), path, {}, filter, names);
  ProfilePlan plan = plan_profile(profile);
  const PartPlan parts(plan, ranks);
  const Pipe pipe;
  const pid_t maker = ::fork();
  if (maker == 0) make_shares(pipe, ranks, parts, profile, plan);
  measure_some(parts, profile, plan, files);
  print(ranks, parts, plan, join(pipe, ranks, parts, profile, plan));
  ::waitpid(maker, nullptr, 0);
}

}  // namespace

int main(int argc, char** argv) {
  const auto ranks = argc == 3 ? static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10)) : 0;
  if (ranks == 0) return 2;
  try {
    simulate(argv[1], ranks);
  } catch (const Error& error) {
    fmt::print(stderr, "join_shares: {}\n", error.message());
    return 1;
  }
}
