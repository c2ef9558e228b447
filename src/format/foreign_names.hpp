// Names in a pickle that what it holds does not need. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "format/pickle.hpp"
#include "format/problem_log.hpp"

namespace weightsieve::format {

/// Warns of each name that is not known, by PT-GLOBAL, and observes whether what it stands for is dangerous.
/// None is looked up. The pickle begins at `offset_bytes` of the file.
void note_foreign_names(const Pickle& pickle, const std::string& path, std::uint64_t offset_bytes,
                        bool (*is_known)(std::string_view global) noexcept, ProblemLog& problems);

}  // namespace weightsieve::format
