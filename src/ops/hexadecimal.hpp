// Bytes as hexadecimal digits, and the words of a journal's records. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "weightsieve/base/bytes.hpp"

namespace weightsieve {

std::string hexadecimal(Bytes bytes);
std::string hexadecimal(std::string_view text);

/// Two digits a byte; what is no digit counts as nothing.
std::vector<std::byte> bytes_of_hex(std::string_view hex);
std::string text_of_hex(std::string_view hex);

/// Takes the first word, up to a blank, off a record.
std::string_view take_word(std::string_view& record);

}  // namespace weightsieve
