#pragma once

#include "engine/importers/studies/study_score.h"

#include <cstdint>
#include <optional>
#include <rapidjson/document.h>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// What a scaling study's model file says: how a model was trained and its loss on each set.
struct StudyModel {
    std::string name;
    std::string uuid;
    std::string dataset;       ///< that it was trained on
    std::string config = "{}"; ///< JSON object: the hyperparameters, the data set and where the checkpoint is
    std::optional<double> tokens;
    std::optional<double> flops;
    std::optional<std::int64_t> parameter_count;
    std::optional<bool> failed;
    std::optional<double> created_at; ///< as the file writes it, which names no time zone
    std::vector<StudyScore> losses;
    std::int64_t left_out = 0; ///< results without a loss or without the name of a set
};

/// From the beginning of a file: a name, hyperparameters, and results, a checkpoint or a data set.
bool looks_like_study_model(std::string_view head);

/// Nothing when the document is no model of a study.
std::optional<StudyModel> read_study_model(const rapidjson::Value& document);

/// "2024_01_29-21_58_32" as UTC seconds.
std::optional<double> study_time(std::string_view text);

} // namespace isoloss
