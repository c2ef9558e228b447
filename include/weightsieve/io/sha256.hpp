// SHA-256 (FIPS 180-4), as `sha256sum` prints it. Functions are pure; a Sha256 is for one thread.
#pragma once

#include <memory>
#include <string>

#include "weightsieve/io/source.hpp"

namespace weightsieve {

/// Takes bytes piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void add(Bytes bytes);

  /// 64 lower-case hexadecimal digits. Call once, last.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// 64 lower-case hexadecimal digits.
std::string sha256_of(Bytes bytes);

/// Of everything that a source holds; read once, about 2 GB/s where the CPU has SHA instructions.
std::string sha256_of(const Source& source);

}  // namespace weightsieve
