#include "weightsieve/io/partial_file.hpp"

#include <cassert>
#include <filesystem>
#include <utility>

#include "io/temporary_file.hpp"
#include "weightsieve/base/as_text.hpp"

namespace weightsieve {
struct PartialFile::State {
  io::TemporaryFile file;
  std::uint64_t size;
  bool has_grown = false;  ///< by what was written ahead, since the last append()
};

PartialFile::PartialFile(std::string target, Overwrite overwrite, std::uint64_t keep_bytes)
    : state_(new State{{std::move(target), overwrite, keep_bytes}, keep_bytes}) {}
PartialFile::~PartialFile() = default;
PartialFile::PartialFile(PartialFile&&) noexcept = default;
PartialFile& PartialFile::operator=(PartialFile&&) noexcept = default;

void PartialFile::append(Bytes bytes) {
  if (std::exchange(state_->has_grown, false)) state_->file.seek(state_->size);
  state_->file.write(as_text(bytes));
  state_->size += bytes.size();
}

void PartialFile::write_at(std::uint64_t offset_bytes, Bytes bytes) {
  assert(offset_bytes + bytes.size() <= state_->size);
  state_->file.write_at(offset_bytes, as_text(bytes));
}

void PartialFile::write_ahead(std::uint64_t offset_bytes, Bytes bytes) const {
  state_->file.write_at(offset_bytes, as_text(bytes));
}

void PartialFile::grow(std::uint64_t bytes) noexcept {
  state_->size += bytes;
  state_->has_grown = true;
}
void PartialFile::sync() { state_->file.sync(); }
std::uint64_t PartialFile::size() const noexcept { return state_->size; }
const std::string& PartialFile::target() const noexcept { return state_->file.target(); }
std::string PartialFile::path() const { return state_->file.path(); }
void PartialFile::publish() { state_->file.publish(); }
void PartialFile::remove() noexcept { state_->file.remove(); }

struct PartialFileWriter::State {
  io::TemporaryFile file;
};

PartialFileWriter::PartialFileWriter(const std::string& target)
    : state_(new State{io::TemporaryFile::begun_elsewhere(target)}) {}
PartialFileWriter::~PartialFileWriter() = default;
PartialFileWriter::PartialFileWriter(PartialFileWriter&&) noexcept = default;
PartialFileWriter& PartialFileWriter::operator=(PartialFileWriter&&) noexcept = default;

void PartialFileWriter::write_at(std::uint64_t offset_bytes, Bytes bytes) const {
  state_->file.write_at(offset_bytes, as_text(bytes));
}
void PartialFileWriter::sync() const { state_->file.sync(); }

}  // namespace weightsieve
