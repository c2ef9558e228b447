// What kind of stream the program talks to: a terminal of so many columns, with colour or not.
#pragma once

namespace weightsieve::cli {

enum class ColorChoice : char { automatic, always, never };

/// Whether the descriptor is a terminal.
bool is_terminal(int descriptor) noexcept;

/// Columns of the terminal behind the descriptor; 0 when it is none or does not say.
unsigned terminal_width(int descriptor) noexcept;

/// `automatic`: on a terminal that can show colour, unless NO_COLOR is set to anything
/// (https://no-color.org).
bool wants_color(ColorChoice choice, int descriptor) noexcept;

}  // namespace weightsieve::cli
