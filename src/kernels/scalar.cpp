#include "kernels/scalar.hpp"

#include "kernels/integers.hpp"

namespace weightsieve::kernel {
namespace {

void sum_doubles(const std::byte* data, std::size_t sections, LaneSums* lanes) noexcept {
  const auto* values = reinterpret_cast<const double*>(data);
  *lanes = {};
  for (std::size_t i = 0; i < sections; ++i) {
    add_section(*lanes, values + i * kSectionValues, kSectionGroups);
  }
}

template <typename T>
void summarize(const std::byte* data, std::size_t values, const IntervalBounds& bounds, std::uint64_t* below,
               std::uint64_t* above, std::uint32_t*, WideSummary* summary) noexcept {
  summarize_integers<T>(sum_doubles, data, values, bounds, below, above, summary);
}

}  // namespace

const KernelTable kScalarTable{
    .isa = Isa::scalar,
    .count8 = scalar::count8,
    .count16 = scalar::count16,
    .count_top16 = {scalar::count_top16<float>, scalar::count_top16<double>},
    .find8 = scalar::find8,
    .find16 = scalar::find16,
    .summarize = {scalar::summarize_floats<float>, scalar::summarize_floats<double>, summarize<std::int32_t>,
                  summarize<std::uint32_t>, summarize<std::int64_t>, summarize<std::uint64_t>},
    .pick = {scalar::pick<float>, scalar::pick<double>},
    .widen = {scalar::widen<float>, scalar::widen<double>, scalar::widen<std::int32_t>,
              scalar::widen<std::uint32_t>, scalar::widen<std::int64_t>, scalar::widen<std::uint64_t>},
    .widen_f16 = scalar::widen_f16,
    .compare = {scalar::compare<float>, scalar::compare<double>}};

}  // namespace weightsieve::kernel
