# Sourced by run.sh and test.sh: finds the source tree and installs the Debian packages that are missing.
# Usage: . packaging/setup.sh; install_packages build gui torch

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

install_packages() {
    local kinds=" $* " package kind missing=()
    while read -r package kind; do
        case $package in '' | '#'*) continue ;; esac
        case $kinds in *" $kind "*) ;; *) continue ;; esac
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done < "$source_dir/packaging/packages.txt"
    [ ${#missing[@]} -gt 0 ] || return 0

    if ! command -v apt-get > /dev/null; then
        echo "These Debian packages are needed, or what they are called on this system: ${missing[*]}" >&2
        return 1
    fi
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo > /dev/null; then
            echo "Packages are missing. Run as root: apt-get install ${missing[*]}" >&2
            return 1
        fi
        as_root=(sudo)
    fi
    echo "Installing: ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
}

# build PRESET [TARGET …]: configures and builds; what the configuration says is shown only when it fails.
build() {
    local preset=$1 log
    shift
    log=$(mktemp)
    cmake -S "$source_dir" --preset "$preset" > "$log" 2>&1 || {
        cat "$log" >&2
        rm -f "$log"
        return 1
    }
    rm -f "$log"
    cmake --build "$source_dir/build/$preset" ${1:+--target "$@"}
}
