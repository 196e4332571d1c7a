#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <rapidjson/document.h>
#include <string>
#include <string_view>

namespace isoloss {

/// Which model, at which step, a results file speaks of, and how that was found out.
struct HarnessModel {
    std::string run_name;             ///< "pythia-160m"
    std::string identity;             ///< stable key: what `pretrained=` says without the step, else the run's name
    std::filesystem::path local_path; ///< `pretrained=` when it is a path, else empty
    std::optional<std::int64_t> step; ///< none: the run's last checkpoint
    std::string step_source;          ///< "revision=", "pretrained=", "the logged iteration", "the file name", or empty
    std::string config = "{}";        ///< JSON object for the run's config
};

/// From `model_args` (text or object), else from the name of the file and its folders.
HarnessModel harness_model(const rapidjson::Value& document, const std::filesystem::path& path);

/// From the name or path of a model and its revision, as a harness was given them. A step in either is taken off.
HarnessModel harness_model(std::string_view pretrained, std::string_view revision);

/// "5-shot", "0shot" in a name.
std::optional<int> shots_in_name(std::string_view name);

} // namespace isoloss
