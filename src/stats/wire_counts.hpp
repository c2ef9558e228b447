// Statistics, and what they are made of, as bytes and back. What is read is held against what it must be of:
// numbers that no tensor leads to are an Error{malformed}. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "weightsieve/base/wire.hpp"
#include "weightsieve/stats/tensor_stats.hpp"

namespace weightsieve {

[[noreturn]] void fail_wire(const char* what);

void write_tally(WireWriter& out, const Tally& tally);
Tally read_tally(WireReader& in, const StatsOptions& options);

void write_moments(WireWriter& out, const Moments& moments);
Moments read_moments(WireReader& in);

void write_values(WireWriter& out, const std::vector<double>& values);
std::vector<double> read_values(WireReader& in, std::uint64_t most);

/// Counts by code, zeros in one byte a run.
void write_table(WireWriter& out, const std::vector<std::uint64_t>& table);
/// Adds to `table`, which has the size of the written one or is empty, and gets `size`.
void add_table(WireReader& in, std::size_t size, std::vector<std::uint64_t>& table);

}  // namespace weightsieve
