// Files that stand for others: what `prune` and `pack` write as zst or packed is read through the file that
// it decodes to, so that nobody above needs to know. Pure functions; any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weightsieve/io/source.hpp"

namespace weightsieve::format {

struct DecodedFile {
  std::shared_ptr<const Source> source;  ///< of the content
  std::string content_name;              ///< of the file that it is, without a folder
  std::string encoding = {};             ///< "packed" or "zst"; empty for any other file
};

/// Opens a file, or what it decodes to. Throws what open_source() throws, and Error{malformed} for an encoded
/// file that is damaged.
DecodedFile open_decoded(const std::string& path, IoMode mode);

/// The content of an encoded file; any other file itself.
DecodedFile decoded(std::shared_ptr<const Source> file);

/// The name without the ending of an encoding: "model.safetensors" for "model.safetensors.zst" and for
/// "model.packed.safetensors".
std::string plain_name(std::string_view file_name);

/// The names that `name` may have when it is encoded.
std::vector<std::string> encoded_names(std::string_view name);

}  // namespace weightsieve::format
