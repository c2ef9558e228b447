// What a manifest must hold to; the id is in the Error that says otherwise.
#pragma once

#include "weightsieve/base/rule.hpp"

namespace weightsieve::rules {

inline constexpr Rule kManifestJson{"MANIFEST-JSON", "A manifest is a JSON object of its schema."};
inline constexpr Rule kManifestVersion{
    "MANIFEST-VERSION", "A manifest's schema is weightsieve.manifest/1; newer ones are not read."};
inline constexpr Rule kManifestName{"MANIFEST-NAME",
                                    "A manifest names plain files in its own folder, each once."};
inline constexpr Rule kManifestFile{"MANIFEST-FILE",
                                    "Every file that a manifest lists is there, of that size and SHA-256."};
inline constexpr Rule kManifestExtra{"MANIFEST-EXTRA",
                                     "Every shard in a manifest's folder is listed there (warning)."};
inline constexpr Rule kManifestRun{"MANIFEST-RUN",
                                   "Every packed shard is of the run that its manifest names."};
inline constexpr Rule kManifestMissing{
    "MANIFEST-MISSING", "Beside a packed shard stands the manifest of the run that wrote it (warning)."};
inline constexpr Rule kWriteUnfinished{
    "WRITE-UNFINISHED", "The run that writes into a checkpoint's folder has ended (a file alone: warning)."};

}  // namespace weightsieve::rules
