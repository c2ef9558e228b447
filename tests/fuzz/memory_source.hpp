// Bytes in memory as a Source. Each view is a copy of exactly what was asked for, freed by the next one: a
// sanitizer sees whoever reads past a view, or keeps one too long.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "weightsieve/io/source.hpp"

namespace weightsieve::test {

class MemorySource : public Source {
 public:
  explicit MemorySource(std::vector<std::byte> bytes, std::string path = "fuzzed")
      : Source(std::move(path), FileIdentity{.size_bytes = bytes.size()}), bytes_(std::move(bytes)) {}

  std::unique_ptr<Cursor> cursor() const override { return std::make_unique<View>(bytes_); }
  void check_unchanged() const override {}

 private:
  class View : public Cursor {
   public:
    explicit View(const std::vector<std::byte>& bytes) : bytes_(bytes) {}
    Bytes view(std::uint64_t offset_bytes, std::size_t length) override;

   private:
    const std::vector<std::byte>& bytes_;
    std::unique_ptr<std::byte[]> copy_;
  };

  std::vector<std::byte> bytes_;
};

}  // namespace weightsieve::test
