#include <catch2/catch.hpp>

#include <cstdlib>
#include <set>

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

TEST_CASE("each instruction set brings loops of its own") {
  std::set<const void*> loops;
  for (const KernelTable* table : samples::tables()) {
    for (const std::size_t type : {samples::wide_index<float>(), samples::wide_index<double>()}) {
      CHECK(loops.insert(reinterpret_cast<const void*>(table->summarize[type])).second);
    }
  }
}

// Run apart, with the variable set: it is read once in a process.
TEST_CASE("WEIGHTSIEVE_ISA decides what is in force, or is told to be unusable", "[.environment]") {
  const char* requested = std::getenv("WEIGHTSIEVE_ISA");
  REQUIRE(requested);
  const auto isa = isa_from_name(requested);
  if (isa && kernel_table(*isa)) {
    CHECK(kernels().isa == *isa);
    CHECK(unusable_isa_request().empty());
  } else if (std::string_view(requested) == "auto" || std::string_view(requested).empty()) {
    CHECK(kernels().isa == samples::tables().back()->isa);
    CHECK(unusable_isa_request().empty());
  } else {
    CHECK(kernels().isa == samples::tables().back()->isa);
    CHECK(unusable_isa_request() == requested);
  }
}
