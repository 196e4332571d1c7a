#include "engine/importers/olmes/olmes_source.h"

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/importers/json_rows.h"
#include "engine/importers/olmes/olmes_metrics.h"
#include "engine/importers/olmes/olmes_predictions.h"
#include "engine/importers/outcome_batches.h"
#include "engine/importers/run_joining.h"
#include "engine/importers/source_state.h"
#include "engine/importers/unchanged_files.h"

#include <map>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view olmes_format = "olmes";
constexpr std::string_view metrics_end = "-metrics.json";
constexpr std::string_view predictions_end = "-predictions.jsonl";

struct OlmesFiles {
    fs::path metrics;
    fs::path predictions; ///< empty for none

    std::vector<fs::path> files() const {
        std::vector<fs::path> files{metrics};
        if (!predictions.empty()) files.push_back(predictions);
        return files;
    }
};

std::shared_ptr<const RunSubject> subject_of(const HarnessModel& model) {
    auto subject = std::make_shared<RunSubject>();
    subject->name = model.run_name;
    subject->known_as = known_as_harness_model(model.identity, model.local_path);
    subject->identities = {identity::harness_model(model.identity)};
    if (subject->known_as.size() > 1) subject->identities.push_back(subject->known_as[1]);
    return subject;
}

// Not for where the answers are, which no item has a share of.
bool has_outcomes(std::string_view metric) {
    return metric != "correct_choice" && metric != "no_answer" && !metric.starts_with("predicted_index");
}

class OlmesReader {
public:
    OlmesReader(SourceContext& context, const OlmesFiles& files) : context_(context), files_(files) {}

    Expected<void> run() {
        context_.set_subject(files_.metrics);
        const auto file = InputFile::open(files_.metrics);
        if (!file) return skip(file.error());
        auto record = source_record(*file, olmes_format);
        if (!record) return skip(record.error());
        context_.advance(file->size());
        ISOLOSS_TRY(const bool whole,
                    files_.metrics.extension() == ".jsonl" ? read_lines(*file, *record) : read_document(*record));
        if (!whole || context_.stopped()) return {};
        if (runs_ == 0) {
            context_.not_recognised(files_.metrics);
            return {};
        }
        context_.count_file();
        record->offset = record->size;
        if (files_.predictions.empty()) {
            RunPart part;
            part.sources.push_back(std::move(*record));
            return context_.take(std::move(part));
        }
        return read_predictions(std::move(*record));
    }

private:
    Expected<void> skip(const Error& error) {
        context_.skip(error);
        return {};
    }

    // Both answer false when there is nothing to go on with.
    Expected<bool> read_document(const SourceRecord& record) {
        JsonMends mends;
        const auto document = read_json_file(files_.metrics, {}, &mends);
        if (!document) {
            context_.skip(document.error());
            return false;
        }
        context_.note_mends(files_.metrics, mends);
        ISOLOSS_TRY_VOID(take_metrics(*document, "metrics", record).taken);
        return true;
    }

    Expected<bool> read_lines(const InputFile& file, const SourceRecord& record) {
        Expected<void> taken;
        const auto counts = read_json_rows(file, [&](const rapidjson::Value& row, const std::string& place) {
            auto result = take_metrics(row, place, record);
            taken = std::move(result.taken);
            if (!taken || context_.stopped()) return RowVerdict::stop;
            return result.known ? RowVerdict::taken : RowVerdict::bad;
        });
        ISOLOSS_TRY_VOID(std::move(taken));
        if (!counts) {
            context_.skip(counts.error());
            return false;
        }
        if (counts->bad_rows > 0)
            context_.skip(files_.metrics, counts->first_bad_place,
                          std::to_string(counts->bad_rows) + " lines are no metrics of a task. Write the file again");
        context_.note_mends(files_.metrics, counts->mends);
        if (counts->held_tail)
            context_.note(path_text(files_.metrics) +
                          ": the last line is not whole yet; it is read when the file has grown");
        return true;
    }

    struct Taken {
        bool known = false;
        Expected<void> taken;
    };

    Taken take_metrics(const rapidjson::Value& document, const std::string& place, const SourceRecord& record) {
        auto metrics = read_olmes_metrics(document, files_.metrics);
        if (!metrics) return {};
        ++runs_;
        if (metrics->not_scores > 0)
            context_.skip(files_.metrics, place,
                          std::to_string(metrics->not_scores) + " metrics are no numbers and were left out");
        context_.count_note(metrics->model.step
                                ? metrics->model.run_name + ": steps read from " + metrics->model.step_source
                                : metrics->model.run_name + ": no step given, taken as the run's last checkpoint");
        RunPart part;
        part.run = subject_of(metrics->model);
        RunFacts facts;
        facts.config = metrics->model.config;
        part.facts.push_back(std::move(facts));
        ImportedCheckpoint checkpoint;
        checkpoint.step = metrics->model.step;
        for (const OlmesScore& score : metrics->scores)
            checkpoint.values.push_back(imported_value(*metrics, score, place, record));
        run_ = part.run;
        checkpoint_ = checkpoint;
        task_ = metrics->task;
        part.checkpoints.push_back(std::move(checkpoint));
        return {true, context_.take(std::move(part))};
    }

    ImportedValue imported_value(const OlmesMetrics& metrics, const OlmesScore& score, const std::string& place,
                                 const SourceRecord& record) const {
        ImportedValue imported;
        QuantityRecord& quantity = imported.quantity;
        quantity.key = metrics.task + "/" + score.metric;
        if (metrics.shots && *metrics.shots != 0) quantity.key += "@" + std::to_string(*metrics.shots) + "shot";
        if (metrics.as_chat) quantity.key += "+chat";
        quantity.subject = metrics.task;
        quantity.metric = score.metric;
        quantity.shots = metrics.shots;
        quantity.version = metrics.version;
        quantity.unit = score.unit;
        quantity.direction = score.direction;
        ValueRecord& value = imported.value;
        value.value = score.value;
        value.standard_error = score.standard_error;
        value.n = metrics.n;
        value.variant = metrics.variant;
        value.recorded_at = metrics.evaluated_at.value_or(record.modified);
        value.provenance = "{\"file\":" + json_quote(record.path) +
                           ",\"place\":" + json_quote(place == "metrics" ? "metrics." + score.metric : place);
        if (!metrics.split.empty()) value.provenance += ",\"split\":" + json_quote(metrics.split);
        if (score.metric == "primary_score" && !metrics.primary_metric.empty())
            value.provenance += ",\"primary_metric\":" + json_quote(metrics.primary_metric);
        value.provenance += "}";
        if (metrics.limit) {
            value.status = ValueStatus::partial;
            value.reason = "evaluated with limit=" + number_text(*metrics.limit);
        }
        return imported;
    }

    Expected<void> read_predictions(SourceRecord metrics_record) {
        std::vector<SourceRecord> records{std::move(metrics_record)};
        OutcomeBatches batches(context_, run_, checkpoint_);
        const auto file = InputFile::open(files_.predictions);
        auto record = file ? source_record(*file, olmes_format) : Expected<SourceRecord>(fail(file.error()));
        if (!record) {
            context_.skip(record.error());
            return batches.finish(std::move(records));
        }
        context_.set_subject(files_.predictions);
        std::map<std::string, std::size_t, std::less<>> values; ///< by metric
        for (std::size_t i = 0; i < checkpoint_.values.size(); ++i)
            if (has_outcomes(checkpoint_.values[i].quantity.metric)) values[checkpoint_.values[i].quantity.metric] = i;
        Expected<void> taken;
        const auto counts = read_json_rows(*file, [&](const rapidjson::Value& row, const std::string&) {
            auto prediction = read_olmes_prediction(row);
            if (!prediction) return RowVerdict::bad;
            prediction->item.task = task_;
            for (const auto& [metric, value] : prediction->metrics) {
                const auto found = values.find(metric);
                if (found == values.end()) continue;
                taken = batches.add(found->second, outcome_of(*prediction, metric, value));
                if (!taken) return RowVerdict::stop;
            }
            return context_.stopped() ? RowVerdict::stop : RowVerdict::taken;
        });
        ISOLOSS_TRY_VOID(std::move(taken));
        if (context_.stopped()) return {};
        if (!counts) {
            context_.skip(counts.error());
            return batches.finish(std::move(records));
        }
        context_.count_file();
        context_.advance(file->size());
        if (counts->bad_rows > 0)
            context_.skip(files_.predictions, counts->first_bad_place,
                          std::to_string(counts->bad_rows) + " rows are no predictions. Write the file again");
        context_.note_mends(files_.predictions, counts->mends);
        if (counts->held_tail)
            context_.note(path_text(files_.predictions) +
                          ": the last row is not whole yet; it is read when the file has grown");
        record->offset = record->size;
        records.push_back(std::move(*record));
        return batches.finish(std::move(records));
    }

    SourceContext& context_;
    const OlmesFiles& files_;
    std::int64_t runs_ = 0;                 ///< metrics of a task that were read
    std::shared_ptr<const RunSubject> run_; ///< of the latest
    ImportedCheckpoint checkpoint_;
    std::string task_;
};

class OlmesSource final : public Source {
public:
    OlmesSource(OlmesFiles files, std::uint64_t bytes) : files_(std::move(files)), bytes_(bytes) {}

    std::string_view format() const override { return olmes_format; }

    std::string title() const override { return "OLMES results"; }

    std::vector<fs::path> files() const override { return files_.files(); }

    std::uint64_t bytes() const override { return bytes_; }

    Expected<void> read(SourceContext& context) const override {
        ISOLOSS_TRY(const bool unchanged, all_unchanged(context, files_.files()));
        if (unchanged) return {};
        return OlmesReader(context, files_).run();
    }

private:
    OlmesFiles files_;
    std::uint64_t bytes_;
};

class OlmesFinder final : public SourceFinder {
public:
    void look_at(FolderListing& listing) override {
        for (FolderListing::Entry& entry : listing.entries()) {
            if (!entry.regular || entry.claimed) continue;
            const std::string extension = entry.path.extension().string();
            if (extension != ".json" && extension != ".jsonl") continue;
            FolderListing::Entry* predictions = neighbour_of(listing, entry.name, predictions_end);
            // Predictions that were named alone bring their metrics.
            const bool is_named = !entry.neighbour || (predictions != nullptr && !predictions->neighbour);
            if (!is_named || !looks_like_olmes_metrics(listing.head(entry))) continue;
            OlmesFiles files{entry.path, {}};
            std::uint64_t bytes = entry.size;
            entry.claimed = true;
            for (const char* end : {"-requests.jsonl", "-recorded-inputs.jsonl"}) // what the model was asked
                if (FolderListing::Entry* asked = neighbour_of(listing, entry.name, end)) asked->claimed = true;
            if (predictions != nullptr && looks_like_olmes_predictions(listing.head(*predictions))) {
                predictions->claimed = true;
                files.predictions = predictions->path;
                bytes += predictions->size;
            }
            sources_.push_back(std::make_unique<OlmesSource>(std::move(files), bytes));
        }
        for (FolderListing::Entry* entry : listing.unclaimed_files())
            if (entry->name.ends_with(predictions_end) && looks_like_olmes_predictions(listing.head(*entry))) {
                entry->claimed = true;
                skip(entry->path, "predictions of OLMES without their metrics file, which names the model and the "
                                  "task. Put " +
                                      entry->name.substr(0, entry->name.size() - predictions_end.size()) +
                                      std::string(metrics_end) + " beside it");
            }
    }

    std::vector<std::unique_ptr<Source>> take() override { return std::move(sources_); }

private:
    // The file of the same task with another ending.
    static FolderListing::Entry* neighbour_of(FolderListing& listing, const std::string& name, std::string_view end) {
        if (!name.ends_with(metrics_end)) return nullptr;
        FolderListing::Entry* found = listing.find(name.substr(0, name.size() - metrics_end.size()) + std::string(end));
        return found != nullptr && found->regular && !found->claimed ? found : nullptr;
    }

    std::vector<std::unique_ptr<Source>> sources_;
};

} // namespace

std::unique_ptr<SourceFinder> olmes_finder() {
    return std::make_unique<OlmesFinder>();
}

} // namespace isoloss
