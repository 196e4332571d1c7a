#pragma once

/// The exit codes of the command line contract; engine/base/error.h maps errors onto them.
namespace isoloss::exit_status {
constexpr int done = 0;
constexpr int partly_failed = 1;
constexpr int wrong_usage = 2;
constexpr int refused = 3;
} // namespace isoloss::exit_status
