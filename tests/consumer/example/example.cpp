#include <iostream>
#include <weightsieve/weightsieve.hpp>

int main(int, char** arguments) try {
  const auto profile = weightsieve::profile_checkpoint(arguments[1]);
  for (const auto& tensor : profile.tensors)
    std::cout << tensor.info.name << ": mean " << tensor.statistics->mean.value_or(0) << '\n';
} catch (const weightsieve::Error& error) {
  std::cerr << error.what() << '\n';
  return static_cast<int>(error.code());
}
