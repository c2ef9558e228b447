// The profile file, schema weightsieve.profile/1: a CheckpointProfile as JSON and back.
#pragma once

#include <string>
#include <string_view>

#include "weightsieve/base/text.hpp"
#include "weightsieve/profile/checkpoint_profile.hpp"

namespace weightsieve {

/// Writes the document with two-space indentation, one tensor at a time: memory does not grow with the
/// profile. Integers are exact, doubles the shortest text that reads back; what does not exist is null.
/// Without statistics (inspect) their fields are left out.
void write_profile_json(const CheckpointProfile& profile, const TextSink& sink);

/// Reads what write_profile_json wrote. `file` is for error messages only. Throws Error{malformed} with the
/// byte offset and a PROFILE-… rule for anything else.
CheckpointProfile read_profile_json(std::string_view json, const std::string& file);

}  // namespace weightsieve
