#include "app/command_line.h"

#ifdef ISOLOSS_GUI
#include "app/window.h"
#endif

#include <cstdlib>

int main(int argc, char** argv) {
    // Idle OpenMP threads of the inference module must not spin: they would take the cores from the window. Set before
    // any thread exists; a user's own setting wins.
    setenv("OMP_WAIT_POLICY", "passive", 0);
#ifdef ISOLOSS_GUI
    if (!isoloss::is_command_line(argc, argv)) return isoloss::run_window(argc, argv);
#endif
    return isoloss::run_command_line(argc, argv);
}
