#pragma once

#include "engine/base/error.h"
#include "engine/store/records.h"

#include <cstdint>
#include <rapidjson/document.h>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// What is to be measured, or was, without ids of any project: the objects of job files and result shards
/// (packaging/docs/results.md).
struct ExchangedJob {
    std::string run_name;
    std::vector<RunIdentity> identities; ///< of the run, the surest first; at least one
    CheckpointRecord checkpoint;         ///< attempt, step, path, format, content hash, parameters, architecture
    DatasetRecord dataset;
    std::string metric;
    std::string parameters = "{}"; ///< canonical JSON
};

/// A measured value; its outcomes follow it.
struct ExchangedValue {
    ExchangedJob job;
    QuantityRecord quantity;
    ValueRecord value;
    std::int64_t outcomes = 0;
};

/// One line without its end. Numbers read back to the same bits; NaN and infinities are bare words.
std::string exchange_json(const ExchangedJob& job);
std::string exchange_json(const ExchangedValue& value);
std::string exchange_json(const OutcomeRecord& outcome);

/// Back, trusting nothing: a missing or impossible member is damaged, its name the place.
Expected<ExchangedJob> exchanged_job(const rapidjson::Value& json);
Expected<ExchangedValue> exchanged_value(const rapidjson::Value& json);
Expected<OutcomeRecord> exchanged_outcome(const rapidjson::Value& json);

/// The first member of each kind of file, and its format number.
inline constexpr std::string_view job_file_member = "isoloss_jobs";
inline constexpr std::string_view result_shard_member = "isoloss_results";
inline constexpr std::int64_t exchange_format = 1;

} // namespace isoloss
