#include "app/quiet_threads.h"

#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>

namespace isoloss {

void keep_idle_threads_quiet(char** argv) {
    constexpr const char* variable = "OMP_WAIT_POLICY";
    if (std::getenv(variable) != nullptr) return;
    ::setenv(variable, "passive", 0);
    if (::dlopen("libgomp.so.1", RTLD_LAZY | RTLD_NOLOAD) == nullptr) return; // it will read it when it comes
    std::error_code unknown;
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", unknown);
    if (!unknown) ::execv(program.c_str(), argv);
    // Where that is forbidden everything works as well, but warmer.
}

} // namespace isoloss
