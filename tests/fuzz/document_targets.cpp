// The JSON documents that weightsieve reads again: profiles and manifests.
#include "fuzz/seeds.hpp"
#include "fuzz/target.hpp"
#include "profile/sample_profile.hpp"
#include "weightsieve/encode/manifest.hpp"
#include "weightsieve/profile/profile_json.hpp"

namespace weightsieve::test {
namespace {

template <class Write>
std::string text_of(const Write& write) {
  std::string text;
  write([&text](std::string_view part) { text += part; });
  return text;
}

std::string written(const CheckpointProfile& profile) {
  return text_of([&](const TextSink& sink) { write_profile_json(profile, sink); });
}

std::string written(const Manifest& manifest) {
  return text_of([&](const TextSink& sink) { write_manifest(manifest, sink); });
}

/// What is read is written as a text that reads the same.
void read_profile(Bytes input) {
  const std::string_view text(reinterpret_cast<const char*>(input.data()), input.size());
  const std::string again = written(read_profile_json(text, "fuzzed"));
  require(written(read_profile_json(again, "fuzzed")) == again,
          "a profile changes when it is written and read");
}

void read_manifest_file(Bytes input) {
  const std::string again = written(read_manifest(*source_of(input)));
  const Manifest same = read_manifest(*source_of(std::as_bytes(std::span(again))));
  require(written(same) == again, "a manifest changes when it is written and read");
}

Seeds profile_seeds() {
  return {written(sample_profile()), written(sample_inventory()), written(sample_of_blocks())};
}

Seeds manifest_seeds() {
  const std::string digest(64, 'a');
  return {written({"m", Encoding::packed, {1, 2}, {{"m.packed.safetensors", 7, digest, "m.safetensors", 9}}}),
          written({"m", Encoding::dense, {0, 0}, {}})};
}

}  // namespace

const FuzzTarget kManifestTarget{"manifest", read_manifest_file, manifest_seeds};
const FuzzTarget kProfileTarget{"profile", read_profile, profile_seeds};

}  // namespace weightsieve::test
