#include "engine/importers/harness_import.h"

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/importers/harness_quantities.h"
#include "engine/importers/harness_results.h"
#include "engine/importers/harness_samples.h"
#include "engine/importers/run_joining.h"
#include "engine/importers/source_state.h"

#include <cmath>
#include <map>
#include <set>

namespace isoloss {

namespace {

constexpr std::string_view results_format = "harness_results";
constexpr std::string_view samples_format = "harness_samples";
constexpr std::uint64_t largest_results = 256ull << 20;

struct SamplesFile {
    std::string task;
    SourceRecord record;
    std::vector<HarnessSample> rows;
};

bool same_number(std::optional<double> a, std::optional<double> b) {
    if (a.has_value() != b.has_value()) return false;
    return !a || *a == *b || (std::isnan(*a) && std::isnan(*b));
}

class HarnessImport {
public:
    HarnessImport(ImportSession& session, const HarnessSource& source) : session_(session), source_(source) {}

    Expected<HarnessVerdict> run() {
        ISOLOSS_TRY(const bool unchanged, all_unchanged());
        if (unchanged) return HarnessVerdict::unchanged;
        ISOLOSS_TRY(const bool ours, read_results());
        if (!ours) return HarnessVerdict::not_ours;
        for (const auto& path : source_.samples) {
            const auto name = samples_name(path.filename().string());
            ISOLOSS_TRY_VOID(read_samples(path, name ? name->task : std::string()));
        }
        ISOLOSS_TRY_VOID(read_old_samples());
        ISOLOSS_TRY_VOID(find_what_is_known());
        ISOLOSS_TRY_VOID(session_.write([this](WriteSession& store) { return write(store); }));
        report();
        return HarnessVerdict::imported;
    }

private:
    Expected<bool> is_unchanged(const std::filesystem::path& path) {
        ISOLOSS_TRY(const auto known, session_.reader().source(path_text(path)));
        if (!known) return false;
        const auto file = InputFile::open(path);
        if (!file) return false;
        const auto change = compare_source(*file, known);
        return change && *change == SourceChange::unchanged;
    }

    Expected<bool> all_unchanged() {
        ISOLOSS_TRY(bool unchanged, is_unchanged(source_.results));
        for (const auto& path : source_.samples) {
            if (!unchanged) break;
            ISOLOSS_TRY(unchanged, is_unchanged(path));
        }
        return unchanged;
    }

    // False when it is not a results file, or none that can be read (then it is reported).
    Expected<bool> read_results() {
        const auto skip = [&](const Error& error) {
            session_.skip(error);
            return false;
        };
        const auto file = InputFile::open(source_.results);
        if (!file) return skip(file.error());
        auto record = source_record(*file, results_format);
        if (!record) return skip(record.error());
        record_ = std::move(*record);
        const auto text = read_text_file(source_.results, largest_results);
        if (!text) return skip(text.error());
        if (!may_be_harness_results(*text)) return false;
        const auto document = parse_json(*text, path_text(source_.results));
        if (!document) return skip(document.error());
        auto results = read_harness_results(*document, source_.results);
        if (!results) return false;
        results_ = std::move(*results);
        record_.offset = record_.size;
        return true;
    }

    // Samples that are called after the model are known only now that the model is.
    Expected<void> read_old_samples() {
        std::set<std::string> tasks;
        for (const HarnessScore& score : results_.scores)
            tasks.insert(score.task);
        for (const std::string& task : tasks)
            for (const std::string& name : old_samples_names(results_.model_args, results_.model.run_name, task)) {
                const auto path = source_.results.parent_path() / name;
                std::error_code none;
                if (std::filesystem::is_regular_file(path, none)) ISOLOSS_TRY_VOID(read_samples(path, task));
            }
        return {};
    }

    Expected<void> read_samples(const std::filesystem::path& path, const std::string& task) {
        const auto file = InputFile::open(path);
        if (!file) {
            session_.skip(file.error());
            return {};
        }
        SamplesFile samples;
        samples.task = task;
        auto record = source_record(*file, samples_format);
        const auto counts = read_harness_samples(path, [&](HarnessSample&& sample) {
            sample.item.task = samples.task;
            samples.rows.push_back(std::move(sample));
            return !session_.cancelled();
        });
        if (!counts || !record) {
            session_.skip(counts ? record.error() : counts.error());
            return {};
        }
        if (counts->bad_rows > 0)
            session_.skip(path, counts->first_bad_place,
                          std::to_string(counts->bad_rows) + " rows are no samples. Write the file again");
        if (counts->oversized_rows > 0)
            session_.skip(path, {}, std::to_string(counts->oversized_rows) + " rows above 16 MB were stepped over");
        if (counts->held_tail)
            session_.note(path_text(path) + ": the last row is not whole yet; it is read when the file has grown");
        samples.record = std::move(*record);
        samples_.push_back(std::move(samples));
        return {};
    }

    Expected<void> find_what_is_known() {
        identities_ = known_as_harness_model(results_.model.identity, results_.model.local_path);
        ISOLOSS_TRY(run_, session_.find_run(identities_));
        if (!run_) return {};
        ISOLOSS_TRY(const auto checkpoints, session_.reader().checkpoints(*run_));
        for (const CheckpointRecord& checkpoint : checkpoints) {
            if (checkpoint.attempt != 1 || checkpoint.step != results_.model.step) continue;
            checkpoint_ = checkpoint.id;
            ISOLOSS_TRY(const auto values, session_.reader().values(checkpoint.id));
            for (const ValueRecord& value : values)
                newest_.emplace(value.quantity, value);
        }
        return {};
    }

    // The value of this very evaluation, when an earlier import has stored it.
    Expected<std::optional<ValueRecord>> stored_before(CheckpointId checkpoint, QuantityId quantity) {
        const auto newest = newest_.find(quantity);
        if (newest == newest_.end()) return std::nullopt;
        if (newest->second.variant == results_.variant) return newest->second;
        ISOLOSS_TRY(const auto history, session_.reader().value_history(checkpoint, quantity));
        for (const ValueRecord& value : history)
            if (value.variant == results_.variant) return value;
        return std::nullopt;
    }

    Expected<void> write(WriteSession& store) {
        if (!run_) {
            ISOLOSS_TRY(run_, store.ensure_run(identities_.front(), results_.model.run_name));
            // So that the checkpoint's folder and its events find the run when they are imported later.
            if (identities_.size() > 1) ISOLOSS_TRY_VOID(store.add_identity(*run_, identities_[1]));
            ++added_.runs;
        } else {
            ISOLOSS_TRY_VOID(store.add_identity(*run_, identities_.front()));
        }
        if (results_.model.config != "{}") ISOLOSS_TRY_VOID(store.merge_run_config(*run_, results_.model.config));
        if (!checkpoint_) ++added_.checkpoints;
        ISOLOSS_TRY(const CheckpointId checkpoint, store.ensure_checkpoint(*run_, 1, results_.model.step));
        if (results_.parameter_count) {
            CheckpointRecord details;
            details.parameter_count = results_.parameter_count;
            ISOLOSS_TRY_VOID(store.update_checkpoint(checkpoint, details));
        }
        for (const HarnessScore& score : results_.scores)
            ISOLOSS_TRY_VOID(write_score(store, checkpoint, score));
        record_.run = run_;
        ISOLOSS_TRY_VOID(store.put_source(record_));
        for (SamplesFile& samples : samples_) {
            samples.record.run = run_;
            samples.record.offset = samples.record.size;
            ISOLOSS_TRY_VOID(store.put_source(samples.record));
        }
        return {};
    }

    Expected<void> write_score(WriteSession& store, CheckpointId checkpoint, const HarnessScore& score) {
        ISOLOSS_TRY(const QuantityId quantity, ensure_harness_quantity(store, score));
        ValueRecord value;
        value.checkpoint = checkpoint;
        value.quantity = quantity;
        value.value = score.value;
        value.standard_error = score.standard_error;
        value.n = score.n;
        value.variant = results_.variant;
        value.recorded_at = results_.evaluated_at.value_or(record_.modified);
        value.provenance = provenance(score);
        if (!std::isfinite(score.value)) value.status = ValueStatus::nonfinite;
        if (results_.limit) {
            if (value.status == ValueStatus::ok) value.status = ValueStatus::partial;
            value.reason = "evaluated with limit=" + number_text(*results_.limit);
        }
        ISOLOSS_TRY(const auto before, stored_before(checkpoint, quantity));
        const bool is_new = !before || !same_number(before->value, value.value) ||
                            !same_number(before->standard_error, value.standard_error);
        if (is_new) ++added_.values;
        const auto rows = outcomes_of(score);
        if (!is_new && rows.empty()) return {};
        std::size_t had = 0;
        if (before) {
            ISOLOSS_TRY(const auto outcomes, session_.reader().outcomes(before->id));
            had = outcomes.size();
        }
        ISOLOSS_TRY(const ValueId id, store.put_value(value));
        if (rows.empty()) return {};
        ISOLOSS_TRY_VOID(store.put_outcomes(id, rows));
        added_.items += static_cast<std::int64_t>(rows.size() > had ? rows.size() - had : 0);
        return {};
    }

    std::vector<OutcomeRecord> outcomes_of(const HarnessScore& score) const {
        std::vector<OutcomeRecord> outcomes;
        for (const SamplesFile& samples : samples_) {
            if (samples.task != score.task) continue;
            for (const HarnessSample& row : samples.rows) {
                // Before 0.4.7 rows do not name their filter; then they belong to every filter of the metric.
                if (!row.filter.empty() && row.filter != score.filter) continue;
                for (const auto& [metric, correct] : row.metrics) {
                    if (metric != score.metric) continue;
                    OutcomeRecord outcome;
                    outcome.item = row.item;
                    outcome.correct = correct;
                    outcome.chosen = metric == "acc_norm" ? row.chosen_normalised : row.chosen;
                    outcome.log_likelihoods = row.log_likelihoods;
                    outcomes.push_back(std::move(outcome));
                }
            }
        }
        return outcomes;
    }

    std::string provenance(const HarnessScore& score) const {
        std::string text =
            "{\"file\":" + json_quote(path_text(source_.results)) + ",\"place\":" + json_quote("results." + score.task);
        if (!results_.dtype.empty()) text += ",\"dtype\":" + json_quote(results_.dtype);
        if (!results_.device.empty()) text += ",\"device\":" + json_quote(results_.device);
        if (!results_.model.step_source.empty()) text += ",\"step_from\":" + json_quote(results_.model.step_source);
        return text + "}";
    }

    void report() {
        ImportReport& report = session_.report;
        ++report.files;
        report.files += static_cast<std::int64_t>(samples_.size());
        report.runs += added_.runs;
        report.checkpoints += added_.checkpoints;
        report.values += added_.values;
        report.items += added_.items;
        const std::string path = path_text(source_.results);
        if (results_.not_scores > 0)
            session_.skip(source_.results, "results",
                          std::to_string(results_.not_scores) +
                              " entries are nested or no numbers and were left out. Only task → metric → number is "
                              "read");
        if (results_.shots_in_name)
            session_.note(path + ": the name says " + std::to_string(*results_.shots_in_name) +
                          " shots, the content something else; the content is believed");
        session_.count_note(results_.model.step
                                ? results_.model.run_name + ": steps read from " + results_.model.step_source
                                : results_.model.run_name + ": no step given, taken as the run's last checkpoint");
    }

    ImportSession& session_;
    const HarnessSource& source_;
    HarnessResults results_;
    SourceRecord record_;
    std::vector<SamplesFile> samples_;
    std::vector<RunIdentity> identities_;
    std::optional<RunId> run_;
    std::optional<CheckpointId> checkpoint_;   ///< that was there before
    std::map<QuantityId, ValueRecord> newest_; ///< of that checkpoint
    ImportReport added_;
};

} // namespace

Expected<HarnessVerdict> import_harness_results(ImportSession& session, const HarnessSource& source) {
    return HarnessImport(session, source).run();
}

} // namespace isoloss
