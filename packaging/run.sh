#!/usr/bin/env bash
# Installs what is missing, builds the release and opens the window. Arguments go to the program:
# packaging/run.sh my-runs.isoloss
# Without a project it makes the quick demo suite (a minute, once) and opens that.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
cd_back=$PWD
install_packages build gui torch
cd "$source_dir"
build release isoloss
program=$source_dir/build/release/bin/isoloss
cd "$cd_back"
if [ $# -eq 0 ]; then
    demo=${XDG_DATA_HOME:-$HOME/.local/share}/isoloss/demo
    echo "The demo suite is in $demo"
    # What is there already is not made again. A suite that cannot be made must not keep the window from opening.
    "$program" demo "$demo" --quick || true
    [ ! -f "$demo/demo.isoloss" ] || set -- "$demo/demo.isoloss"
fi
if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && [ -z "${QT_QPA_PLATFORM:-}" ]; then
    cat <<TEXT

Isoloss is built: $program
There is no display here, so the window was not opened. You can
  - use the command line:           $program --help
  - check this machine:             $program doctor
  - open the window over SSH:       ssh -X HOST, then run this script again
  - or in a virtual display:        apt-get install xvfb && xvfb-run $program $*
TEXT
    exit 0
fi
exec "$program" "$@"
