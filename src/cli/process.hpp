// What the program makes of the surroundings it was started in, and the signals that end it early.
#pragma once

#include "weightsieve/base/progress.hpp"

namespace weightsieve::cli {

/// Undoes what a careless parent or a preloaded library may have left: standard descriptors that are closed
/// (a file opened later would become one of them) and a floating-point mode that flushes subnormals. SIGPIPE
/// and SIGXFSZ become errors of write(). SIGINT, SIGTERM, SIGHUP, SIGUSR1 and SIGXCPU cancel stop_token();
/// one that was ignored when the program started (nohup, background jobs) stays ignored. Memory that is freed
/// stays with the process. Call first, once.
void prepare_process();

/// For profiling: each tensor's tables and sample are freed when it is done, and given back to the system
/// they would be cleared page by page for the next one, 40 % of the time where tensors have 1 MiB. Verbs that
/// write free what their next pass cannot use: with 8 threads that took 10 % more than they may.
void keep_freed_memory() noexcept;

/// For verbs that write: glibc keeps larger and larger blocks once some were freed (its threshold moves up to
/// 32 MiB), and what a pass leaves behind stays resident while the next one fills its buffers.
void give_back_freed_memory() noexcept;

/// Cancelled by the first of those signals; what every run is given.
const CancelToken& stop_token() noexcept;

/// The signal that cancelled it, or 0.
int stop_signal() noexcept;

/// Throws Error{cancelled} when stop_token() is cancelled.
void stop_if_asked();

}  // namespace weightsieve::cli
