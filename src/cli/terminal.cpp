#include "cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace weightsieve::cli {
namespace {

std::string_view environment(const char* name) noexcept {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

bool is_terminal(int descriptor) noexcept { return ::isatty(descriptor) == 1; }

unsigned terminal_width(int descriptor) noexcept {
  winsize size{};
  if (!is_terminal(descriptor) || ::ioctl(descriptor, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

bool wants_color(ColorChoice choice, int descriptor) noexcept {
  if (choice != ColorChoice::automatic) return choice == ColorChoice::always;
  const bool capable = is_terminal(descriptor) && environment("TERM") != "dumb";
  return capable && environment("NO_COLOR").empty();
}

}  // namespace weightsieve::cli
