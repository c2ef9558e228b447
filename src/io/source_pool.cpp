#include "weightsieve/io/source_pool.hpp"

#include <algorithm>
#include <iterator>

#include "io/identity.hpp"
#include "io/input_file.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve {

SourcePool::SourcePool(std::vector<PooledFile> files, IoMode mode, std::size_t max_open)
    : files_(std::move(files)), mode_(mode), max_open_(max_open) {}

std::shared_ptr<const Source> SourcePool::open(std::size_t index) {
  const std::lock_guard lock(mutex_);
  const auto known =
      std::find_if(open_.begin(), open_.end(), [&](const Open& o) { return o.index == index; });
  if (known != open_.end()) {
    open_.splice(open_.begin(), open_, known);
    return known->source;
  }
  close_idle(max_open_);
  open_.push_front({index, open_same(files_.at(index))});
  return open_.front().source;
}

std::shared_ptr<const Source> SourcePool::open_same(const PooledFile& file) const {
  auto source = open_source(file.path, mode_);
  if (!io::same_content(file.identity, source->identity())) {
    throw Error(ErrorCode::changed, "is not the file any more that it was when reading began",
                {.file = file.path});
  }
  return source;
}

void SourcePool::close_idle(std::size_t keep) {
  std::size_t idle = 0;
  for (auto it = open_.begin(); it != open_.end();) {
    const bool is_idle = it->source.use_count() == 1;
    if (!is_idle || ++idle < keep) {
      ++it;
      continue;
    }
    // What a source knows about vanished pages goes with it.
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
