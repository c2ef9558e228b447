#include "cli/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "weightsieve/base/text.hpp"

namespace weightsieve::cli {
namespace {

constexpr std::chrono::milliseconds kBarPause{100};
constexpr std::chrono::seconds kLinePause{30};
constexpr std::size_t kBarCells = 24;
constexpr std::string_view kWipe = "\r\x1b[K";

double share(const Progress& progress) {
  if (progress.total_bytes == 0) return 0;
  return std::min(1.0, static_cast<double>(progress.done_bytes) / static_cast<double>(progress.total_bytes));
}

/// "1.204 GiB/s, 8 s left"
std::string pace(const Progress& progress, double seconds) {
  if (seconds <= 0 || progress.done_bytes == 0) return "";
  const double rate = static_cast<double>(progress.done_bytes) / seconds;
  const std::uint64_t left = progress.total_bytes - std::min(progress.total_bytes, progress.done_bytes);
  return fmt::format("{}/s, {} left", binary_size(static_cast<std::uint64_t>(rate)),
                     duration_text(static_cast<double>(left) / rate));
}

std::string percent(const Progress& progress) {
  return fmt::format("{:3} %", static_cast<int>(100 * share(progress)));
}

/// At most so many bytes, without half a character at the end.
std::string_view beginning(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0u) == 0x80u)
    --bytes;
  return text.substr(0, bytes);
}

}  // namespace

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::ceil(std::clamp(seconds, 0.0, 1e15)));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

ProgressDisplay::ProgressDisplay(ProgressStyle style, std::string label, unsigned width, Write write,
                                 Clock clock)
    : style_(style),
      label_(escape_control(label)),
      width_(width),
      write_(std::move(write)),
      clock_(std::move(clock)),
      start_(clock_()),
      last_(start_) {}

ProgressDisplay::~ProgressDisplay() { wipe(); }

void ProgressDisplay::wipe() {
  if (drawn_) write_(kWipe);
  drawn_ = false;
}

void ProgressDisplay::report(const Progress& progress) {
  if (style_ == ProgressStyle::none) return;
  if (style_ == ProgressStyle::bar && progress.done_bytes >= progress.total_bytes) return wipe();
  const auto now = clock_();
  // A further pass begins at nothing again, and so does its pace.
  if (progress.done_bytes < last_done_bytes_ || (progress.pass != pass_ && !pass_.empty())) start_ = now;
  pass_ = progress.pass;
  last_done_bytes_ = progress.done_bytes;
  if (now - last_ < (style_ == ProgressStyle::bar ? std::chrono::nanoseconds(kBarPause) : kLinePause)) return;
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  drawn_ = style_ == ProgressStyle::bar;
  write_(drawn_ ? bar(progress, seconds) : line(progress, seconds));
}

/// "model.safetensors: writing"; where there is no room for all of it, the pass stays.
std::string ProgressDisplay::name(std::size_t room) const {
  if (pass_.empty()) return std::string(beginning(label_, room));
  const std::string pass = label_.empty() ? pass_ : ": " + pass_;
  if (pass.size() >= room) return std::string(beginning(pass_, room));
  return std::string(beginning(label_, room - pass.size())) + pass;
}

std::string ProgressDisplay::bar(const Progress& progress, double seconds) const {
  const auto filled = static_cast<std::size_t>(share(progress) * static_cast<double>(kBarCells));
  const std::string cells = std::string(filled, '#') + std::string(kBarCells - filled, '-');
  const std::string figures = fmt::format(" [{}] {} {}", cells, percent(progress), pace(progress, seconds));
  // A line that wraps could not be redrawn: what does not fit is cut, the name first.
  const std::size_t room = width_ == 0 ? 80 : width_ - 1;
  return fmt::format("{}{}{}", kWipe, name(room > figures.size() ? room - figures.size() : 0),
                     figures.substr(0, room));
}

std::string ProgressDisplay::line(const Progress& progress, double seconds) const {
  return fmt::format("weightsieve: {}: {} of {}, {}\n", name(std::string::npos), percent(progress),
                     binary_size(progress.total_bytes), pace(progress, seconds));
}

}  // namespace weightsieve::cli
