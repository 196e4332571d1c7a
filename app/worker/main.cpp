#include "app/quiet_threads.h"
#include "app/worker/worker.h"

int main(int argc, char** argv) {
    isoloss::keep_idle_threads_quiet(argv);
    return isoloss::run_worker(argc, argv);
}
