#include "engine/importers/studies/score_columns_source.h"

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/importers/metric_names.h"
#include "engine/importers/reread_points.h"
#include "engine/importers/run_joining.h"
#include "engine/importers/source_state.h"
#include "engine/importers/studies/score_columns.h"
#include "engine/importers/unchanged_files.h"

#include <limits>
#include <utility>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view columns_format = "score_columns";
constexpr std::size_t most_values_of_part = 4000;

std::string run_name(const fs::path& path) {
    std::string name = path.stem().string();
    for (const std::string_view end : {"_agg", "-checkpoints", "_checkpoints"})
        if (name.ends_with(end) && name.size() > end.size()) name.resize(name.size() - end.size());
    return name;
}

ImportedValue imported_value(const ColumnScore& score, const fs::path& file, double recorded_at) {
    ImportedValue imported;
    QuantityRecord& quantity = imported.quantity;
    quantity.key = score.task + "/" + score.metric;
    quantity.subject = score.task;
    quantity.metric = score.metric;
    quantity.unit = unit_of_metric(score.metric);
    quantity.direction = direction_of_metric(score.metric);
    imported.value.value = score.value;
    imported.value.standard_error = score.standard_error;
    imported.value.recorded_at = recorded_at;
    imported.value.provenance =
        "{\"file\":" + json_quote(path_text(file)) + ",\"place\":" + json_quote(score.place) + "}";
    return imported;
}

class ScoreColumnsSource final : public Source {
public:
    ScoreColumnsSource(fs::path path, std::uint64_t bytes) : path_(std::move(path)), bytes_(bytes) {}

    std::string_view format() const override { return columns_format; }

    std::string title() const override { return "Scores of checkpoints in columns"; }

    std::vector<fs::path> files() const override { return {path_}; }

    std::uint64_t bytes() const override { return bytes_; }

    Expected<void> read(SourceContext& context) const override {
        ISOLOSS_TRY(const bool unchanged, all_unchanged(context, files()));
        if (unchanged) return {};
        context.set_subject(path_);
        const auto skip = [&](const Error& error) -> Expected<void> {
            context.skip(error);
            return {};
        };
        const auto file = InputFile::open(path_);
        if (!file) return skip(file.error());
        context.advance(file->size());
        auto record = source_record(*file, columns_format);
        if (!record) return skip(record.error());
        JsonMends mends;
        const auto document = read_json_file(path_, {}, &mends);
        if (!document) return skip(document.error());
        const auto columns = read_score_columns(*document);
        if (!columns) {
            context.not_recognised(path_);
            return {};
        }
        context.count_file();
        context.note_mends(path_, mends);
        for (const auto& left_out : columns->left_out)
            context.skip(path_, left_out.place, left_out.reason);
        return hand_over(context, *columns, std::move(*record));
    }

private:
    Expected<void> hand_over(SourceContext& context, const ScoreColumns& columns, SourceRecord record) const {
        auto subject = std::make_shared<RunSubject>();
        subject->name = run_name(path_);
        subject->identities = {identity::score_file(path_)};
        ISOLOSS_TRY(const auto known, context.known(record.path));
        const std::string state = known ? known->state : std::string();
        RereadPoints points;
        points.restore(state);
        if (was_written_anew(columns, state)) {
            points.restart();
            context.note(record.path + ": was written anew; its scores are another attempt of " + subject->name);
        }
        RunPart part;
        std::size_t values = 0;
        const auto take = [&] {
            part.run = subject;
            points.take(part);
            record.state = points.state();
            part.sources.push_back(record);
            values = 0;
            return context.take(std::exchange(part, {}));
        };
        for (const ScoreRow& row : columns.rows) {
            add_points(points, row);
            part.checkpoints.push_back(imported_checkpoint(row, record.modified));
            values += row.scores.size();
            if (values < most_values_of_part) continue;
            if (context.stopped()) return {};
            ISOLOSS_TRY_VOID(take());
        }
        record.offset = record.size;
        return take();
    }

    ImportedCheckpoint imported_checkpoint(const ScoreRow& row, double recorded_at) const {
        ImportedCheckpoint checkpoint;
        checkpoint.step = row.step;
        checkpoint.details.tokens = row.tokens;
        if (row.tokens) checkpoint.details.tokens_source = "logged";
        for (const ColumnScore& score : row.scores)
            checkpoint.values.push_back(imported_value(score, path_, recorded_at));
        return checkpoint;
    }

    static void add_points(RereadPoints& points, const ScoreRow& row) {
        for (const ColumnScore& score : row.scores)
            points.add(score.task + "/" + score.metric, row.step, std::numeric_limits<double>::quiet_NaN(),
                       score.value);
    }

    // Whether what an earlier import has stored is not the beginning of the columns any more.
    static bool was_written_anew(const ScoreColumns& columns, const std::string& state) {
        if (state.empty()) return false;
        RereadPoints points;
        points.restore(state);
        for (const ScoreRow& row : columns.rows)
            add_points(points, row);
        return points.contradicted() || points.shortened();
    }

    fs::path path_;
    std::uint64_t bytes_;
};

class ScoreColumnsFinder final : public SourceFinder {
public:
    void look_at(FolderListing& listing) override {
        for (FolderListing::Entry* entry : listing.unclaimed_files()) {
            if (entry->path.extension() != ".json" || !looks_like_score_columns(listing.head(*entry))) continue;
            entry->claimed = true;
            sources_.push_back(std::make_unique<ScoreColumnsSource>(entry->path, entry->size));
        }
    }

    std::vector<std::unique_ptr<Source>> take() override { return std::move(sources_); }

private:
    std::vector<std::unique_ptr<Source>> sources_;
};

} // namespace

std::unique_ptr<SourceFinder> score_columns_finder() {
    return std::make_unique<ScoreColumnsFinder>();
}

} // namespace isoloss
