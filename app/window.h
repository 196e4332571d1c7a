#pragma once

namespace isoloss {

/// Opens the window, with the project that the first argument names if there is one. Answers the exit code. Main
/// thread.
int run_window(int argc, char** argv);

} // namespace isoloss
