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

class Digest {
 public:
  Digest() : context_(EVP_MD_CTX_new()) {
    require(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }

  void add(Bytes bytes) { require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1); }

  std::string finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> result{};
    unsigned length = 0;
    require(EVP_DigestFinal_ex(context_.get(), result.data(), &length) == 1);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (unsigned i = 0; i < length; ++i) {
      text += digits[result[i] >> 4];
      text += digits[result[i] & 15];
    }
    return text;
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace

std::string sha256_of(Bytes bytes) {
  Digest digest;
  digest.add(bytes);
  return digest.finish();
}

std::string sha256_of(const Source& source) {
  Digest digest;
  const auto cursor = source.cursor();
  for (std::uint64_t at = 0; at < source.size(); at += kViewBytes) {
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(kViewBytes, source.size() - at));
    digest.add(cursor->view(at, length));
  }
  return digest.finish();
}

}  // namespace weightsieve
