#include "app/worker/worker.h"

#include <cstdlib>

int main(int argc, char** argv) {
    // Idle OpenMP threads of the inference module must not spin. Set before any thread exists; a user's own setting
    // wins.
    setenv("OMP_WAIT_POLICY", "passive", 0);
    return isoloss::run_worker(argc, argv);
}
