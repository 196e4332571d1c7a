#pragma once

namespace isoloss {

/// Whether the first argument names a command (or asks for help or the version), so that no window is meant.
bool is_command_line(int argc, char** argv);

/// Whether the inference module may be opened: by the window, or by a command that computes.
bool may_compute(int argc, char** argv);

/// Runs a command of PRODUCT.md's contract and answers the exit code. Main thread; needs no display.
int run_command_line(int argc, char** argv);

} // namespace isoloss
