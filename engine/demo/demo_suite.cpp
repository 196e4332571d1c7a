#include "engine/demo/demo_suite.h"

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/demo/demo_training.h"
#include "engine/importers/import.h"
#include "engine/jobs/measure.h"
#include "engine/store/project.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr int held_out_sentences = 4000;
constexpr int labelled_sentences = 2000;
constexpr std::uint64_t held_out_seed = 1'000'001;
constexpr std::uint64_t labelled_seed = 1'000'002;

/// Tokens of the held-out text for the metrics of curvature, and the probes of the Hessian: enough for a standard error
/// of some percent within the time of a demonstration.
constexpr std::int64_t fisher_tokens = 3072;
constexpr std::int64_t hessian_tokens = 256;
constexpr int hessian_probes = 12;

const char* size_name(DemoSize size) {
    return size == DemoSize::quick ? "quick" : "full";
}

std::string suite_text(const DemoPlan& plan) {
    return "{\n  \"isoloss\": \"demo suite\",\n  \"version\": 1,\n  \"size\": \"" + std::string(size_name(plan.size)) +
           "\",\n  \"seed\": " + std::to_string(plan.seed) + "\n}\n";
}

/// A new or empty folder, or one of this very suite.
Expected<void> claim_folder(const fs::path& root, const DemoPlan& plan) {
    const fs::path file = root / "suite.json";
    std::error_code error;
    if (fs::exists(file, error)) {
        ISOLOSS_TRY(const std::string text, read_text_file(file, 1 << 16));
        if (text == suite_text(plan)) return {};
        return fail({ErrorKind::usage,
                     path_text(root),
                     {},
                     "holds a demo suite of another size or seed",
                     "Name another folder, or the size and seed that suite.json says"});
    }
    if (fs::exists(root, error) && !(fs::is_directory(root, error) && fs::is_empty(root, error)))
        return fail({ErrorKind::usage,
                     path_text(root),
                     {},
                     "is not empty and no demo suite",
                     "Name a folder that is not there yet"});
    fs::create_directories(root, error);
    if (error)
        return fail({ErrorKind::io,
                     path_text(root),
                     {},
                     "cannot be made: " + error.message(),
                     "Check the path and its rights"});
    return write_file_atomically(file, suite_text(plan));
}

Expected<void> write_languages(const DemoFolder& folder, const DemoPlan& plan) {
    for (const DemoLanguage& language : plan.languages) {
        const fs::path held_out = folder.held_out(language);
        std::error_code error;
        fs::create_directories(held_out.parent_path(), error);
        if (error)
            return fail({ErrorKind::io,
                         path_text(held_out.parent_path()),
                         {},
                         "cannot be made: " + error.message(),
                         "Check the free space and the rights of the folder"});
        ISOLOSS_TRY_VOID(write_text_data(held_out, held_out_of(plan, language)));
        ISOLOSS_TRY_VOID(
            write_labelled_data(folder.labelled(language), *language.language, labelled_of(plan, language)));
        ISOLOSS_TRY_VOID(
            write_file_atomically(held_out.parent_path() / (language.key + ".language.json"), language_json(language)));
    }
    return {};
}

/// Trains the runs that are missing on several threads; the first error stops the others.
class Trainings {
public:
    Trainings(const DemoFolder& folder, const DemoPlan& plan, Backend& backend, const ProgressFunction& progress,
              const CancellationToken& token)
        : folder_(folder), plan_(plan), backend_(backend), token_(token), reporter_(progress, "steps") {
        for (const DemoLanguage& language : plan.languages)
            held_out_.push_back(held_out_of(plan, language));
    }

    Expected<void> run(const std::vector<DemoRun>& missing) {
        std::uint64_t steps = 0;
        for (const DemoRun& run : missing)
            steps += static_cast<std::uint64_t>(run.steps());
        reporter_.set_total(steps);
        const std::size_t count = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, missing.size());
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < count; ++i)
            threads.emplace_back([this, &missing, i] { work(missing, i); });
        for (std::thread& thread : threads)
            thread.join();
        if (error_) return fail(*error_);
        reporter_.flush();
        return {};
    }

private:
    void work(const std::vector<DemoRun>& missing, std::size_t worker) {
        const fs::path scratch = folder_.root / (".training-" + std::to_string(worker));
        for (std::size_t next = next_++; next < missing.size(); next = next_++) {
            const DemoRun& run = missing[next];
            const auto trained = train_demo_run(
                backend_, plan_, run, held_out_[run.language], folder_.run(plan_, run), scratch, [&] { stepped(run); },
                stop_.token());
            if (trained) continue;
            const std::lock_guard lock(mutex_);
            if (!error_) error_ = trained.error();
            stop_.cancel();
            return;
        }
    }

    void stepped(const DemoRun& run) {
        const std::lock_guard lock(mutex_);
        reporter_.set_subject(plan_.languages[run.language].key + "/" + run.name());
        reporter_.advance(1);
        if (token_.cancelled()) stop_.cancel();
    }

    const DemoFolder& folder_;
    const DemoPlan& plan_;
    Backend& backend_;
    const CancellationToken& token_;
    CancellationSource stop_;
    std::vector<std::vector<LabelledSentence>> held_out_;
    std::atomic<std::size_t> next_{0};
    std::mutex mutex_;
    ProgressReporter reporter_;
    std::optional<Error> error_;
};

} // namespace

std::vector<LabelledSentence> held_out_of(const DemoPlan& plan, const DemoLanguage& language) {
    return draw_sentences(*language.language, held_out_sentences, held_out_seed + plan.seed * 1000);
}

std::vector<LabelledSentence> labelled_of(const DemoPlan& plan, const DemoLanguage& language) {
    return draw_sentences(*language.language, labelled_sentences, labelled_seed + plan.seed * 1000);
}

fs::path DemoFolder::run(const DemoPlan& plan, const DemoRun& run) const {
    return runs() / plan.languages[run.language].key / run.name();
}

fs::path DemoFolder::held_out(const DemoLanguage& language) const {
    return root / "data" / (language.key + ".jsonl");
}

fs::path DemoFolder::labelled(const DemoLanguage& language) const {
    return root / "data" / (language.key + "_labels.jsonl");
}

Expected<void> make_demo_files(const DemoFolder& folder, const DemoPlan& plan, const BackendFactory& backend,
                               const ProgressFunction& progress, const CancellationToken& token) {
    ISOLOSS_TRY_VOID(claim_folder(folder.root, plan));
    std::vector<DemoRun> missing;
    std::error_code ignored;
    for (const DemoRun& run : plan.runs)
        if (!fs::exists(folder.run(plan, run), ignored)) missing.push_back(run);
    if (missing.empty()) return {};
    ISOLOSS_TRY_VOID(write_languages(folder, plan));
    ISOLOSS_TRY(const auto opened, backend());
    ISOLOSS_TRY_VOID(Trainings(folder, plan, *opened, progress, token).run(missing));
    for (const auto& entry : fs::directory_iterator(folder.root, ignored))
        if (entry.path().filename().string().starts_with(".training-")) fs::remove_all(entry.path(), ignored);
    return {};
}

namespace {

/// Runs are known by where they lie: imported from another place they would be there twice.
Expected<void> check_not_moved(Reader& reader, const DemoFolder& folder, const DemoPlan& plan) {
    ISOLOSS_TRY(const auto checkpoints, reader.checkpoints());
    for (const DemoRun& run : plan.runs) {
        const std::string name = plan.languages[run.language].key + "/" + run.name();
        const std::string inside = path_text(fs::weakly_canonical(folder.run(plan, run))) + "/";
        for (const CheckpointRecord& checkpoint : checkpoints)
            if (checkpoint.run_name == name && !checkpoint.path.starts_with(inside))
                return fail({ErrorKind::usage,
                             path_text(folder.root),
                             {},
                             "the suite was made elsewhere: its project looks for " + checkpoint.path,
                             "Move the folder back, or remove demo.isoloss from it to import and measure anew"});
    }
    return {};
}

} // namespace

Expected<std::vector<JobId>> import_demo(Project& project, const DemoFolder& folder, const DemoPlan& plan,
                                         const CancellationToken& token) {
    {
        ISOLOSS_TRY(const auto before, project.reader());
        ISOLOSS_TRY_VOID(check_not_moved(*before, folder, plan));
    }
    ImportOptions options;
    options.cancellation = token;
    ISOLOSS_TRY(const ImportReport report, import_paths(project, {folder.runs()}, options));
    if (!report.skipped.empty())
        return fail({ErrorKind::damaged, report.skipped.front().path, report.skipped.front().place,
                     report.skipped.front().reason, "Remove this run's folder and run the demo again"});
    ISOLOSS_TRY(const auto reader, project.reader());
    ISOLOSS_TRY(const auto checkpoints, reader->checkpoints());
    std::vector<JobId> jobs;
    const auto queue = [&](const std::vector<CheckpointId>& chosen, const char* metric, const fs::path& data,
                           std::optional<std::int64_t> limit) -> Expected<void> {
        MeasureRequest request{chosen, {metric}, {data}, {}};
        request.parameters.limit = limit;
        request.parameters.probes = hessian_probes;
        ISOLOSS_TRY(const MeasureQueued queued, queue_measurements(project, request));
        jobs.insert(jobs.end(), queued.jobs.begin(), queued.jobs.end());
        return {};
    };
    for (const DemoLanguage& language : plan.languages) {
        const std::string inside = path_text(fs::weakly_canonical(folder.runs() / language.key)) + "/";
        std::vector<CheckpointId> chosen;
        for (const CheckpointRecord& checkpoint : checkpoints)
            if (checkpoint.path.starts_with(inside)) chosen.push_back(checkpoint.id);
        const fs::path text = folder.held_out(language);
        ISOLOSS_TRY_VOID(queue(chosen, "mlm_loss", text, std::nullopt));
        ISOLOSS_TRY_VOID(queue(chosen, "linear_probe_accuracy", folder.labelled(language), std::nullopt));
        ISOLOSS_TRY_VOID(queue(chosen, "fisher_trace", text, fisher_tokens));
        ISOLOSS_TRY_VOID(queue(chosen, "hessian_trace", text, hessian_tokens));
    }
    return jobs;
}

} // namespace isoloss
