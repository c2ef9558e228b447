#include "kernels/float_environment.hpp"
#include "kernels/load.hpp"
#include "kernels/scalar.hpp"

namespace weightsieve::kernel::scalar {

template <typename T>
void widen(const std::byte* data, std::size_t values, double* out) noexcept {
  const FloatEnvironment environment;
  for (std::size_t i = 0; i < values; ++i)
    out[i] = static_cast<double>(load<T>(data, i));
}

template void widen<float>(const std::byte*, std::size_t, double*) noexcept;
template void widen<double>(const std::byte*, std::size_t, double*) noexcept;
template void widen<std::int32_t>(const std::byte*, std::size_t, double*) noexcept;
template void widen<std::uint32_t>(const std::byte*, std::size_t, double*) noexcept;
template void widen<std::int64_t>(const std::byte*, std::size_t, double*) noexcept;
template void widen<std::uint64_t>(const std::byte*, std::size_t, double*) noexcept;

}  // namespace weightsieve::kernel::scalar
