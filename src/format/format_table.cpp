#include <array>

#include "format/format_reader.hpp"

namespace weightsieve::format {

std::span<const FormatReader> format_readers() noexcept {
  static const std::array kReaders{kSafetensorsIndex, kSafetensors};
  return kReaders;
}

}  // namespace weightsieve::format
