#include "engine/importers/harness_source.h"

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/importers/harness_results.h"
#include "engine/importers/harness_samples.h"
#include "engine/importers/run_joining.h"
#include "engine/importers/source_state.h"

#include <algorithm>
#include <map>
#include <set>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view results_format = "harness_results";
constexpr std::string_view samples_format = "harness_samples";
constexpr std::uint64_t largest_results = 256ull << 20;

struct SamplesFile {
    std::string task;
    SourceRecord record;
    std::vector<HarnessSample> rows;
};

/// A results file and the samples files that belong to it.
struct HarnessFiles {
    fs::path results;
    std::vector<fs::path> samples;
};

class HarnessReader {
public:
    HarnessReader(SourceContext& context, const HarnessFiles& source) : context_(context), source_(source) {}

    Expected<void> run() {
        context_.set_subject(source_.results);
        ISOLOSS_TRY(const bool unchanged, all_unchanged());
        if (unchanged) return {};
        if (!read_results()) return {};
        for (const auto& path : source_.samples) {
            const auto name = samples_name(path.filename().string());
            read_samples(path, name ? name->task : std::string());
        }
        read_old_samples();
        if (context_.stopped()) return {};
        report();
        return context_.take(part());
    }

private:
    Expected<bool> is_unchanged(const fs::path& path) {
        ISOLOSS_TRY(const auto known, context_.known(path_text(path)));
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
        auto record = source_record(*file, results_format);
        if (!record) return skip(record.error());
        record_ = std::move(*record);
        const auto text = read_text_file(source_.results, largest_results);
        if (!text) return skip(text.error());
        if (!may_be_harness_results(*text)) return not_ours();
        const auto document = parse_json(*text, path_text(source_.results));
        if (!document) return skip(document.error());
        auto results = read_harness_results(*document, source_.results);
        if (!results) return not_ours();
        results_ = std::move(*results);
        record_.offset = record_.size;
        return true;
    }

    // Samples that are called after the model are known only now that the model is.
    void read_old_samples() {
        std::set<std::string> tasks;
        for (const HarnessScore& score : results_.scores)
            tasks.insert(score.task);
        for (const std::string& task : tasks)
            for (const std::string& name : old_samples_names(results_.model_args, results_.model.run_name, task)) {
                const auto path = source_.results.parent_path() / name;
                std::error_code none;
                if (fs::is_regular_file(path, none)) read_samples(path, task);
            }
    }

    void read_samples(const fs::path& path, const std::string& task) {
        const auto file = InputFile::open(path);
        if (!file) {
            context_.skip(file.error());
            return;
        }
        SamplesFile samples;
        samples.task = task;
        auto record = source_record(*file, samples_format);
        const auto counts = read_harness_samples(path, [&](HarnessSample&& sample) {
            sample.item.task = samples.task;
            samples.rows.push_back(std::move(sample));
            return !context_.stopped();
        });
        if (!counts || !record) {
            context_.skip(counts ? record.error() : counts.error());
            return;
        }
        if (counts->bad_rows > 0)
            context_.skip(path, counts->first_bad_place,
                          std::to_string(counts->bad_rows) + " rows are no samples. Write the file again");
        if (counts->oversized_rows > 0)
            context_.skip(path, {}, std::to_string(counts->oversized_rows) + " rows above 16 MB were stepped over");
        if (counts->held_tail)
            context_.note(path_text(path) + ": the last row is not whole yet; it is read when the file has grown");
        samples.record = std::move(*record);
        samples_.push_back(std::move(samples));
    }

    RunPart part() {
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
        part.sources.push_back(record_);
        for (SamplesFile& samples : samples_) {
            samples.record.offset = samples.record.size;
            part.sources.push_back(samples.record);
        }
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
        value.variant = results_.variant;
        value.recorded_at = results_.evaluated_at.value_or(record_.modified);
        value.provenance = provenance(score);
        if (results_.limit) {
            value.status = ValueStatus::partial;
            value.reason = "evaluated with limit=" + number_text(*results_.limit);
        }
        imported.outcomes = outcomes_of(score);
        return imported;
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
        for (std::size_t i = 0; i < 1 + samples_.size(); ++i)
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
    std::vector<SamplesFile> samples_;
};

class HarnessSource final : public Source {
public:
    explicit HarnessSource(HarnessFiles files) : files_(std::move(files)) {}

    std::string_view format() const override { return results_format; }

    std::string title() const override { return "Evaluation harness results"; }

    std::vector<fs::path> files() const override {
        std::vector<fs::path> files{files_.results};
        files.insert(files.end(), files_.samples.begin(), files_.samples.end());
        return files;
    }

    std::uint64_t bytes() const override { return 0; }

    Expected<void> read(SourceContext& context) const override { return HarnessReader(context, files_).run(); }

private:
    HarnessFiles files_;
};

// Samples lie beside their results and carry the same time in their name; without one they belong to the only results
// file of the folder. A results file that is named alone still has its samples, and samples have their results.
class HarnessFinder final : public SourceFinder {
public:
    void look_at(FolderListing& listing) override {
        std::vector<FolderListing::Entry*> samples;
        std::set<std::string> times; ///< of samples that were named
        for (FolderListing::Entry& entry : listing.entries()) {
            if (!entry.regular || entry.claimed) continue;
            const auto name = samples_name(entry.name);
            if (!name) continue;
            samples.push_back(&entry);
            if (!entry.neighbour) times.insert(name->time);
        }
        std::vector<HarnessFiles> found;
        std::size_t neighbours = 0;
        for (FolderListing::Entry& entry : listing.entries()) {
            if (!entry.regular || entry.claimed || entry.path.extension() != ".json") continue;
            ++neighbours;
            const std::string stem = entry.path.stem().string();
            const bool has_named_samples = std::any_of(times.begin(), times.end(), [&](const std::string& time) {
                return !time.empty() && stem.ends_with(time);
            });
            if (entry.neighbour && !has_named_samples) continue;
            entry.claimed = true;
            found.push_back({entry.path, {}});
        }
        for (HarnessFiles& files : found) {
            const std::string stem = files.results.stem().string();
            for (FolderListing::Entry* entry : samples) {
                const auto name = samples_name(entry->name);
                if (name->time.empty() ? neighbours != 1 : !stem.ends_with(name->time)) continue;
                entry->claimed = true;
                files.samples.push_back(entry->path);
            }
            files_.emplace(files.results, std::move(files));
        }
    }

    std::vector<std::unique_ptr<Source>> take() override {
        std::vector<std::unique_ptr<Source>> sources;
        for (auto& [path, files] : files_)
            sources.push_back(std::make_unique<HarnessSource>(std::move(files)));
        return sources;
    }

private:
    std::map<fs::path, HarnessFiles> files_;
};

} // namespace

std::unique_ptr<SourceFinder> harness_finder() {
    return std::make_unique<HarnessFinder>();
}

} // namespace isoloss
