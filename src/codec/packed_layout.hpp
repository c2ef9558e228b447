// The fixed parts of a packed shard, for those who write and who read it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace weightsieve::codec {

inline constexpr std::size_t kEntryBytes = 24;
inline constexpr std::size_t kTrailerBytes = 80;
inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::uint32_t kFeatures = 0;
inline constexpr std::uint32_t kByteOrderMark = 0x01020304;
inline constexpr std::string_view kMagic = "WSPACKED";
inline constexpr std::size_t kMaxNameBytes = 4096;
inline constexpr std::string_view kHeaderStart = R"({"__metadata__":{"weightsieve.packed":)";

/// The safetensors header of a packed shard with so many bytes in each of its two tensors.
std::vector<std::byte> packed_header(std::uint64_t frames_bytes, std::uint64_t index_bytes);

}  // namespace weightsieve::codec
