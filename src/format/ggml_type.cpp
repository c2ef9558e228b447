#include "format/ggml_type.hpp"

#include <array>

namespace weightsieve::format {
namespace {

constexpr GgmlType plain(std::string_view name, std::uint32_t bytes, Dtype dtype) {
  return {name, 1, bytes, dtype};
}

// By number, after ggml/include/ggml.h and ggml-common.h. Empty: removed.
constexpr std::array kTypes{
    plain("F32", 4, Dtype::F32),
    plain("F16", 2, Dtype::F16),
    GgmlType{"Q4_0", 32, 18},
    GgmlType{"Q4_1", 32, 20},
    GgmlType{},
    GgmlType{},
    GgmlType{"Q5_0", 32, 22},
    GgmlType{"Q5_1", 32, 24},
    GgmlType{"Q8_0", 32, 34},
    GgmlType{"Q8_1", 32, 36},
    GgmlType{"Q2_K", 256, 84},
    GgmlType{"Q3_K", 256, 110},
    GgmlType{"Q4_K", 256, 144},
    GgmlType{"Q5_K", 256, 176},
    GgmlType{"Q6_K", 256, 210},
    GgmlType{"Q8_K", 256, 292},
    GgmlType{"IQ2_XXS", 256, 66},
    GgmlType{"IQ2_XS", 256, 74},
    GgmlType{"IQ3_XXS", 256, 98},
    GgmlType{"IQ1_S", 256, 50},
    GgmlType{"IQ4_NL", 32, 18},
    GgmlType{"IQ3_S", 256, 110},
    GgmlType{"IQ2_S", 256, 82},
    GgmlType{"IQ4_XS", 256, 136},
    plain("I8", 1, Dtype::I8),
    plain("I16", 2, Dtype::I16),
    plain("I32", 4, Dtype::I32),
    plain("I64", 8, Dtype::I64),
    plain("F64", 8, Dtype::F64),
    GgmlType{"IQ1_M", 256, 56},
    plain("BF16", 2, Dtype::BF16),
    GgmlType{},
    GgmlType{},
    GgmlType{},
    GgmlType{"TQ1_0", 256, 54},
    GgmlType{"TQ2_0", 256, 66},
    GgmlType{},
    GgmlType{},
    GgmlType{},
    GgmlType{"MXFP4", 32, 17},
    GgmlType{"NVFP4", 64, 36},
    GgmlType{"Q1_0", 128, 18},
    GgmlType{"Q2_0", 64, 18},
};

}  // namespace

const GgmlType* ggml_type(std::uint32_t number) noexcept {
  const bool is_known = number < kTypes.size() && kTypes[number].bytes > 0;
  return is_known ? &kTypes[number] : nullptr;
}

}  // namespace weightsieve::format
