#include "weightsieve/io/sha256.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>

#include "weightsieve/base/error.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kViewBytes = std::size_t{1} << 20;

/// OpenSSL fails only where memory is short or a policy of the machine forbids the algorithm.
void require(bool done) {
  if (!done) throw Error(ErrorCode::unreadable, "OpenSSL cannot compute SHA-256 on this machine");
}

}  // namespace

struct Sha256::State {
  struct Free {
    void operator()(EVP_MD_CTX* old) const noexcept { EVP_MD_CTX_free(old); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  require(state_->context && EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) == 1);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::add(Bytes bytes) {
  require(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> result{};
  unsigned length = 0;
  require(EVP_DigestFinal_ex(state_->context.get(), result.data(), &length) == 1);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < length; ++i) {
    text += digits[result[i] >> 4];
    text += digits[result[i] & 15];
  }
  return text;
}

std::string sha256_of(Bytes bytes) {
  Sha256 digest;
  digest.add(bytes);
  return digest.finish();
}

std::string sha256_of(const Source& source) {
  Sha256 digest;
  const auto cursor = source.cursor();
  for (std::uint64_t at = 0; at < source.size(); at += kViewBytes) {
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(kViewBytes, source.size() - at));
    digest.add(cursor->view(at, length));
  }
  return digest.finish();
}

}  // namespace weightsieve
