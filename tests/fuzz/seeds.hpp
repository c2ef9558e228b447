// Good inputs for the fuzzers, made anew each time: small, and between them of every kind that a parser
// knows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weightsieve::test {

using Seeds = std::vector<std::string>;

Seeds file_seeds();
Seeds safetensors_seeds();
Seeds shard_index_seeds();
Seeds pickle_seeds();
Seeds torch_legacy_seeds();
Seeds dcp_metadata_seeds();
Seeds zip_seeds();
Seeds gguf_seeds();
Seeds npy_seeds();
Seeds npz_seeds();  ///< a byte that says whether it is deflated, and the array
Seeds onnx_seeds();
Seeds deflate_seeds();  ///< two bytes of size, four of checksum, and the stream
Seeds packed_shard_seeds();
Seeds chunk_seeds();  ///< a byte for the width, two for the units, and the frame
Seeds seekable_zstd_seeds();

/// A NumPy archive of one member of at most 65,535 bytes, deflated (in a stored block) or not.
std::string npz_around(std::string_view array, bool deflated);
/// `content` as a raw deflate stream.
std::string deflated(std::string_view content);

}  // namespace weightsieve::test
