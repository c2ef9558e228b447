// The file that holds one part of a profile.
//
//   1. the line "weightsieve.part/1"
//   2. the version of the program (text), the number of parts and which this one is (counts)
//   3. what tells the checkpoint from others (16 bytes), the options (block)
//   4. the inventory (text: a profile document without statistics): of part 0 alone, else empty
//   5. what was measured (block)
//   6. the SHA-256 of all that (32 bytes)
//
// Texts and blocks stand behind their length; numbers as base/wire.hpp has them. Plain values.
#pragma once

#include <string>
#include <vector>

#include "weightsieve/base/rule.hpp"
#include "weightsieve/base/text.hpp"
#include "weightsieve/codec/packed_shard.hpp"
#include "weightsieve/engine/share.hpp"
#include "weightsieve/profile/checkpoint_profile.hpp"

namespace weightsieve {

/// What the file of a part begins with, whatever the version.
inline constexpr std::string_view kPartFamily = "weightsieve.part/";

namespace rules {
inline constexpr Rule kPartFile{"PART-FILE", "A part begins with the line that says it is one."};
inline constexpr Rule kPartVersion{"PART-VERSION",
                                   "A part's schema is weightsieve.part/1; others are not read."};
inline constexpr Rule kPartDigest{"PART-DIGEST", "A part ends with the SHA-256 of what stands before it."};
inline constexpr Rule kPartContent{"PART-CONTENT", "A part holds what its checkpoint and options lead to."};
}  // namespace rules

struct PartFile {
  std::string path;  ///< where it was read; not written
  std::string version;
  ShareOf part;
  Hash128 checkpoint{};
  std::string options;    ///< by options_on_wire()
  std::string inventory;  ///< of part 0
  std::vector<std::byte> measured;
};

std::string options_on_wire(const RecordedOptions& options);
/// Throws Error{malformed}.
RecordedOptions options_from_wire(std::string_view wire);

void write_part_file(const PartFile& part, const TextSink& sink);

/// Throws Error{malformed, rule PART-…} and what reading throws.
PartFile read_part_file(const std::string& path, IoMode io);

/// `error`, which reading what a part holds threw, about that file.
Error about_part(const Error& error, const std::string& path);

}  // namespace weightsieve
