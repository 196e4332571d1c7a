#include "engine/importers/import_preview.h"

#include "engine/importers/ruled_subjects.h"
#include "engine/importers/source_remarks.h"
#include "engine/importers/source_scan.h"
#include "engine/store/project.h"
#include "engine/store/reader.h"

#include <algorithm>
#include <exception>
#include <map>
#include <memory>
#include <set>

namespace isoloss {

namespace {

// A sink that counts instead of storing.
class PreviewContext final : public SourceRemarks {
public:
    PreviewContext(Reader* reader, const ImportOptions& options, const PreviewLimits& limits)
        : reader_(reader), options_(options), limits_(limits), rules_(options.mapping) {}

    Expected<std::optional<SourceRecord>> known(std::string_view name) override {
        if (reader_ == nullptr) return std::nullopt;
        return reader_->source(name);
    }

    Expected<void> take(RunPart part) override {
        rules_.apply(part);
        if (!part.run) return {};
        Run& run = runs_[part.run.get()];
        if (!run.subject) {
            run.subject = part.run;
            order_.push_back(&run);
            run.preview.name = part.run->name;
            run.preview.identity = part.run->identities.front();
        }
        add(run, part);
        return {};
    }

    bool stopped() const override {
        const bool enough = points_ >= limits_.points_of_source || values_ >= limits_.values_of_source ||
                            bytes_ >= limits_.bytes_of_source;
        if (enough) was_stopped_ = true;
        return enough || options_.cancellation.cancelled();
    }

    CancellationToken cancellation() const override { return options_.cancellation; }

    const ImportOptions& options() const override { return options_; }

    void set_subject(const std::filesystem::path&) override {}

    void advance(std::uint64_t bytes) override { bytes_ += bytes; }

    Expected<SourcePreview> result(const Source& source) {
        SourcePreview preview;
        preview.format = source.format();
        preview.title = source.title();
        preview.files = source.files();
        preview.bytes = source.bytes();
        preview.whole = !was_stopped_;
        preview.notes = std::move(notes);
        for (const auto& [text, files_of_note] : shared_notes)
            preview.notes.push_back(shared_note(text, files_of_note));
        preview.skipped = std::move(skipped);
        for (Run* run : order_) {
            ISOLOSS_TRY_VOID(find_known(*run));
            preview.runs.push_back(std::move(run->preview));
        }
        return preview;
    }

private:
    struct Run {
        std::shared_ptr<const RunSubject> subject;
        RunPreview preview;
        std::set<std::pair<int, std::optional<std::int64_t>>> checkpoints; ///< attempt and step
    };

    void add(Run& run, const RunPart& part) {
        RunPreview& preview = run.preview;
        points_ += static_cast<std::int64_t>(part.points.size());
        preview.points += static_cast<std::int64_t>(part.points.size());
        const auto reach = [&](std::int64_t step) {
            preview.first_step = std::min(preview.first_step.value_or(step), step);
            preview.last_step = std::max(preview.last_step.value_or(step), step);
        };
        for (const EventColumns::Part& column : part.points.parts()) {
            const auto steps = part.points.points(column).steps;
            reach(steps.front());
            reach(steps.back());
            preview.attempts = std::max(preview.attempts, static_cast<int>(column.attempt));
        }
        add_names(preview.series, part.new_series);
        for (const RunFacts& facts : part.facts)
            if (!facts.config.empty()) preview.has_config = true;
        for (const ImportedCheckpoint& checkpoint : part.checkpoints) {
            if (run.checkpoints.insert({checkpoint.attempt, checkpoint.step}).second) ++preview.checkpoints;
            if (checkpoint.step) reach(*checkpoint.step);
            std::vector<std::string> keys;
            for (const ImportedValue& value : checkpoint.values) {
                if (!value.first_outcome) {
                    keys.push_back(value.quantity.key);
                    ++preview.values;
                    ++values_;
                }
                preview.items += static_cast<std::int64_t>(value.outcomes.size());
                values_ += static_cast<std::int64_t>(value.outcomes.size());
            }
            add_names(preview.quantities, keys);
        }
    }

    void add_names(std::vector<std::string>& names, const std::vector<std::string>& more) const {
        for (const std::string& name : more)
            if (names.size() < limits_.names_of_run && std::find(names.begin(), names.end(), name) == names.end())
                names.push_back(name);
    }

    Expected<void> find_known(Run& run) {
        if (reader_ == nullptr) return {};
        RunPreview& preview = run.preview;
        for (const auto* identities : {&run.subject->identities, &run.subject->known_as})
            for (const RunIdentity& identity : *identities) {
                if (preview.known) break;
                ISOLOSS_TRY(preview.known, reader_->run_of(identity));
            }
        if (preview.known) {
            ISOLOSS_TRY(const auto record, reader_->run(*preview.known));
            if (record) preview.name = record->name;
            return {};
        }
        ISOLOSS_TRY(preview.same_name, reader_->run_named(preview.name));
        return {};
    }

    Reader* reader_;
    const ImportOptions& options_;
    const PreviewLimits& limits_;
    RuledSubjects rules_;
    std::map<const RunSubject*, Run> runs_;
    std::vector<Run*> order_;
    std::int64_t points_ = 0, values_ = 0;
    std::uint64_t bytes_ = 0;
    mutable bool was_stopped_ = false;
};

Expected<SourcePreview> preview(const Source& source, Reader* reader, const ImportOptions& options,
                                const PreviewLimits& limits, bool& recognised) {
    PreviewContext context(reader, options, limits);
    try {
        ISOLOSS_TRY_VOID(source.read(context));
    } catch (const std::exception& exception) {
        context.skip(source.files().front(), {}, std::string("could not be read: ") + exception.what());
    }
    const auto& unknown = context.unknown;
    recognised = std::find(unknown.begin(), unknown.end(), source.files().front()) == unknown.end();
    return context.result(source);
}

// Each by itself, so that each can be given a mapping.
void add_unmapped(const SourcePreview& tables, ImportPreview& result) {
    for (const auto& file : tables.files) {
        SourcePreview table = tables;
        table.files = {file};
        table.needs_mapping = true;
        result.sources.push_back(std::move(table));
    }
}

} // namespace

Expected<ImportPreview> preview_import(const Project* project, const std::vector<std::filesystem::path>& paths,
                                       const ImportOptions& given, const PreviewLimits& limits) {
    ImportOptions options = given;
    std::unique_ptr<Reader> reader;
    if (project != nullptr) {
        ISOLOSS_TRY(reader, project->reader());
        ISOLOSS_TRY(options.mapping, with_kept_mappings(*reader, given.mapping));
    }
    ISOLOSS_TRY(FoundSources found, scan_sources(paths, options));
    ImportPreview result;
    result.skipped = std::move(found.skipped);
    ProgressReporter progress(options.progress, "sources", std::min(found.sources.size(), limits.sources));
    for (const auto& source : found.sources) {
        if (options.cancellation.cancelled()) break;
        if (result.sources.size() >= limits.sources) {
            ++result.not_looked_at;
            continue;
        }
        bool recognised = true;
        ISOLOSS_TRY(auto looked_at, preview(*source, reader.get(), options, limits, recognised));
        if (recognised)
            result.sources.push_back(std::move(looked_at));
        else if (!looked_at.notes.empty())
            add_unmapped(looked_at, result);
        progress.advance(1);
    }
    if (options.cancellation.cancelled()) return fail(ErrorKind::cancelled, "the preview was stopped");
    progress.flush();
    return result;
}

} // namespace isoloss
