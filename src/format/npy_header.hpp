// The header of a NumPy array:
//
//   \x93NUMPY | u8 major | u8 minor | u16 (version 1) or u32 length | text | elements
//
// where the text is a Python dict of descr, fortran_order and shape. It is parsed by a grammar of its own:
// nothing in it is evaluated. After numpy/lib/format.py; what that accepts of a header written by hand and no
// version of numpy writes (comments, sums, escapes) is refused. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "weightsieve/base/bytes.hpp"
#include "weightsieve/base/rule.hpp"
#include "weightsieve/tensor/dtype.hpp"
#include "weightsieve/tensor/shape.hpp"

namespace weightsieve::format {

inline constexpr std::string_view kNpyMagic = "\x93NUMPY";
inline constexpr std::size_t kMaxNpyHeaderBytes = 12 + 65'536;

struct NpyHeader {
  std::size_t header_bytes = 0;  ///< before the elements
  std::string descr;
  bool fortran_order = false;
  Shape shape;
};

/// What is wrong with a header, and where.
struct NpyFault {
  Rule rule;
  std::size_t at;
  std::string message;
};

/// Reads the header that `first_bytes`, the first of the file (all, or kMaxNpyHeaderBytes at least), begin
/// with. Throws NpyFault.
NpyHeader parse_npy_header(Bytes first_bytes);

struct NpyDtype {
  Dtype dtype;
  unsigned swapped_bytes = 1;  ///< 1: the bytes of a number stand in our order
};

/// Nothing for elements that are no numbers of ours.
std::optional<NpyDtype> npy_dtype(std::string_view descr) noexcept;

}  // namespace weightsieve::format
