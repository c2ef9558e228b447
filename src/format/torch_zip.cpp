// PyTorch's checkpoints since 1.6: a ZIP archive (torch_archive.hpp). Members are stored, and read where they
// lie; archives that somebody compressed again are inflated.
#include "format/shard_files.hpp"
#include "format/torch_archive.hpp"
#include "format/torch_checkpoint.hpp"
#include "format/torch_names.hpp"
#include "format/zip_kind.hpp"

namespace weightsieve::format {
namespace {

Match recognise(Bytes first_bytes, const Source& source) {
  return zip_kind(first_bytes, source) == ZipKind::torch ? Match::yes : Match::no;
}

void read(FileReading& reading) {
  const TorchArchive archive(reading.source, reading.problems);
  reading.checkpoint.header_bytes += archive.header_bytes();
  const auto locate = [&](const TorchStorage& storage) { return archive.stretch_of(storage); };
  read_torch({&archive.pickle(), archive.root(), archive.pickle_at(), archive.pickle_bytes(),
              archive.big_endian(), locate},
             reading);
}

}  // namespace

const FormatReader kTorch{"pytorch",  "a PyTorch checkpoint (a ZIP archive with data.pkl)",
                          recognise,  find_torch_files,
                          torch_stem, open_files_of,
                          read};

}  // namespace weightsieve::format
