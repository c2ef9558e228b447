#include "weightsieve/base/wire_error.hpp"

namespace weightsieve {

void write_error(WireWriter& out, const Error& error) {
  out.count(static_cast<std::uint64_t>(error.code()));
  out.text(error.message());
  const Place& place = error.place();
  out.text(place.file);
  out.count(place.offset_bytes ? 1 : 0);
  out.count(place.offset_bytes.value_or(0));
  out.text(place.tensor);
  out.text(place.rule);
}

Error read_error(WireReader& in) {
  const auto code = static_cast<ErrorCode>(in.count());
  std::string message(in.text());
  Place place;
  place.file = in.text();
  const bool has_offset = in.truth();
  const std::uint64_t offset = in.count();
  if (has_offset) place.offset_bytes = offset;
  place.tensor = in.text();
  place.rule = in.text();
  return {code, std::move(message), std::move(place)};
}

}  // namespace weightsieve
