#pragma once

#include "engine/base/error.h"
#include "engine/importers/source.h"

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace isoloss {

constexpr std::string_view harness_results_format = "harness_results";

/// A results file and the samples files that belong to it.
struct HarnessFiles {
    std::filesystem::path results;
    std::vector<std::filesystem::path> samples;
    std::uint64_t bytes = 0; ///< of all of them

    std::vector<std::filesystem::path> files() const {
        std::vector<std::filesystem::path> files{results};
        files.insert(files.end(), samples.begin(), samples.end());
        return files;
    }
};

/// Reads a results file and its samples. Values first, then their item outcomes in batches. Errors and threads as
/// Source::read.
Expected<void> read_harness(SourceContext& context, const HarnessFiles& files);

} // namespace isoloss
