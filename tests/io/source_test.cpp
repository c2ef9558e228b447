#include "weightsieve/io/source.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "io/temp_folder.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve {
namespace {

std::string random_bytes(std::size_t count) {
  std::mt19937_64 engine(7);
  std::string bytes(count, '\0');
  for (char& c : bytes)
    c = static_cast<char>(engine());
  return bytes;
}

bool equal(Bytes bytes, std::string_view expected) {
  return std::equal(bytes.begin(), bytes.end(), reinterpret_cast<const std::byte*>(expected.data()),
                    reinterpret_cast<const std::byte*>(expected.data()) + expected.size());
}

TEST_CASE("a source yields the bytes of the file at any offset and length") {
  const TempFolder folder;
  const std::string content = random_bytes((std::size_t{40} << 20) + 123);
  const std::string path = folder.write("a", content);
  const IoMode mode = GENERATE(IoMode::mmap, IoMode::pread, IoMode::automatic);
  const auto source = open_source(path, mode);
  const auto cursor = source->cursor();
  REQUIRE(source->size() == content.size());
  std::mt19937_64 engine(11);
  for (int i = 0; i < 300; ++i) {
    const std::size_t offset = engine() % content.size();
    const std::size_t most = std::min(content.size() - offset, i % 2 ? kMaxWindowBytes : std::size_t{9000});
    const std::size_t length = i % 50 == 0 ? most : engine() % (most + 1);
    REQUIRE(equal(cursor->view(offset, length), std::string_view(content).substr(offset, length)));
  }
  source->check_unchanged();
}

}  // namespace
}  // namespace weightsieve
