#pragma once

namespace isoloss {

/// isoloss-worker: runs the waiting jobs of a project, which it only reads, or those of a job file, and writes a result
/// shard. What it has found is kept in a project of its own beside the shard until the shard is complete, so that the
/// same command goes on after a crash. Answers the exit code of the command line contract.
int run_worker(int argc, char** argv);

} // namespace isoloss
