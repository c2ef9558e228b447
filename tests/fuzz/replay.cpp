// Runs targets on given inputs, with any compiler: on their seeds and on mutations of them, the same every
// time; or on files that a fuzzer found.
//
// Usage: fuzz_replay TARGET MUTATIONS | fuzz_replay TARGET FILE... | fuzz_replay --seeds FOLDER (writes
// FOLDER/TARGET/N)
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "fuzz/target.hpp"

namespace weightsieve::test {
namespace {

namespace fs = std::filesystem;

/// Steele et al., "Fast splittable pseudorandom number generators": small, and the same everywhere.
class SplitMix {
 public:
  explicit SplitMix(std::uint64_t seed) noexcept : state_(seed) {}
  std::uint64_t below(std::uint64_t end) noexcept {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (z ^ (z >> 31)) % end;
  }

 private:
  std::uint64_t state_;
};

/// Changes one thing: a bit, a byte or a number to an extreme, bytes doubled or lost, the end cut off.
void mutate(std::string& input, SplitMix& random) {
  if (input.empty()) return;
  const std::size_t at = random.below(input.size());
  const std::size_t length = std::min<std::size_t>(1 + random.below(8), input.size() - at);
  constexpr std::string_view extremes("\0\1\x7f\x80\xfe\xff", 6);
  switch (random.below(6)) {
    case 0:
      input[at] = static_cast<char>(input[at] ^ (1 << random.below(8)));
      break;
    case 1:
      input[at] = extremes[random.below(extremes.size())];
      break;
    case 2:
      input.replace(at, length, length, extremes[random.below(extremes.size())]);
      break;
    case 3:
      input.insert(at, input.substr(at, length));
      break;
    case 4:
      input.erase(at, length);
      break;
    default:
      input.resize(at);
  }
}

void run(const FuzzTarget& target, const std::string& input) {
  run_target(target, std::as_bytes(std::span(input)));
}

void replay_mutations(const FuzzTarget& target, std::uint64_t mutations) {
  SplitMix random(mutations);
  const auto seeds = target.seeds();
  for (const std::string& seed : seeds)
    target.read(std::as_bytes(std::span(seed)));
  for (std::uint64_t i = 0; i < mutations; ++i) {
    std::string input = seeds[i % seeds.size()];
    for (std::uint64_t changes = 1 + random.below(4); changes > 0; --changes)
      mutate(input, random);
    try {
      run(target, input);
    } catch (const std::exception& error) {
      std::ofstream("fuzz-finding", std::ios::binary) << input;
      std::fprintf(stderr, "mutation %llu, kept in fuzz-finding: %s\n", static_cast<unsigned long long>(i),
                   error.what());
      throw;
    }
  }
}

void replay_file(const FuzzTarget& target, const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(std::string("cannot be read: ") + path);
  run(target, {std::istreambuf_iterator<char>(file), {}});
}

void write_seeds(const fs::path& folder) {
  for (const FuzzTarget* target : fuzz_targets()) {
    const fs::path place = folder / target->name;
    fs::create_directories(place);
    std::size_t number = 0;
    for (const std::string& seed : target->seeds())
      std::ofstream(place / std::to_string(number++), std::ios::binary) << seed;
  }
}

const FuzzTarget& target_called(std::string_view name) {
  const auto at = std::ranges::find(fuzz_targets(), name, &FuzzTarget::name);
  if (at == fuzz_targets().end()) throw std::runtime_error("no target is called " + std::string(name));
  return **at;
}

void replay(std::string_view name, std::span<char* const> inputs) {
  const FuzzTarget& target = target_called(name);
  const std::string_view first = inputs.front();
  std::uint64_t mutations = 0;
  const auto number = std::from_chars(first.data(), first.data() + first.size(), mutations);
  if (number.ec == std::errc() && number.ptr == first.data() + first.size())
    return replay_mutations(target, mutations);
  for (const char* path : inputs)
    replay_file(target, path);
}

int main_of(std::span<char* const> arguments) {
  if (arguments.size() < 3) {
    std::fputs("usage: fuzz_replay TARGET MUTATIONS | TARGET FILE... | --seeds FOLDER\n", stderr);
    return 2;
  }
  try {
    if (std::string_view(arguments[1]) == "--seeds")
      write_seeds(arguments[2]);
    else
      replay(arguments[1], arguments.subspan(2));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fuzz_replay: %s\n", error.what());
    return 1;
  }
}

}  // namespace
}  // namespace weightsieve::test

int main(int count, char** arguments) {
  return weightsieve::test::main_of({arguments, static_cast<std::size_t>(count)});
}
