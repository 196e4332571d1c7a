#include "engine/importers/trainer/trainer_source.h"

#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/importers/reread_points.h"
#include "engine/importers/run_joining.h"
#include "engine/importers/source_state.h"
#include "engine/importers/trainer/trainer_checkpoints.h"
#include "engine/importers/trainer/trainer_state.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view file_format = "trainer_state";
constexpr std::string_view history_format = "trainer_history";
constexpr auto usual_name = "trainer_state.json";
constexpr double unknown_time = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t rows_between_looks = 1024;

/// A trainer's folder and the states in it and in its checkpoints.
struct TrainerFolder {
    fs::path place; ///< the trainer's folder; of a state with a name of its own that file
    std::string run_name;
    std::vector<fs::path> states;
    std::set<std::int64_t> checkpoints; ///< of the checkpoint-N folders
    std::uint64_t largest = 0;          ///< bytes of the largest state
};

struct Candidate {
    fs::path path;
    std::int64_t step = -1;
    std::optional<std::int64_t> best_step;
};

// Reads the history of the state that has come furthest; when that one is damaged, what its neighbours repeat of it.
class TrainerReader {
public:
    TrainerReader(SourceContext& context, const TrainerFolder& source)
        : context_(context), source_(source), history_name_(path_text(source.place) + "#trainer") {
        auto subject = std::make_shared<RunSubject>();
        subject->name = source.run_name;
        subject->identities = identities_of_trainer_folder(source.place);
        subject->known_as = known_as_trainer_folder(source.place);
        subject_ = std::move(subject);
    }

    Expected<void> run() {
        context_.set_subject(source_.states.front());
        const std::string signature = signature_of_files();
        ISOLOSS_TRY(const auto known, context_.known(history_name_));
        if (known && restore(known->state) == signature) {
            context_.advance(source_.largest);
            return {};
        }
        const auto candidates = find_candidates();
        if (candidates.empty()) return {};
        std::set<std::int64_t> wanted = source_.checkpoints;
        wanted.insert(candidates.front().step);
        for (const Candidate& candidate : candidates)
            if (candidate.best_step) wanted.insert(*candidate.best_step);
        for (const Candidate& candidate : candidates) {
            ISOLOSS_TRY(const bool is_whole, read(candidate, wanted));
            if (context_.stopped()) return hand_over({});
            if (is_whole) break;
            // The next one repeats what was read of this one.
            RereadPoints points;
            points.restore(points_.state());
            ISOLOSS_TRY_VOID(hand_over({}));
            points_ = std::move(points);
            // The series of a subject are numbered by one RereadPoints.
            subject_ = std::make_shared<RunSubject>(*subject_);
        }
        return finish(candidates, signature);
    }

private:
    // Which files there are and when they were written: the same again means that there is nothing new.
    std::string signature_of_files() const {
        std::string text;
        for (const fs::path& path : source_.states) {
            const auto file = InputFile::open(path);
            text += path_text(path);
            if (file) text += ' ' + std::to_string(file->size()) + ' ' + number_text(file->identity().modified);
            text += '\n';
        }
        for (const std::int64_t step : source_.checkpoints)
            text += std::to_string(step) + ' ';
        return content_hash(text);
    }

    // Answers the signature.
    std::string restore(std::string_view state) {
        const auto document = parse_json(state, {});
        if (!document) return {};
        if (const auto* points = json_member(*document, "points")) points_.restore(json_text(*points));
        return std::string(json_string(*document, "signature").value_or(""));
    }

    /// The states that can be read, that which has come furthest first.
    std::vector<Candidate> find_candidates() {
        std::vector<Candidate> candidates;
        for (const fs::path& path : source_.states) {
            const auto file = InputFile::open(path);
            const auto state = file ? read_trainer_step(*file) : fail(file.error());
            if (!state) {
                if (file && file->size() == 0)
                    context_.note(path_text(path) + ": no data yet");
                else
                    context_.skip(state.error());
            } else {
                candidates.push_back({path, state->global_step.value_or(-1), state->best_step});
            }
        }
        std::stable_sort(candidates.begin(), candidates.end(),
                         [](const Candidate& a, const Candidate& b) { return a.step > b.step; });
        return candidates;
    }

    // Whether the whole history was read; a fault is reported.
    Expected<bool> read(const Candidate& candidate, const std::set<std::int64_t>& wanted) {
        context_.set_subject(candidate.path);
        const auto file = InputFile::open(candidate.path);
        auto record = file ? source_record(*file, file_format) : fail(file.error());
        if (!record) {
            context_.skip(record.error());
            return false;
        }
        checkpoints_ = TrainerCheckpoints(candidate.path, record->modified, wanted);
        Expected<bool> whole = read_rows(*file);
        if (whole && points_.contradicted()) {
            context_.note(path_text(candidate.path) +
                          " tells another history than at the last import: its points are a new attempt");
            points_.restart();
            whole = read_rows(*file);
        }
        record->offset = record->size;
        record_ = std::move(*record);
        return whole;
    }

    Expected<bool> read_rows(const InputFile& file) {
        state_ = {};
        std::optional<Error> failure;
        const auto read = read_trainer_state(file, state_, [&](const TrainerRow& row) {
            for (const auto& [name, value] : row.values)
                points_.add(name, row.step, unknown_time, value);
            checkpoints_.add(row);
            if (points_.full())
                if (auto handed = hand_over({}); !handed) failure = std::move(handed).error();
            const bool look = row.number % rows_between_looks == 0;
            return !failure && !points_.contradicted() && !(look && context_.stopped());
        });
        if (failure) return fail(std::move(*failure));
        if (!read) context_.skip(read.error());
        return read.has_value();
    }

    /// `signature`: of the files, when all of them were read.
    RunPart next_part(const std::string& signature) {
        RunPart part;
        part.run = subject_;
        points_.take(part);
        SourceRecord history;
        history.path = history_name_;
        history.format = history_format;
        history.state = "{\"signature\":" + json_quote(signature) + ",\"points\":" + points_.state() + "}";
        part.sources.push_back(std::move(history));
        return part;
    }

    Expected<void> hand_over(const std::string& signature) { return context_.take(next_part(signature)); }

    Expected<void> finish(const std::vector<Candidate>& candidates, const std::string& signature) {
        for (const Candidate& candidate : candidates) {
            context_.count_file();
            const auto file = InputFile::open(candidate.path);
            if (file) checkpoints_.set_totals(candidate.step, read_trainer_totals(*file));
        }
        RunFacts facts;
        facts.config = state_.config;
        const bool is_done = state_.max_steps && *state_.max_steps > 0 && state_.global_step >= state_.max_steps;
        if (is_done) facts.status = RunStatus::finished;
        RunPart part = next_part(signature);
        part.facts.push_back(std::move(facts));
        part.checkpoints = checkpoints_.take();
        if (!record_.path.empty()) part.sources.push_back(record_);
        report(candidates.size());
        context_.advance(source_.largest);
        return context_.take(std::move(part));
    }

    void report(std::size_t states) {
        const std::string path = record_.path;
        if (!state_.is_history) context_.skip(path, {}, "has no log_history. Check that it is a trainer's state");
        if (state_.rows_without_step > 0)
            context_.skip(path, "log_history",
                          std::to_string(state_.rows_without_step) + " rows without a step were left out");
        if (state_.no_numbers > 0)
            context_.note(path + ": " + std::to_string(state_.no_numbers) +
                          " logged values that are no numbers were left out");
        context_.note_mends(path, state_.mends);
        if (states > 1)
            context_.note(path + ": read as the history that has come furthest; " + std::to_string(states - 1) +
                          " other states of this trainer repeat it");
    }

    SourceContext& context_;
    const TrainerFolder& source_;
    const std::string history_name_;
    std::shared_ptr<const RunSubject> subject_;
    RereadPoints points_;
    TrainerCheckpoints checkpoints_;
    TrainerState state_;  ///< of the file that was read last
    SourceRecord record_; ///< of that file
};

class TrainerSource final : public Source {
public:
    explicit TrainerSource(TrainerFolder folder) : folder_(std::move(folder)) {}

    std::string_view format() const override { return file_format; }

    std::string title() const override { return "Trainer state"; }

    std::vector<fs::path> files() const override { return folder_.states; }

    std::uint64_t bytes() const override { return folder_.largest; }

    Expected<void> read(SourceContext& context) const override { return TrainerReader(context, folder_).run(); }

private:
    TrainerFolder folder_;
};

// The step of a folder that the trainer names checkpoint-N.
std::optional<std::int64_t> step_of_folder(std::string_view name) {
    constexpr std::string_view prefix = "checkpoint-";
    if (!name.starts_with(prefix) || name.size() == prefix.size()) return std::nullopt;
    const std::string_view digits = name.substr(prefix.size());
    if (digits.find_first_not_of("0123456789") != digits.npos) return std::nullopt;
    return parse_int(digits);
}

class TrainerFinder final : public SourceFinder {
public:
    void look_at(FolderListing& listing) override {
        for (const FolderListing::Entry& entry : listing.entries())
            if (entry.folder)
                if (const auto step = step_of_folder(entry.name)) steps_[listing.path()].insert(*step);
        for (FolderListing::Entry* entry : listing.unclaimed_files()) {
            const bool is_usual = entry->name == usual_name;
            if (!is_usual && entry->path.extension() != ".json") continue;
            if (!is_usual && !is_trainer_state(listing.head(*entry))) continue;
            entry->claimed = true;
            add(listing, *entry);
        }
    }

    std::vector<std::unique_ptr<Source>> take() override {
        std::vector<std::unique_ptr<Source>> sources;
        for (auto& [place, folder] : folders_) {
            folder.checkpoints.merge(steps_[place]);
            sources.push_back(std::make_unique<TrainerSource>(std::move(folder)));
        }
        return sources;
    }

private:
    void add(const FolderListing& listing, const FolderListing::Entry& entry) {
        const auto step = step_of_folder(listing.path().filename().string());
        fs::path place = step ? listing.path().parent_path() : listing.path();
        std::string name = listing.run_name();
        if (step) {
            const fs::path around = listing.name().parent_path();
            name = path_text(around.empty() ? place.filename() : around);
        }
        if (entry.name != usual_name) {
            place = entry.path;
            name = path_text(listing.name() / entry.path.stem());
        }
        TrainerFolder& folder = folders_[place];
        if (folder.states.empty()) {
            folder.place = place;
            folder.run_name = name;
        }
        folder.states.push_back(entry.path);
        folder.largest = std::max(folder.largest, entry.size);
        if (step) folder.checkpoints.insert(*step);
    }

    std::map<fs::path, TrainerFolder> folders_;
    std::map<fs::path, std::set<std::int64_t>> steps_; ///< of checkpoint folders, by the folder around them
};

} // namespace

std::unique_ptr<SourceFinder> trainer_finder() {
    return std::make_unique<TrainerFinder>();
}

} // namespace isoloss
