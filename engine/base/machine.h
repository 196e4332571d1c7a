#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace isoloss {

/// Bytes that a process can still take without swapping or being ended: what /proc/meminfo calls available, at most
/// what the control groups that the process is in leave it (version 2 and 1). Nothing where the system does not say.
/// `root` stands before /proc and /sys, for tests. Any thread.
std::optional<std::uint64_t> available_memory(const std::filesystem::path& root = "/");

/// Physical cores among the processors that this process may run on: threads that share one gain nothing for matrix
/// products. The number of processors where the system does not say; at least 1. Any thread.
int physical_cores(const std::filesystem::path& root = "/");

} // namespace isoloss
