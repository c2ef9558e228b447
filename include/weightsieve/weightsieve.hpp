// The whole library: one function a verb, on plain values, and the reports over them. Link
// weightsieve::weightsieve.
#pragma once

#include "weightsieve/base/error.hpp"
#include "weightsieve/base/version.hpp"
#include "weightsieve/ops/compare.hpp"
#include "weightsieve/ops/finished_profile.hpp"
#include "weightsieve/ops/pack.hpp"
#include "weightsieve/ops/partial_profile.hpp"
#include "weightsieve/ops/profile.hpp"
#include "weightsieve/ops/profile_journal.hpp"
#include "weightsieve/ops/profile_together.hpp"
#include "weightsieve/ops/prune.hpp"
#include "weightsieve/ops/run_control.hpp"
#include "weightsieve/ops/saved_profile.hpp"
#include "weightsieve/ops/verify.hpp"
#include "weightsieve/profile/profile_json.hpp"
#include "weightsieve/report/comparison_report.hpp"
#include "weightsieve/report/pictures.hpp"
#include "weightsieve/report/prune_report.hpp"
#include "weightsieve/report/report.hpp"
