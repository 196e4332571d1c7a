#!/usr/bin/env bash
# Installs what is missing, builds the release and opens the window. Arguments go to the program:
# packaging/run.sh my-runs.isoloss
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
cd_back=$PWD
install_packages build gui torch
cd "$source_dir"
build release isoloss
program=$source_dir/build/release/bin/isoloss
cd "$cd_back"
if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && [ -z "${QT_QPA_PLATFORM:-}" ]; then
    cat <<TEXT

Isoloss is built: $program
There is no display here, so the window was not opened. You can
  - use the command line:           $program --help
  - check this machine:             $program doctor
  - open the window over SSH:       ssh -X HOST, then run this script again
  - or in a virtual display:        apt-get install xvfb && xvfb-run $program
TEXT
    exit 0
fi
exec "$program" "$@"
