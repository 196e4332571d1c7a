#include "engine/importers/studies/score_columns.h"

#include "engine/base/json.h"
#include "engine/base/utf8.h"
#include "engine/checkpoints/checkpoint_folder.h"
#include "engine/importers/json_head.h"

#include <algorithm>

namespace isoloss {

namespace {

constexpr std::string_view stderr_suffix = "_stderr";

std::optional<std::int64_t> step_of(const rapidjson::Value& checkpoint) {
    if (checkpoint.IsInt64()) return checkpoint.GetInt64();
    if (checkpoint.IsString())
        if (const auto step = step_in_name(json_view(checkpoint))) return step->step;
    return std::nullopt;
}

const rapidjson::Value* array_of(const rapidjson::Value& object, std::string_view name) {
    const auto* member = json_member(object, name);
    return member != nullptr && member->IsArray() ? member : nullptr;
}

class ColumnReader {
public:
    ColumnReader(const rapidjson::Value& checkpoints, ScoreColumns& columns)
        : count_(checkpoints.Size()), columns_(columns), row_of_(count_) {
        for (rapidjson::SizeType i = 0; i < count_; ++i) {
            const auto step = step_of(checkpoints[i]);
            if (!step) {
                leave_out("checkpoints[" + std::to_string(i) + "]", "is no step; its scores are left out");
                continue;
            }
            row_of_[i] = columns_.rows.size();
            columns_.rows.push_back({*step, {}, {}});
        }
    }

    void tokens(const rapidjson::Value& column) {
        if (column.Size() != count_) {
            leave_out("tokens", lengths(column.Size()) + "; the tokens are not known");
            return;
        }
        for (rapidjson::SizeType i = 0; i < count_; ++i)
            if (row_of_[i]) columns_.rows[*row_of_[i]].tokens = json_as_number(column[i]);
    }

    void task(std::string_view name, const rapidjson::Value& metrics) {
        const std::string place = "results." + std::string(name);
        if (!metrics.IsObject()) {
            leave_out(place, "is no object of metrics");
            return;
        }
        // Where one column is too short nothing tells which checkpoints the others speak of.
        for (const auto& [metric, column] : metrics.GetObject())
            if (column.IsArray() && column.Size() != count_) {
                leave_out(place + "." + std::string(json_view(metric)),
                          lengths(column.Size()) + "; the task is left out");
                return;
            }
        for (const auto& [metric, column] : metrics.GetObject()) {
            const std::string_view key = json_view(metric);
            if (key.ends_with(stderr_suffix)) continue;
            if (!column.IsArray()) {
                leave_out(place + "." + std::string(key), "is no column of numbers");
                continue;
            }
            const auto* errors = array_of(metrics, std::string(key) + std::string(stderr_suffix));
            take(name, key, column, errors, place + "." + std::string(key));
        }
    }

private:
    std::string lengths(rapidjson::SizeType size) const {
        return "has " + std::to_string(size) + " values for " + std::to_string(count_) + " checkpoints";
    }

    void leave_out(std::string place, std::string reason) {
        columns_.left_out.push_back({std::move(place), std::move(reason)});
    }

    void take(std::string_view task, std::string_view metric, const rapidjson::Value& column,
              const rapidjson::Value* errors, const std::string& place) {
        std::int64_t no_numbers = 0;
        for (rapidjson::SizeType i = 0; i < count_; ++i) {
            if (!row_of_[i] || column[i].IsNull()) continue;
            const auto value = json_as_number(column[i]);
            if (!value) {
                ++no_numbers;
                continue;
            }
            ColumnScore score{valid_utf8(task), valid_utf8(metric), *value, {}, {}};
            if (errors != nullptr) score.standard_error = json_as_number((*errors)[i]);
            score.place = place + "[" + std::to_string(i) + "]";
            columns_.rows[*row_of_[i]].scores.push_back(std::move(score));
        }
        if (no_numbers > 0) leave_out(place, std::to_string(no_numbers) + " entries are no numbers");
    }

    const rapidjson::SizeType count_;
    ScoreColumns& columns_;
    std::vector<std::optional<std::size_t>> row_of_; ///< by column index
};

} // namespace

bool looks_like_score_columns(std::string_view head) {
    if (!begins_as_json_object(head) || !json_head_names(head, "results")) return false;
    return json_head_names(head, "checkpoints") && !json_head_names(head, "versions");
}

std::optional<ScoreColumns> read_score_columns(const rapidjson::Value& document) {
    const auto* checkpoints = array_of(document, "checkpoints");
    const auto* results = json_member(document, "results");
    if (checkpoints == nullptr || results == nullptr || !results->IsObject()) return std::nullopt;
    ScoreColumns columns;
    ColumnReader reader(*checkpoints, columns);
    if (const auto* tokens = array_of(document, "tokens")) reader.tokens(*tokens);
    for (const auto& [task, metrics] : results->GetObject())
        reader.task(json_view(task), metrics);
    std::ranges::stable_sort(columns.rows, {}, &ScoreRow::step);
    return columns;
}

} // namespace isoloss
