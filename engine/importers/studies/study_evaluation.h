#pragma once

#include "engine/importers/studies/study_score.h"

#include <cstdint>
#include <optional>
#include <rapidjson/document.h>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// What a scaling study's evaluation file says of a model: its scores on tasks.
struct StudyEvaluation {
    std::string model_name;           ///< when the file gives it
    std::string model_uuid;           ///< when the file gives it
    std::string suite;                ///< the last part of its name: "heavy"
    std::string variant;              ///< tells evaluations of one model apart: its date, else its own uuid
    std::optional<double> created_at; ///< as the file writes it, which names no time zone
    std::vector<StudyScore> scores;
    std::int64_t left_out = 0; ///< members of eval_metrics that are no numbers
};

bool looks_like_study_evaluation(std::string_view head);

/// Nothing when the document is no evaluation of a study. What it calls perplexity is the mean loss in nats per token
/// (the study's own evaluation stores results["loss"] there), and is taken as the loss.
std::optional<StudyEvaluation> read_study_evaluation(const rapidjson::Value& document);

/// The model that an evaluation file is called after: "evaluation_NAME_heavy" is NAME, and so is a `_copy` of it.
std::string study_name_of_file(std::string_view stem, std::string_view suite = {});

} // namespace isoloss
