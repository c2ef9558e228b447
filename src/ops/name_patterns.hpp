// A NameFilter made ready to match: its patterns compiled by RE2, so that no pattern and no name can make
// matching slow or deep. Immutable; any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weightsieve/ops/run_control.hpp"

namespace re2 {
class RE2;
}

namespace weightsieve {

class NamePatterns {
 public:
  /// Throws Error{usage} with RE2's words for a pattern that it refuses.
  explicit NamePatterns(const NameFilter& filter);
  ~NamePatterns();

  /// Whether a tensor of this name counts. Linear in the length of the name.
  bool keep(std::string_view name) const;

 private:
  std::vector<std::unique_ptr<re2::RE2>> include_;
  std::vector<std::unique_ptr<re2::RE2>> exclude_;
};

/// A filter that keeps nothing is a slip of the pen. Throws Error{usage} about the checkpoint at `path` when
/// `kept` is 0 and there is a filter; it says what was asked for and how to list the names.
void require_match(const NameFilter& filter, std::size_t kept, const std::string& path);

/// "'weightsieve inspect --all model.safetensors' lists the names".
std::string how_to_list_names(const std::string& path);

}  // namespace weightsieve
