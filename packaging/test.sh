#!/usr/bin/env bash
# Installs what is missing, builds with warnings as errors and runs all tests. Arguments go to ctest:
# packaging/test.sh -L unit
# Tests with the label realdata run when ISOLOSS_REAL_DATA names the folder of real files, and say so when it does not.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
install_packages build gui torch test
cd "$source_dir"
build dev
exec ctest --preset dev --parallel "$(nproc)" "$@"
