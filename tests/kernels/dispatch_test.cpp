#include <catch2/catch.hpp>

#include "kernels/samples.hpp"

using namespace weightsieve;

TEST_CASE("every instruction set has a name that reads back") {
  for (const Isa isa : {Isa::scalar, Isa::sse2, Isa::avx2, Isa::avx512bw, Isa::neon}) {
    CHECK(isa_from_name(to_string(isa)) == isa);
  }
  CHECK_FALSE(isa_from_name("auto"));
  CHECK_FALSE(isa_from_name("AVX2"));
  CHECK_FALSE(isa_from_name(""));
}

TEST_CASE("a forced instruction set is the one in force, one that is not there changes nothing") {
  const Isa before = kernels().isa;
  for (const Isa isa : {Isa::scalar, Isa::sse2, Isa::avx2, Isa::avx512bw, Isa::neon}) {
    const Isa in_force = kernels().isa;
    const KernelTable* table = kernel_table(isa);
    CHECK(force_isa(isa) == (table != nullptr));
    CHECK(kernels().isa == (table ? isa : in_force));
    if (table) CHECK(table->isa == isa);
  }
  REQUIRE(force_isa(before));
}

TEST_CASE("the scalar table is always there") { CHECK(kernel_table(Isa::scalar) != nullptr); }
