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

# Looks for a CUDA LibTorch for the second inference module: that of ISOLOSS_LIBTORCH, else, where there is an NVIDIA GPU,
# that of python3's torch. Leaves its folder in cuda_libtorch (empty: only the CPU module) and says so in one line.
find_cuda_libtorch() {
    local found
    cuda_libtorch=
    if [ -n "${ISOLOSS_LIBTORCH:-}" ]; then
        if [ ! -e "$ISOLOSS_LIBTORCH/share/cmake/Torch/TorchConfig.cmake" ]; then
            echo "ISOLOSS_LIBTORCH=$ISOLOSS_LIBTORCH: is no LibTorch, it has no share/cmake/Torch/TorchConfig.cmake" >&2
            return 1
        fi
        cuda_libtorch=$(cd "$ISOLOSS_LIBTORCH" && pwd)
        echo "GPU: a module for CUDA is built with $cuda_libtorch (ISOLOSS_LIBTORCH)"
    elif ! nvidia-smi -L 2> /dev/null | grep '^GPU ' > /dev/null; then
        echo "GPU: nvidia-smi shows none, so only the module for the CPU is built (ISOLOSS_LIBTORCH names a LibTorch all the same)"
    elif found=$(command -v python3 > /dev/null && python3 - <<'PYTHON'
import os, re, sys
try:
    import torch
except Exception as error:
    sys.exit(print("python3 has no torch that opens: %s" % error))
version = tuple(int(part) for part in re.findall(r"\d+", torch.__version__)[:2])
if version < (2, 7):
    sys.exit(print("python3's torch is %s, 2.7 or newer is needed" % torch.__version__))
if torch.version.cuda is None:
    sys.exit(print("python3's torch %s was built without CUDA" % torch.__version__))
if not torch.compiled_with_cxx11_abi():
    sys.exit(print("python3's torch %s was built without the C++11 ABI" % torch.__version__))
folder = os.path.dirname(torch.__file__)
for part in "share/cmake/Torch/TorchConfig.cmake", "lib/libtorch_cuda.so", "include/torch":
    if not os.path.exists(os.path.join(folder, part)):
        sys.exit(print("python3's torch %s comes without %s" % (torch.__version__, part)))
print("=%s" % folder)
PYTHON
    ) && [ "${found#=}" != "$found" ]; then
        cuda_libtorch=${found#=}
        echo "GPU: a module for CUDA is built with $cuda_libtorch (python3's torch)"
    else
        echo "GPU: only the module for the CPU is built: ${found:-there is no python3}. Set ISOLOSS_LIBTORCH to a CUDA LibTorch"
    fi
}

# build_with LIBTORCH PRESET [TARGET …]: what the configuration says is shown only when it fails.
build_with() {
    local libtorch=$1 preset=$2 log
    shift 2
    log=$(mktemp)
    cmake -S "$source_dir" --preset "$preset" -DISOLOSS_LIBTORCH="$libtorch" > "$log" 2>&1 || {
        cat "$log" >&2
        rm -f "$log"
        return 1
    }
    rm -f "$log"
    cmake --build "$source_dir/build/$preset" ${1:+--target "$@"}
}

# build PRESET [TARGET …]: configures and builds, with a module for CUDA where there is a LibTorch for it. One that was
# only found, not named, must not keep the rest from being built.
build() {
    find_cuda_libtorch || return 1
    build_with "$cuda_libtorch" "$@" && return 0
    [ -n "$cuda_libtorch" ] && [ -z "${ISOLOSS_LIBTORCH:-}" ] || return 1
    echo "GPU: this did not build with $cuda_libtorch; once more, with the module for the CPU only" >&2
    build_with "" "$@"
}
