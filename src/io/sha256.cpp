#include "weightsieve/io/sha256.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>

#include "weightsieve/base/error.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kViewBytes = std::size_t{1} << 20;

struct FreeDigest {
  void operator()(EVP_MD_CTX* digest) const noexcept { EVP_MD_CTX_free(digest); }
};

/// OpenSSL fails only where memory is short or a policy of the machine forbids the algorithm.
void require(bool done, const Source& source) {
  if (!done)
    throw Error(ErrorCode::unreadable, "OpenSSL cannot compute SHA-256 here", {.file = source.path()});
}

std::string hexadecimal(const unsigned char* bytes, std::size_t count) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += digits[bytes[i] >> 4];
    text += digits[bytes[i] & 15];
  }
  return text;
}

}  // namespace

std::string sha256_of(const Source& source) {
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> digest(EVP_MD_CTX_new());
  require(digest && EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) == 1, source);
  const auto cursor = source.cursor();
  for (std::uint64_t at = 0; at < source.size(); at += kViewBytes) {
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(kViewBytes, source.size() - at));
    const Bytes bytes = cursor->view(at, length);
    require(EVP_DigestUpdate(digest.get(), bytes.data(), bytes.size()) == 1, source);
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> result{};
  unsigned length = 0;
  require(EVP_DigestFinal_ex(digest.get(), result.data(), &length) == 1, source);
  return hexadecimal(result.data(), length);
}

}  // namespace weightsieve
