#include "weightsieve/base/error.hpp"

#include <fmt/format.h>

#include "weightsieve/base/text.hpp"

namespace weightsieve {
namespace {

std::string describe(const std::string& message, const Place& place) {
  std::string line;
  if (!place.file.empty()) line += escape_control(place.file) + ": ";
  if (place.offset_bytes) line += fmt::format("byte {}: ", *place.offset_bytes);
  if (!place.tensor.empty()) line += fmt::format("tensor \"{}\": ", escape_control(place.tensor));
  line += escape_control(message);
  if (!place.rule.empty()) line += fmt::format(" [{}]", place.rule);
  return line;
}

}  // namespace

Error::Error(ErrorCode code, std::string message, Place place)
    : std::runtime_error(describe(message, place)),
      code_(code),
      message_(std::move(message)),
      place_(std::move(place)) {}

Error about_tensor(const Error& error, const std::string& tensor) {
  Place place = error.place();
  if (place.tensor.empty() && error.code() == ErrorCode::malformed) place.tensor = tensor;
  return {error.code(), error.message(), std::move(place)};
}

}  // namespace weightsieve
