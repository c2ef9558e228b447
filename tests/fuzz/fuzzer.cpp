// A fuzzer of one target, WEIGHTSIEVE_FUZZ_TARGET, for libFuzzer.
#include <exception>

#include "fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  weightsieve::test::run_target(weightsieve::test::WEIGHTSIEVE_FUZZ_TARGET,
                                std::as_bytes(std::span(data, size)));
  return 0;
}
