#include "engine/base/machine.h"

#include "engine/base/number_text.h"

#include <algorithm>
#include <fstream>
#include <sched.h>
#include <set>
#include <sstream>
#include <string>
#include <thread>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

// Small files of the kernel, whose size is not known before they are read.
std::string kernel_text(const fs::path& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return std::move(text).str();
}

/// The first number in a text; nothing for "max" and for a text without one.
std::optional<std::uint64_t> first_number(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\n");
    if (begin == std::string_view::npos) return std::nullopt;
    text = text.substr(begin);
    const auto number = parse_int(text.substr(0, text.find_first_of(" \t\n")));
    if (!number || *number < 0) return std::nullopt;
    return static_cast<std::uint64_t>(*number);
}

std::optional<std::uint64_t> system_memory(const fs::path& root) {
    const std::string text = kernel_text(root / "proc/meminfo");
    constexpr std::string_view name = "MemAvailable:";
    const auto found = text.find(name);
    if (found == std::string::npos) return std::nullopt;
    const auto kibibytes = first_number(std::string_view(text).substr(found + name.size()));
    return kibibytes ? std::optional(*kibibytes << 10) : std::nullopt;
}

std::optional<std::uint64_t> left_in(const fs::path& folder, const char* limit_name, const char* used_name) {
    const auto limit = first_number(kernel_text(folder / limit_name));
    const auto used = first_number(kernel_text(folder / used_name));
    if (!limit || !used) return std::nullopt;
    // Pages of files that nobody uses are counted as used, but given back when memory is asked for.
    const std::string statistics = kernel_text(folder / "memory.stat");
    constexpr std::string_view inactive = "inactive_file ";
    const auto found = statistics.find(inactive);
    const std::uint64_t cached =
        found == std::string::npos
            ? 0
            : first_number(std::string_view(statistics).substr(found + inactive.size())).value_or(0);
    const std::uint64_t taken = *used - std::min(*used, cached);
    return *limit - std::min(*limit, taken);
}

/// The least that any group from the process's own up to the root leaves. Lines of /proc/self/cgroup are
/// "number:controllers:/path"; version 2 has no controllers.
std::optional<std::uint64_t> group_memory(const fs::path& root) {
    std::optional<std::uint64_t> least;
    std::istringstream lines(kernel_text(root / "proc/self/cgroup"));
    for (std::string line; std::getline(lines, line);) {
        const auto first = line.find(':'), second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        const bool unified = controllers.empty();
        if (!unified && controllers.find("memory") == std::string::npos) continue;
        const fs::path top = root / (unified ? "sys/fs/cgroup" : "sys/fs/cgroup/memory");
        // Inside a container the path may be that of the host: then only the top is there.
        for (fs::path group = fs::path(line.substr(second + 1)).relative_path();; group = group.parent_path()) {
            const auto left = unified ? left_in(top / group, "memory.max", "memory.current")
                                      : left_in(top / group, "memory.limit_in_bytes", "memory.usage_in_bytes");
            if (left) least = std::min(least.value_or(*left), *left);
            if (group.empty()) break;
        }
    }
    return least;
}

} // namespace

std::optional<std::uint64_t> available_memory(const fs::path& root) {
    const auto system = system_memory(root), group = group_memory(root);
    if (!system || !group) return system ? system : group;
    return std::min(*system, *group);
}

int physical_cores(const fs::path& root) {
    const int processors = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    cpu_set_t allowed;
    if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return processors;
    std::set<std::string> cores;
    for (int processor = 0; processor < CPU_SETSIZE; ++processor) {
        if (!CPU_ISSET(static_cast<std::size_t>(processor), &allowed)) continue;
        const fs::path topology = root / "sys/devices/system/cpu" / ("cpu" + std::to_string(processor)) / "topology";
        const std::string siblings = kernel_text(topology / "thread_siblings_list");
        if (siblings.empty()) return processors;
        cores.insert(siblings);
    }
    return std::max(1, static_cast<int>(cores.size()));
}

} // namespace isoloss
