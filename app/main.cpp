#include "app/command_line.h"
#include "app/quiet_threads.h"

#ifdef ISOLOSS_GUI
#include "app/window.h"
#endif

int main(int argc, char** argv) {
    if (isoloss::may_compute(argc, argv)) isoloss::keep_idle_threads_quiet(argv);
#ifdef ISOLOSS_GUI
    if (!isoloss::is_command_line(argc, argv)) return isoloss::run_window(argc, argv);
#endif
    return isoloss::run_command_line(argc, argv);
}
