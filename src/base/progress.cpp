#include "weightsieve/base/progress.hpp"

#include "weightsieve/base/error.hpp"

namespace weightsieve {

void stop_if_cancelled(const CancelToken* token) {
  if (token != nullptr && token->cancelled()) throw Error(ErrorCode::cancelled, "stopped before the end");
}

}  // namespace weightsieve
