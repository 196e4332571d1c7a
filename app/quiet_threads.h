#pragma once

namespace isoloss {

/// Makes idle OpenMP threads of the inference module sleep instead of spinning, which would take the cores from the
/// window and from others. OpenMP's library reads this setting when it is loaded, and on some systems Qt loads it
/// before main(): there the program starts itself anew, once. Call first, before any thread exists; returns at once
/// where OMP_WAIT_POLICY is set, so a user's own setting wins.
void keep_idle_threads_quiet(char** argv);

} // namespace isoloss
