// How reports write numbers. Pure functions, the same in every locale.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "weightsieve/profile/checkpoint_profile.hpp"
#include "weightsieve/profile/pooled.hpp"

namespace weightsieve {

/// `digits` significant digits, trailing zeros dropped; whole numbers below ten million with all of theirs.
std::string significant(double value, int digits = 4);

/// The same for the number a tensor stores.
std::string significant(const Number& value);

/// The same for what may not exist; then "-".
std::string number_text(const std::optional<double>& value, int digits = 4);

/// The shortest text that reads back to the same double; empty for what does not exist.
std::string exact_text(const std::optional<double>& value);

/// Two decimals and no sign: "93.12"; "-" for what does not exist.
std::string percent(std::optional<double> value);

/// As percent(), but a share that is not quite none or all does not look like it: "<0.01", ">99.99".
std::string honest_percent(std::optional<double> value);

/// 100 × part / whole; nothing when whole is 0.
std::optional<double> percentage(std::uint64_t part, std::uint64_t whole) noexcept;

/// "[-0.1, 0.1]".
std::string interval_text(double low, double high);

/// "|w|>0.1" for an interval around zero, "outside [-0.1, 0]" for another.
std::string beyond_text(double low, double high);

/// The same in the words of the lab report: "> 0.1", which means magnitudes, or "outside [-0.1, 0]".
std::string outside_text(double low, double high);

/// Whether a sketch or a sample placed it between bounds.
bool is_placed(const Quantile& quantile);

/// "≈" marks what was placed between bounds.
std::string marked(bool is_placed, const std::string& text);

/// A quantile, marked where it is_placed().
std::string quantile_text(const Quantile& quantile);

/// What "≈" means; empty where every quantile is exact.
std::string approximation_note(const Statistics& statistics);

/// Whether there are values whose quantiles are not known: of part of a saved profile.
bool lacks_quantiles(const Statistics& statistics);
inline constexpr std::string_view kNoQuantiles =
    "no quantiles: a saved profile has none of a part of its tensors; profile --include has";

/// "safetensors", "safetensors, packed": the format, and how its files are encoded.
std::string format_text(const CheckpointProfile& profile);

/// "encoder.dense.weight[398, 88]": the element of the tensor of that name; not safe to print.
std::string element_text(const CheckpointProfile& profile, const std::string& tensor, std::uint64_t index);

/// "Q4_K dmin".
std::string scale_text(const PooledScales& scales);

/// The tensor with the scale of the greatest magnitude; empty without a finite one.
std::string largest_in(const PooledScales& scales);

/// "1 layer", "24 layers"; with thousands separated.
std::string count_of(std::uint64_t count, std::string_view singular);

}  // namespace weightsieve
