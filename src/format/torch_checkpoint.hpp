// From a PyTorch pickle and the places of its storages to the tensors of a checkpoint: what the zip and the
// legacy container have in common. One thread.
#pragma once

#include <cstdint>
#include <functional>

#include "format/content.hpp"
#include "format/format_reader.hpp"
#include "format/pickle.hpp"
#include "format/torch_tensor.hpp"
#include "weightsieve/base/rule.hpp"

namespace weightsieve::format {

struct TorchFile {
  const Pickle* pickle;
  PickleRef root;
  std::uint64_t offset_bytes;  ///< of the pickle in the file
  std::uint64_t pickle_bytes;
  bool big_endian = false;
  /// Where a storage lies; throws when it is not there, or not whole.
  std::function<Stretch(const TorchStorage&)> locate;
};

/// Adds the tensors to `reading`'s checkpoint, with what ties, skips and warnings come with them. Throws by
/// the PT and PICKLE rules.
void read_torch(const TorchFile& file, FileReading& reading);

}  // namespace weightsieve::format
