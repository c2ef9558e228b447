// manifest.json, schema weightsieve.manifest/1: which files a run wrote, with their sizes and SHA-256. It is
// written last: where it stands, everything it lists is whole. Plain values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "weightsieve/base/json_writer.hpp"
#include "weightsieve/base/text.hpp"
#include "weightsieve/encode/encoding.hpp"
#include "weightsieve/io/source.hpp"

namespace weightsieve {

inline constexpr std::string_view kManifestName = "manifest.json";
inline constexpr std::string_view kManifestSchema = "weightsieve.manifest/1";

struct ManifestFile {
  std::string name;  ///< in the manifest's folder
  std::uint64_t bytes = 0;
  std::string sha256;             ///< 64 hexadecimal digits; empty where nobody asked for it
  std::string content_name = {};  ///< of the dense file that it stands for; empty for a copied sidecar
  std::uint64_t content_bytes = 0;
};

struct Manifest {
  std::string checkpoint;
  Encoding encoding = Encoding::dense;
  Hash128 run{};
  std::vector<ManifestFile> files;  ///< by name
};

void write_manifest(const Manifest& manifest, const TextSink& sink);
/// Its members alone, into the object that is open.
void write_manifest_members(const Manifest& manifest, JsonWriter& json);

/// Reads and checks a manifest: names are plain and none comes twice, sizes are integers. Throws
/// Error{malformed} by a MANIFEST rule. Memory: a few times the file, which has at most 100 MB.
Manifest read_manifest(const Source& file);

/// The run as it is written: 32 hexadecimal digits.
std::string to_hex(const Hash128& hash);

}  // namespace weightsieve
