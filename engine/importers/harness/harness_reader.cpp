#include "engine/importers/harness/harness_reader.h"

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/importers/harness/harness_results.h"
#include "engine/importers/harness/harness_samples.h"
#include "engine/importers/json_rows_inside.h"
#include "engine/importers/outcome_batches.h"
#include "engine/importers/run_joining.h"
#include "engine/importers/source_state.h"
#include "engine/importers/unchanged_files.h"

#include <map>
#include <set>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view samples_format = "harness_samples";
constexpr std::uint64_t largest_results = 64ull << 20; // without its samples

class HarnessReader {
public:
    HarnessReader(SourceContext& context, const HarnessFiles& source) : context_(context), source_(source) {}

    Expected<void> run() {
        context_.set_subject(source_.results);
        ISOLOSS_TRY(const bool unchanged, all_unchanged(context_, source_.files()));
        if (unchanged) return {};
        if (!read_results() || context_.stopped()) return {};
        report();
        find_old_samples();
        RunPart part = results_part();
        if (samples_.empty() && !samples_inside_) {
            part.sources.push_back(std::move(record_));
            return context_.take(std::move(part));
        }
        // Samples may be of any length, so they follow in batches. What says that the files are read comes last.
        OutcomeBatches batches(context_, part.run, part.checkpoints.front());
        ISOLOSS_TRY_VOID(context_.take(std::move(part)));
        std::vector<SourceRecord> records;
        if (samples_inside_) ISOLOSS_TRY_VOID(read_samples_inside(batches));
        for (const Samples& samples : samples_)
            ISOLOSS_TRY_VOID(read_samples(samples, batches, records));
        if (context_.stopped()) return {};
        records.push_back(std::move(record_));
        return batches.finish(std::move(records));
    }

private:
    struct Samples {
        fs::path path;
        std::string task;
    };

    // False when it is not a results file, or none that can be read (then it is reported).
    bool read_results() {
        const auto skip = [&](const Error& error) {
            context_.skip(error);
            return false;
        };
        const auto not_ours = [&] {
            context_.not_recognised(source_.results);
            return false;
        };
        const auto file = InputFile::open(source_.results);
        if (!file) return skip(file.error());
        auto record = source_record(*file, harness_results_format);
        if (!record) return skip(record.error());
        record_ = std::move(*record);
        context_.advance(file->size());
        // Results that were saved with their samples inside may be of any length.
        const auto without_samples = read_json_without(*file, "samples", largest_results);
        if (!without_samples) return skip(without_samples.error());
        if (!may_be_harness_results(without_samples->text)) return not_ours();
        samples_inside_ = without_samples->had_member;
        JsonMends mends;
        const auto document = parse_json(without_samples->text, path_text(source_.results), {}, &mends);
        if (!document) return skip(document.error());
        auto results = read_harness_results(*document, source_.results);
        if (!results) return not_ours();
        context_.note_mends(source_.results, mends);
        results_ = std::move(*results);
        for (std::size_t i = 0; i < results_.scores.size(); ++i)
            scores_of_task_.emplace(results_.scores[i].task, i);
        record_.offset = record_.size;
        return true;
    }

    // Samples that are called after the model are known only now that the model is.
    void find_old_samples() {
        for (const auto& path : source_.samples) {
            const auto name = samples_name(path.filename().string());
            samples_.push_back({path, name ? name->task : std::string()});
        }
        std::set<std::string> tasks;
        for (const HarnessScore& score : results_.scores)
            tasks.insert(score.task);
        for (const std::string& task : tasks)
            for (const std::string& name : old_samples_names(results_.model_args, results_.model.run_name, task)) {
                const auto path = source_.results.parent_path() / name;
                std::error_code none;
                if (fs::is_regular_file(path, none)) samples_.push_back({path, task});
            }
    }

    Expected<void> read_samples(const Samples& samples, OutcomeBatches& batches, std::vector<SourceRecord>& records) {
        const auto skip = [&](const Error& error) -> Expected<void> {
            context_.skip(error);
            return {};
        };
        const auto file = InputFile::open(samples.path);
        if (!file) return skip(file.error());
        context_.set_subject(samples.path);
        auto record = source_record(*file, samples_format);
        if (!record) return skip(record.error());
        Expected<void> taken;
        const auto counts = read_harness_samples(*file, [&](HarnessSample&& sample) {
            taken = add_outcomes(std::move(sample), samples.task, batches);
            return taken && !context_.stopped();
        });
        ISOLOSS_TRY_VOID(std::move(taken));
        if (!counts) return skip(counts.error());
        context_.count_file();
        context_.advance(file->size());
        report_rows(samples.path, *counts);
        record->offset = record->size;
        records.push_back(std::move(*record));
        return {};
    }

    Expected<void> read_samples_inside(OutcomeBatches& batches) {
        const auto file = InputFile::open(source_.results);
        Expected<void> taken;
        const auto each = [&](const rapidjson::Value& row, const std::string& task) {
            auto sample = read_harness_sample(row);
            if (!sample) return RowVerdict::bad;
            taken = add_outcomes(std::move(*sample), task, batches);
            return taken && !context_.stopped() ? RowVerdict::taken : RowVerdict::stop;
        };
        const auto counts =
            file ? read_json_rows_inside(*file, "samples", each) : Expected<JsonRowCounts>(fail(file.error()));
        ISOLOSS_TRY_VOID(std::move(taken));
        if (counts)
            report_rows(source_.results, *counts);
        else
            context_.skip(counts.error());
        return {};
    }

    void report_rows(const fs::path& path, const JsonRowCounts& counts) {
        if (counts.bad_rows > 0)
            context_.skip(path, counts.first_bad_place,
                          std::to_string(counts.bad_rows) + " rows are no samples. Write the file again");
        if (counts.oversized_rows > 0)
            context_.skip(path, {}, std::to_string(counts.oversized_rows) + " rows above 16 MB were stepped over");
        context_.note_mends(path, counts.mends);
        if (counts.held_tail)
            context_.note(path_text(path) + ": the last row is not whole yet; it is read when the file has grown");
    }

    Expected<void> add_outcomes(HarnessSample&& sample, const std::string& task, OutcomeBatches& batches) {
        sample.item.task = task;
        const auto [begin, end] = scores_of_task_.equal_range(task);
        for (auto at = begin; at != end; ++at) {
            const HarnessScore& score = results_.scores[at->second];
            // Before 0.4.7 rows do not name their filter; then they belong to every filter of the metric.
            if (!sample.filter.empty() && sample.filter != score.filter) continue;
            for (const auto& [metric, correct] : sample.metrics) {
                if (metric != score.metric) continue;
                OutcomeRecord outcome;
                outcome.item = sample.item;
                outcome.correct = correct;
                outcome.chosen = metric == "acc_norm" ? sample.chosen_normalised : sample.chosen;
                outcome.log_likelihoods = sample.log_likelihoods;
                ISOLOSS_TRY_VOID(batches.add(at->second, std::move(outcome)));
            }
        }
        return {};
    }

    RunPart results_part() const {
        auto subject = std::make_shared<RunSubject>();
        subject->name = results_.model.run_name;
        subject->known_as = known_as_harness_model(results_.model.identity, results_.model.local_path);
        subject->identities = {identity::harness_model(results_.model.identity)};
        // So that the checkpoint's folder and its events find the run when they are imported later.
        if (subject->known_as.size() > 1) subject->identities.push_back(subject->known_as[1]);
        RunPart part;
        part.run = std::move(subject);
        if (results_.model.config != "{}") {
            RunFacts facts;
            facts.config = results_.model.config;
            part.facts.push_back(std::move(facts));
        }
        ImportedCheckpoint checkpoint;
        checkpoint.step = results_.model.step;
        checkpoint.details.parameter_count = results_.parameter_count;
        for (const HarnessScore& score : results_.scores)
            checkpoint.values.push_back(imported_value(score));
        part.checkpoints.push_back(std::move(checkpoint));
        return part;
    }

    ImportedValue imported_value(const HarnessScore& score) const {
        ImportedValue imported;
        imported.quantity.key = quantity_key(score);
        imported.quantity.metric = score.metric;
        imported.quantity.subject = score.task;
        imported.quantity.filter = score.filter;
        imported.quantity.shots = score.shots;
        imported.quantity.version = score.version;
        imported.quantity.unit = unit_of_metric(score.metric);
        imported.quantity.direction = score.direction;
        ValueRecord& value = imported.value;
        value.value = score.value;
        value.standard_error = score.standard_error;
        value.n = score.n;
        value.variant = score.variant.empty() ? results_.variant : score.variant;
        if (score.variant.starts_with('#')) value.variant = results_.variant + score.variant;
        value.recorded_at = score.evaluated_at.value_or(results_.evaluated_at.value_or(record_.modified));
        value.provenance = provenance(score);
        if (results_.limit || score.n_of_task) value.status = ValueStatus::partial;
        if (results_.limit)
            value.reason = "evaluated with limit=" + number_text(*results_.limit);
        else if (score.n_of_task)
            value.reason =
                "evaluated on " + std::to_string(*score.n) + " of " + std::to_string(*score.n_of_task) + " items";
        return imported;
    }

    std::string provenance(const HarnessScore& score) const {
        std::string text =
            "{\"file\":" + json_quote(path_text(source_.results)) + ",\"place\":" + json_quote(score.place);
        const auto add = [&text](const char* name, const std::string& value) {
            if (!value.empty()) text += ",\"" + std::string(name) + "\":" + json_quote(value);
        };
        add("dtype", results_.dtype);
        add("device", results_.device);
        add("step_from", results_.model.step_source);
        add("chat_template", results_.chat_template_hash);
        if (!score.parts.empty()) {
            text += ",\"group_of\":[";
            for (std::size_t i = 0; i < score.parts.size(); ++i)
                text += (i == 0 ? "" : ",") + json_quote(score.parts[i]);
            text += "]";
        }
        return text + "}";
    }

    void report() {
        context_.count_file();
        const std::string path = path_text(source_.results);
        if (results_.not_scores > 0)
            context_.skip(source_.results, "results",
                          std::to_string(results_.not_scores) +
                              " entries are nested or no numbers and were left out. Only task → metric → number is "
                              "read");
        if (results_.shots_in_name)
            context_.note(path + ": the name says " + std::to_string(*results_.shots_in_name) +
                          " shots, the content something else; the content is believed");
        context_.count_note(results_.model.step
                                ? results_.model.run_name + ": steps read from " + results_.model.step_source
                                : results_.model.run_name + ": no step given, taken as the run's last checkpoint");
    }

    SourceContext& context_;
    const HarnessFiles& source_;
    HarnessResults results_;
    SourceRecord record_;
    std::vector<Samples> samples_;
    bool samples_inside_ = false;                            ///< in the results file itself
    std::multimap<std::string, std::size_t> scores_of_task_; ///< by task, numbers in results_.scores
};

} // namespace

Expected<void> read_harness(SourceContext& context, const HarnessFiles& files) {
    return HarnessReader(context, files).run();
}

} // namespace isoloss
