#include "kernels/scalar.hpp"

namespace weightsieve::kernel {

const KernelTable kScalarTable{
    .isa = Isa::scalar,
    .count8 = scalar::count8,
    .count16 = scalar::count16,
    .find8 = scalar::find8,
    .find16 = scalar::find16,
    .summarize = {scalar::summarize_floats<float>, scalar::summarize_floats<double>,
                  scalar::summarize_integers<std::int32_t>, scalar::summarize_integers<std::uint32_t>,
                  scalar::summarize_integers<std::int64_t>, scalar::summarize_integers<std::uint64_t>},
    .widen = {scalar::widen<float>, scalar::widen<double>, scalar::widen<std::int32_t>,
              scalar::widen<std::uint32_t>, scalar::widen<std::int64_t>, scalar::widen<std::uint64_t>}};

}  // namespace weightsieve::kernel
