#include "weightsieve/io/source_pool.hpp"

#include <algorithm>

#include "io/identity.hpp"
#include "io/input_file.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve {

SourcePool::SourcePool(std::vector<PooledFile> files, IoMode mode, std::size_t max_open, SourceDecoder decode)
    : files_(std::move(files)), mode_(mode), max_open_(max_open), decode_(std::move(decode)) {}

std::shared_ptr<const Source> SourcePool::open(std::size_t index) {
  const std::lock_guard lock(mutex_);
  const auto known =
      std::find_if(open_.begin(), open_.end(), [&](const Open& o) { return o.index == index; });
  if (known != open_.end()) {
    open_.splice(open_.begin(), open_, known);
    return known->source;
  }
  auto source = open_for_sure(index);
  open_.push_front({index, source});
  close_idle(max_open_);
  return source;
}

// Descriptors may be short although the pool is within its limit: then the idle ones make room.
std::shared_ptr<const Source> SourcePool::open_for_sure(std::size_t index) {
  try {
    return open_same(index);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::unreadable || open_.empty()) throw;
  }
  close_idle(0);
  return open_same(index);
}

std::shared_ptr<const Source> SourcePool::open_same(std::size_t index) const {
  const PooledFile& file = files_.at(index);
  auto source = open_source(file.path, mode_);
  io::require_same(file.path, file.identity, source->identity());
  return decode_ ? decode_(index, std::move(source)) : source;
}

// In the order of the list, so that those used longest ago go first.
void SourcePool::close_idle(std::size_t keep) {
  std::size_t idle = 0;
  for (auto it = open_.begin(); it != open_.end();) {
    const bool is_idle = it->source.use_count() == 1;
    if (!is_idle || ++idle <= keep) {
      ++it;
      continue;
    }
    // What the source knows about pages that could not be read would be lost with it.
    it->source->check_unchanged();
    it = open_.erase(it);
  }
}

void SourcePool::check_unchanged() {
  const std::lock_guard lock(mutex_);
  std::vector<bool> checked(files_.size());
  for (const Open& open : open_) {
    open.source->check_unchanged();
    checked[open.index] = true;
  }
  for (std::size_t i = 0; i < files_.size(); ++i) {
    if (!checked[i]) io::check_unchanged(files_[i].path, files_[i].identity);
  }
}

}  // namespace weightsieve
