#include "ops/chunk_traces.hpp"

#include <iterator>

#include "weightsieve/base/error.hpp"
#include "weightsieve/io/sha256.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kDigits = 64;

}  // namespace

void ChunkTraces::add(Bytes bytes, std::uint64_t first, std::uint64_t elements) {
  if (wants_digest_) digests_.push_back(sha256_of(bytes));
  if (zeros_) zeros_->add(bytes, first, elements);
}

void ChunkTraces::merge(ChunkTraces&& next) {
  std::move(next.digests_.begin(), next.digests_.end(), std::back_inserter(digests_));
  if (!next.zeros_) return zeros_.reset();
  if (zeros_) zeros_->merge(*next.zeros_);
}

std::string ChunkTraces::digest() const {
  if (!wants_digest_) return {};
  Sha256 whole;
  for (const std::string& chunk : digests_)
    whole.add(std::as_bytes(std::span(chunk)));
  return whole.finish();
}

void ChunkTraces::write(WireWriter& out) const {
  out.count(digests_.size());
  for (const std::string& digest : digests_)
    out.text(digest);
  out.count(zeros_ ? 1 : 0);
  if (zeros_) zeros_->write(out);
}

void ChunkTraces::read_behind(WireReader& in) {
  for (std::size_t left = in.length(); left > 0; --left) {
    digests_.emplace_back(in.text());
    if (!wants_digest_ || digests_.back().size() != kDigits)
      throw Error(ErrorCode::malformed, "holds a digest that is none, or that nobody asked for");
  }
  if (!in.truth()) return zeros_.reset();
  if (!unseen_) throw Error(ErrorCode::malformed, "says where zeros stand in what has no rows and columns");
  ZeroScan behind = *unseen_;
  behind.read(in);
  if (zeros_) zeros_->merge(behind);
}

}  // namespace weightsieve
