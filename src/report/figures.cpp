#include "report/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <tuple>

#include "weightsieve/base/text.hpp"
#include "weightsieve/tensor/index_text.hpp"

namespace weightsieve {

std::string significant(double value, int digits) {
  constexpr double whole_limit = 1e7;
  if (std::fabs(value) < whole_limit && value == std::trunc(value)) return fixed(value, 0);
  std::array<char, 64> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::general, digits);
  return {buffer.data(), end.ptr};
}

std::string significant(const Number& value) { return significant(value.as_double()); }

std::string number_text(const std::optional<double>& value, int digits) {
  return value ? significant(*value, digits) : "-";
}

std::string exact_text(const std::optional<double>& value) { return value ? shortest(*value) : ""; }

std::string percent(std::optional<double> value) { return value ? fixed(*value, 2) : "-"; }

std::string honest_percent(std::optional<double> value) {
  if (value && *value > 0 && *value < 0.01) return "<0.01";
  if (value && *value < 100 && *value > 99.99) return ">99.99";
  return percent(value);
}

std::optional<double> percentage(std::uint64_t part, std::uint64_t whole) noexcept {
  if (whole == 0) return std::nullopt;
  return 100 * static_cast<double>(part) / static_cast<double>(whole);
}

std::string interval_text(double low, double high) {
  return fmt::format("[{}, {}]", shortest(low), shortest(high));
}

std::string beyond_text(double low, double high) {
  if (low == -high) return "|w|>" + shortest(high);
  return "outside " + interval_text(low, high);
}

std::string outside_text(double low, double high) {
  if (low == -high) return "> " + shortest(high);
  return "outside " + interval_text(low, high);
}

bool is_placed(const Quantile& quantile) { return quantile.low != quantile.high; }

std::string marked(bool is_placed, const std::string& text) { return is_placed ? "≈" + text : text; }

std::string quantile_text(const Quantile& quantile) {
  return marked(is_placed(quantile), significant(quantile.value));
}

std::string approximation_note(const Statistics& statistics) {
  const QuantileMethod method = statistics.quantiles.method;
  if (method == QuantileMethod::exact) return "";
  return fmt::format("≈ placed by a {} between known bounds; --exact makes it exact",
                     method == QuantileMethod::sketch ? "sketch" : "sample");
}

bool lacks_quantiles(const Statistics& statistics) {
  return statistics.quantiles.values.empty() && statistics.counts.finite() > 0;
}

std::string format_text(const CheckpointProfile& profile) {
  std::string text = profile.format;
  for (const std::string_view encoding : {"packed", "zst"})
    if (std::ranges::find(profile.files, encoding, &ProfiledFile::encoding) != profile.files.end())
      text += fmt::format(", {}", encoding);
  return text;
}

std::string element_text(const CheckpointProfile& profile, const std::string& tensor, std::uint64_t index) {
  const auto found = std::ranges::find(
      profile.tensors, tensor, [](const TensorProfile& one) -> const auto& { return one.info.name; });
  return tensor + index_text(found == profile.tensors.end() ? Shape() : found->info.shape, index);
}

std::string scale_text(const PooledScales& scales) {
  return fmt::format("{} {}", block_type_info(scales.blocks).name, scales.name);
}

std::string largest_in(const PooledScales& scales) {
  const auto& [min, max] = std::tie(scales.statistics.min, scales.statistics.max);
  if (!min) return "";
  return scales.statistics.abs_max() == std::optional(max->value) ? max->tensor : min->tensor;
}

std::string count_of(std::uint64_t count, std::string_view singular) {
  return fmt::format("{} {}{}", grouped(count), singular, count == 1 ? "" : "s");
}

}  // namespace weightsieve
