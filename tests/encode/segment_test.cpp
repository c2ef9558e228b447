#include "weightsieve/encode/segment.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <iterator>
#include <random>

namespace weightsieve {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

/// A file of tensors, one behind the other, or with bytes of nobody's between them.
class File {
 public:
  explicit File(std::uint64_t header_bytes) : bytes_(header_bytes) {}

  File& add(Dtype dtype, Shape shape) {
    TensorInfo tensor;
    tensor.dtype = dtype;
    tensor.elements = 1;
    for (const std::uint64_t extent : shape)
      tensor.elements *= extent;
    tensor.shape = std::move(shape);
    tensor.offset_bytes = bytes_;
    tensor.bytes = tensor.elements * dtype_info(dtype).bits / 8;
    bytes_ += tensor.bytes;
    tensors_.push_back(std::move(tensor));
    return *this;
  }

  File& gap(std::uint64_t bytes) {
    bytes_ += bytes;
    return *this;
  }

  const std::vector<TensorInfo>& tensors() const { return tensors_; }
  std::uint64_t bytes() const { return bytes_; }
  std::vector<Segment> plan(std::uint64_t max_bytes = kMaxSegmentBytes) const {
    return plan_segments(tensors_, bytes_, max_bytes);
  }

 private:
  std::uint64_t bytes_;
  std::vector<TensorInfo> tensors_;
};

std::vector<std::uint64_t> sizes_of(const std::vector<Segment>& segments) {
  std::vector<std::uint64_t> sizes;
  for (const Segment& segment : segments)
    sizes.push_back(segment.bytes);
  return sizes;
}

using Sizes = std::vector<std::uint64_t>;

TEST_CASE("a file without tensors is cut into pieces of at most 1 MiB") {
  CHECK(File(0).plan().empty());
  CHECK(sizes_of(File(8).plan()) == Sizes{8});
  CHECK(sizes_of(File(kMiB).plan()) == Sizes{kMiB});
  CHECK(sizes_of(File(2 * kMiB + 1).plan()) == Sizes{kMiB, kMiB, 1});
}

TEST_CASE("a tensor is cut into pieces of 2^20 elements, or of as many as the bytes allow") {
  const auto f32 = File(100).add(Dtype::F32, {3, kMiB}).plan();
  CHECK(sizes_of(f32) == Sizes{100, 4 * kMiB, 4 * kMiB, 4 * kMiB});
  CHECK(f32[3].first_element == 2 * kMiB);
  CHECK(f32[3].layout.row_units == kMiB);
  CHECK(sizes_of(File(0).add(Dtype::F64, {kMiB + 1}).plan(8 * kMiB)) == Sizes{8 * kMiB, 8});
  CHECK(sizes_of(File(0).add(Dtype::F64, {kMiB + 1}).plan()) == Sizes{4 * kMiB, 4 * kMiB, 8});
  CHECK(sizes_of(File(0).add(Dtype::C64, {kMiB}).plan(4 * kMiB)) == Sizes{4 * kMiB, 4 * kMiB});
  CHECK(sizes_of(File(0).add(Dtype::F4, {kMiB + 2}).plan()) == Sizes{kMiB / 2, 1});
}

TEST_CASE("small tensors of one dtype share a segment, up to 1 MiB") {
  const File file =
      File(64).add(Dtype::F32, {8, 8}).add(Dtype::F32, {100}).add(Dtype::F16, {100}).add(Dtype::F16, {1});
  const auto segments = file.plan();
  CHECK(sizes_of(segments) == Sizes{64, 656, 202});
  CHECK(segments[1].tensors == 2);
  CHECK(segments[1].layout.row_units == 0);  // their rows are not of one length
  CHECK(segments[2].first_tensor == 2);
  CHECK(sizes_of(File(0).add(Dtype::U8, {kMiB - 1}).add(Dtype::U8, {1}).add(Dtype::U8, {1}).plan()) ==
        Sizes{kMiB, 1});
  SECTION("but not across bytes of nobody's") {
    CHECK(sizes_of(File(0).add(Dtype::U8, {5}).gap(3).add(Dtype::U8, {5}).plan()) == Sizes{5, 3, 5});
  }
  SECTION("a tensor without elements is nowhere") {
    CHECK(sizes_of(File(8).add(Dtype::F32, {0, 4}).add(Dtype::F32, {2}).plan()) == Sizes{8, 8});
  }
}

void require_whole(const File& file, const std::vector<Segment>& segments, std::uint64_t max_bytes) {
  std::uint64_t end = 0;
  std::vector<std::uint64_t> elements(file.tensors().size());
  for (const Segment& segment : segments) {
    REQUIRE(segment.offset_bytes == end);
    REQUIRE((segment.bytes > 0 && segment.bytes <= std::max(max_bytes, kMiB)));
    end += segment.bytes;
    for (std::size_t i = segment.first_tensor; i < segment.first_tensor + segment.tensors; ++i) {
      const TensorInfo& tensor = file.tensors()[i];
      if (tensor.bytes == 0) continue;
      const auto bits = dtype_info(tensor.dtype).bits;
      REQUIRE(segment.layout.width == chunk_layout(tensor.dtype, 0).width);
      if (segment.tensors > 1) {
        REQUIRE((tensor.offset_bytes >= segment.offset_bytes && tensor.offset_bytes + tensor.bytes <= end));
        elements[i] += tensor.elements;
      } else {
        REQUIRE(segment.first_element == elements[i]);
        REQUIRE(segment.offset_bytes == tensor.offset_bytes + segment.first_element * bits / 8);
        elements[i] += segment.bytes * 8 / bits;
      }
    }
  }
  REQUIRE(end == file.bytes());
  for (std::size_t i = 0; i < elements.size(); ++i)
    REQUIRE(elements[i] == file.tensors()[i].elements);
}

TEST_CASE("whatever the tensors, segments fill the file in order and hold each element once") {
  constexpr Dtype kDtypes[] = {Dtype::F64, Dtype::F32, Dtype::BF16, Dtype::U8,
                               Dtype::F4,  Dtype::C64, Dtype::I16};
  std::mt19937_64 random(3);
  for (int trial = 0; trial < 300; ++trial) {
    File file(random() % 3000);
    for (std::uint64_t left = random() % 20; left > 0; --left) {
      const std::uint64_t most = std::uint64_t{2} << (random() % 23);
      file.add(kDtypes[random() % std::size(kDtypes)], {2 * (random() % most)});
      if (random() % 4 == 0) file.gap(random() % 100);
    }
    for (const std::uint64_t max_bytes : {kMiB / 16, kMiB, kMaxSegmentBytes, 2 * kMaxSegmentBytes})
      require_whole(file, file.plan(max_bytes), max_bytes);
  }
}

}  // namespace
}  // namespace weightsieve
