#pragma once

#include "engine/importers/run_part.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace isoloss {

/// A run as MLflow keeps it, in a folder or in a database.
struct MlflowRun {
    std::string uuid;
    std::string name; ///< empty in old stores, which keep it in a tag
    std::string experiment;
    RunStatus status = RunStatus::unknown;
    std::optional<std::int64_t> started; ///< milliseconds since 1970, UTC
    bool deleted = false;
    std::filesystem::path artifacts; ///< a local folder; empty for others
    std::map<std::string, std::string> params, tags;
};

/// "FINISHED" or the number 3.
RunStatus mlflow_status(std::string_view text);

/// The artifact folder, when the location is one on this machine: a path, relative to `base`, or a file: URI.
std::filesystem::path mlflow_artifacts(std::string_view location, const std::filesystem::path& base);

std::shared_ptr<RunSubject> mlflow_subject(const MlflowRun& run);

/// Parameters become the config, with the tags of MLflow itself ("mlflow.parentRunId", …); its note the notes; other
/// tags the run's tags, "key=value".
RunFacts mlflow_facts(const MlflowRun& run);

} // namespace isoloss
