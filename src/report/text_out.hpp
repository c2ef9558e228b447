// Text on its way to a sink, gathered so that the sink is called once in 64 KiB. Not thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "weightsieve/base/text.hpp"

namespace weightsieve {

class TextOut {
 public:
  explicit TextOut(const TextSink& sink) : sink_(&sink) {}

  TextOut& operator<<(std::string_view text) {
    buffer_ += text;
    if (buffer_.size() >= kFlushBytes) flush();
    return *this;
  }

  TextOut& pad(std::size_t columns) {
    buffer_.append(columns, ' ');
    return *this;
  }

  /// To be called at the end; until then text may still wait here.
  void flush() {
    if (!buffer_.empty()) (*sink_)(buffer_);
    buffer_.clear();
  }

 private:
  static constexpr std::size_t kFlushBytes = std::size_t{64} * 1024;

  const TextSink* sink_;
  std::string buffer_;
};

}  // namespace weightsieve
