#include "engine/importers/studies/study_source.h"

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/importers/run_joining.h"
#include "engine/importers/source_state.h"
#include "engine/importers/studies/study_evaluation.h"
#include "engine/importers/studies/study_files.h"
#include "engine/importers/studies/study_model.h"
#include "engine/importers/unchanged_files.h"

#include <map>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view study_format = "scaling_study";
constexpr std::uint64_t largest_file = 16u << 20;
constexpr std::string_view loss_note =
    "the study's perplexities are mean losses in nats per token (its evaluation stores the loss under that name) and "
    "are taken as losses";

ImportedValue imported_value(const StudyScore& score, const fs::path& file) {
    ImportedValue imported;
    QuantityRecord& quantity = imported.quantity;
    quantity.key = score.subject + "/" + score.metric;
    quantity.subject = score.subject;
    quantity.metric = score.metric;
    quantity.version = score.version;
    quantity.unit = score.unit;
    quantity.direction = score.direction;
    ValueRecord& value = imported.value;
    value.value = score.value;
    value.standard_error = score.standard_error;
    value.n = score.n;
    value.provenance = "{\"file\":" + json_quote(path_text(file)) + ",\"place\":" + json_quote(score.place);
    if (!score.error_source.empty()) value.provenance += ",\"standard_error_from\":" + json_quote(score.error_source);
    value.provenance += "}";
    return imported;
}

class StudyReader {
public:
    StudyReader(SourceContext& context, const StudyFiles& files) : context_(context), files_(files) {}

    Expected<void> run() {
        // Also the models that have not changed: they say which run an evaluation belongs to.
        for (const fs::path& path : files_.models) {
            if (context_.stopped()) return {};
            ISOLOSS_TRY_VOID(read_model(path));
        }
        for (const fs::path& path : files_.evaluations) {
            if (context_.stopped()) return {};
            ISOLOSS_TRY_VOID(read_evaluation(path));
        }
        if (without_model_ > 0)
            context_.note(std::to_string(without_model_) +
                          " evaluations have no model file: their runs have scores but no hyperparameters");
        return {};
    }

private:
    struct ReadFile {
        SourceRecord record;
        rapidjson::Document document;
    };

    std::optional<ReadFile> read(const fs::path& path) {
        context_.set_subject(path);
        const auto file = InputFile::open(path);
        if (!file) {
            context_.skip(file.error());
            return std::nullopt;
        }
        context_.advance(file->size());
        auto record = source_record(*file, study_format);
        JsonMends mends;
        auto document = read_json_file(path, {largest_file}, &mends);
        if (!record || !document) {
            context_.skip(record ? document.error() : record.error());
            return std::nullopt;
        }
        context_.note_mends(path, mends);
        record->offset = record->size;
        return ReadFile{std::move(*record), std::move(*document)};
    }

    // A subject is complete when it is made: parts that were handed over are read by another thread.
    std::shared_ptr<const RunSubject> subject_of(const fs::path& file, const std::string& name,
                                                 const std::string& uuid) {
        auto& subject = subjects_[name];
        if (subject) return subject;
        auto made = std::make_shared<RunSubject>();
        made->name = name;
        made->identities = {identity::study_model(name)};
        made->known_as = {identity::table_run(study_folder(file.parent_path()), name)};
        if (!uuid.empty() && by_uuid_.emplace(uuid, name).second)
            made->identities.push_back(identity::study_model_uuid(uuid));
        return subject = std::move(made);
    }

    Expected<void> read_model(const fs::path& path) {
        auto read_file = read(path);
        if (!read_file) return {};
        auto model = read_study_model(read_file->document);
        if (!model) {
            context_.not_recognised(path);
            return {};
        }
        context_.count_file();
        by_file_[path.stem().string()] = model->name;
        if (!by_name_.emplace(model->name, path).second)
            context_.note(path_text(path) + ": another file of this study has the model " + model->name +
                          " too; they are one run");
        if (model->left_out > 0)
            context_.skip(path, "results",
                          std::to_string(model->left_out) +
                              " entries have no loss or do not name their set and were left out");
        RunFacts facts;
        facts.config = model->config;
        facts.group = model->dataset;
        if (model->failed) facts.status = *model->failed ? RunStatus::crashed : RunStatus::finished;
        ImportedCheckpoint checkpoint;
        checkpoint.details.parameter_count = model->parameter_count;
        checkpoint.details.tokens = model->tokens;
        if (model->tokens) checkpoint.details.tokens_source = "logged";
        checkpoint.details.flops = model->flops;
        if (model->flops) checkpoint.details.flops_source = "logged";
        for (const StudyScore& score : model->losses) {
            checkpoint.values.push_back(imported_value(score, path));
            checkpoint.values.back().value.recorded_at = model->created_at.value_or(read_file->record.modified);
        }
        RunPart part;
        part.run = subject_of(path, model->name, model->uuid);
        part.facts.push_back(std::move(facts));
        part.checkpoints.push_back(std::move(checkpoint));
        part.sources.push_back(std::move(read_file->record));
        return context_.take(std::move(part));
    }

    // By uuid, by the name that it says, by the name of its file; else it is the only one to know of its model.
    std::string model_of(const StudyEvaluation& evaluation, const fs::path& path) {
        const std::string in_name = study_name_of_file(path.stem().string(), evaluation.suite);
        if (const auto found = by_uuid_.find(evaluation.model_uuid); found != by_uuid_.end()) return found->second;
        if (by_name_.contains(evaluation.model_name)) return evaluation.model_name;
        if (by_name_.contains(in_name)) return in_name;
        if (const auto found = by_file_.find(in_name); found != by_file_.end()) return found->second;
        ++without_model_;
        return evaluation.model_name.empty() ? in_name : evaluation.model_name;
    }

    Expected<void> read_evaluation(const fs::path& path) {
        auto read_file = read(path);
        if (!read_file) return {};
        auto evaluation = read_study_evaluation(read_file->document);
        if (!evaluation) {
            context_.not_recognised(path);
            return {};
        }
        context_.count_file();
        if (evaluation->left_out > 0)
            context_.skip(path, "eval_metrics",
                          std::to_string(evaluation->left_out) + " entries are no numbers and were left out");
        ImportedCheckpoint checkpoint;
        bool has_losses = false;
        for (const StudyScore& score : evaluation->scores) {
            ImportedValue imported = imported_value(score, path);
            imported.value.variant = evaluation->variant.empty() ? path.stem().string() : evaluation->variant;
            imported.value.recorded_at = evaluation->created_at.value_or(read_file->record.modified);
            has_losses = has_losses || score.metric == "loss";
            checkpoint.values.push_back(std::move(imported));
        }
        if (has_losses) context_.count_note(std::string(loss_note));
        RunPart part;
        part.run = subject_of(path, model_of(*evaluation, path), evaluation->model_uuid);
        part.checkpoints.push_back(std::move(checkpoint));
        part.sources.push_back(std::move(read_file->record));
        return context_.take(std::move(part));
    }

    SourceContext& context_;
    const StudyFiles& files_;
    std::map<std::string, std::shared_ptr<const RunSubject>> subjects_; ///< by the model's name
    std::map<std::string, fs::path> by_name_;                           ///< models that have a file
    std::map<std::string, std::string> by_uuid_, by_file_;              ///< → the model's name
    std::int64_t without_model_ = 0;
};

class StudySource final : public Source {
public:
    explicit StudySource(StudyFiles files) : files_(std::move(files)) {
        for (const auto* set : {&files_.models, &files_.evaluations})
            for (const fs::path& path : *set) {
                std::error_code error;
                const auto size = fs::file_size(path, error);
                if (!error) bytes_ += size;
            }
    }

    std::string_view format() const override { return study_format; }

    std::string title() const override { return "Scaling study"; }

    std::vector<fs::path> files() const override {
        std::vector<fs::path> files(files_.models.begin(), files_.models.end());
        files.insert(files.end(), files_.evaluations.begin(), files_.evaluations.end());
        return files;
    }

    std::uint64_t bytes() const override { return bytes_; }

    Expected<void> read(SourceContext& context) const override {
        ISOLOSS_TRY(const bool unchanged, all_unchanged(context, files()));
        if (unchanged) return {};
        return StudyReader(context, files_).run();
    }

private:
    StudyFiles files_;
    std::uint64_t bytes_ = 0;
};

class StudyFinder final : public SourceFinder {
public:
    void look_at(FolderListing& listing) override {
        bool whole = true;
        for (FolderListing::Entry& entry : listing.entries()) {
            whole = whole && !entry.neighbour;
            if (!entry.regular || entry.claimed || entry.neighbour || entry.path.extension() != ".json") continue;
            const std::string_view head = listing.head(entry);
            StudyFiles* study = nullptr;
            const bool is_evaluation = looks_like_study_evaluation(head);
            if (!is_evaluation && !looks_like_study_model(head)) continue;
            study = &studies_[study_folder(listing.path())];
            (is_evaluation ? study->evaluations : study->models).insert(entry.path);
            entry.claimed = true;
        }
        if (whole) seen_.insert(listing.path());
    }

    std::vector<std::unique_ptr<Source>> take() override {
        std::vector<std::unique_ptr<Source>> sources;
        for (auto& [folder, files] : studies_) {
            add_partners(folder, seen_, files);
            sources.push_back(std::make_unique<StudySource>(std::move(files)));
        }
        return sources;
    }

private:
    std::map<fs::path, StudyFiles> studies_; ///< by folder
    std::set<fs::path> seen_;                ///< folders that were looked through as a whole
};

} // namespace

std::unique_ptr<SourceFinder> study_finder() {
    return std::make_unique<StudyFinder>();
}

} // namespace isoloss
