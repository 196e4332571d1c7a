#pragma once

#include "engine/base/error.h"
#include "engine/base/ids.h"

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace isoloss {

class Reader;

/// Writes the values of those of the jobs that are done, with their item outcomes, as a result shard that a project
/// imports (packaging/docs/results.md). `jobs_hash` says which list of jobs it answers. Memory is that of one value;
/// written beside the target and renamed over it. Answers how many values there are.
Expected<std::int64_t> write_result_shard(Reader& reader, const std::set<JobId>& jobs, std::string_view jobs_hash,
                                          const std::filesystem::path& path);

/// The list of jobs that a shard answers whole; nothing when there is no file, it is no shard, or it answers only some.
std::optional<std::string> answered_jobs(const std::filesystem::path& path);

} // namespace isoloss
