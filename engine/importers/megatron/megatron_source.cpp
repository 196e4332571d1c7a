#include "engine/importers/megatron/megatron_source.h"

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/importers/event_points.h"
#include "engine/importers/growing_lines.h"
#include "engine/importers/megatron/megatron_lines.h"
#include "engine/importers/run_joining.h"
#include "engine/importers/source_state.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view file_format = "megatron_log";
constexpr double unknown_time = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t lines_between_looks = 4096;
constexpr std::string_view consumed_tokens = "consumed tokens";

struct LogFile {
    fs::path path;
    std::string run_name;
    std::uint64_t bytes = 0;
};

/// What was evaluated last, for the checkpoint that is saved after it.
struct Evaluation {
    std::string group;
    std::int64_t iteration = 0;
    MegatronNumbers numbers;
};

// The last iteration, evaluation and number of tokens belong to the state between two readings of a growing log.
class MegatronReader final : MegatronEvents {
public:
    MegatronReader(SourceContext& context, const LogFile& source) : context_(context), source_(source) {
        auto subject = std::make_shared<RunSubject>();
        subject->name = source.run_name;
        subject->identities = {identity::training_log(source.path)};
        subject_ = std::move(subject);
    }

    Expected<void> run() {
        context_.set_subject(source_.path);
        const auto file = InputFile::open(source_.path);
        if (!file) {
            context_.skip(file.error());
            return {};
        }
        ISOLOSS_TRY(const auto known, context_.known(path_text(source_.path)));
        const auto change = compare_source(*file, known);
        auto record = source_record(*file, file_format);
        if (!change || !record) {
            context_.skip(change ? record.error() : change.error());
            return {};
        }
        record_ = std::move(*record);
        if (known) restore(known->state);
        if (known && *change != SourceChange::replaced) {
            record_.offset = known->offset;
        } else if (known) {
            points_.begin_attempt();
            lines_.set_in_arguments(false);
            context_.note(path_text(source_.path) +
                          " was replaced since the last import: its points are a new attempt");
        }
        context_.advance(record_.offset);
        if (record_.offset == record_.size) return {};
        return read(*file);
    }

private:
    Expected<void> read(const InputFile& file) {
        GrowingLines lines(file, record_.offset);
        const std::uint64_t begin = record_.offset;
        std::uint64_t told = begin;
        for (std::int64_t number = 0;; ++number) {
            if (number % lines_between_looks == 0) {
                context_.advance(lines.offset() - told);
                told = lines.offset();
                if (context_.stopped()) break;
            }
            const auto line = lines.next();
            if (!line) {
                context_.skip(line.error());
                break;
            }
            if (!*line) break;
            read_line(**line);
            if (points_.full()) ISOLOSS_TRY_VOID(hand_over(lines.offset()));
        }
        context_.advance(lines.offset() - told);
        context_.count_file();
        report(lines);
        if (lines.offset() == begin) return {};
        return hand_over(lines.offset());
    }

    // A progress bar overwrites its line with carriage returns.
    void read_line(std::string_view line) {
        for (;;) {
            const std::size_t end = line.find('\r');
            lines_.read(line.substr(0, end), *this);
            if (end == line.npos) return;
            line.remove_prefix(end + 1);
        }
    }

    void training(std::int64_t iteration, double wall_time, const MegatronNumbers& numbers) override {
        iteration_ = iteration;
        ++rows_;
        for (const auto& [name, value] : numbers) {
            add(name, iteration, wall_time, value);
            if (name == consumed_tokens) tokens_ = {iteration, value};
        }
        has_dates_ = has_dates_ || !std::isnan(wall_time);
    }

    void evaluation(std::string_view group, std::optional<std::int64_t> iteration,
                    const MegatronNumbers& numbers) override {
        const auto step = iteration ? iteration : iteration_;
        if (!step) return;
        ++rows_;
        for (const auto& [name, value] : numbers)
            add(std::string(group) + "/" + name, *step, unknown_time, value);
        Evaluation evaluation{std::string(group), *step, numbers};
        if (!iteration) {
            checkpoint(*step).values = values_of(evaluation);
            return;
        }
        std::erase_if(evaluations_, [&](const Evaluation& e) { return e.group == group || e.iteration != *step; });
        if (evaluations_.size() < most_evaluations) evaluations_.push_back(std::move(evaluation));
    }

    void arguments_begin() override { points_.begin_attempt(); }

    void argument(std::string_view name, std::string json) override {
        facts_.config += (facts_.config.empty() ? "" : ",") + json_quote(name) + ":" + json;
    }

    // The files are Megatron's own and cannot be read; what is known of the checkpoint is worth a point on the plane.
    void checkpoint_saved(std::int64_t iteration) override {
        ImportedCheckpoint& saved = checkpoint(iteration);
        for (const Evaluation& evaluation : evaluations_)
            if (evaluation.iteration == iteration)
                for (ImportedValue& value : values_of(evaluation))
                    saved.values.push_back(std::move(value));
    }

    void date(double seconds) override {
        has_dates_ = true;
        if (!facts_.started_at) facts_.started_at = seconds;
    }

    void finished() override { facts_.status = RunStatus::finished; }

    void add(std::string_view series, std::int64_t step, double wall_time, double value) {
        points_.scalar({series, step, wall_time, std::bit_cast<std::uint64_t>(value), true});
    }

    ImportedCheckpoint& checkpoint(std::int64_t step) {
        ImportedCheckpoint& made = checkpoints_.emplace_back();
        made.attempt = static_cast<int>(points_.attempt());
        made.step = step;
        if (tokens_ && tokens_->first == step) {
            made.details.tokens = tokens_->second;
            made.details.tokens_source = "logged";
        }
        return made;
    }

    // "validation/lm loss": the mean over tokens, in nats, and e to its power.
    std::vector<ImportedValue> values_of(const Evaluation& evaluation) const {
        std::vector<ImportedValue> values;
        for (const auto& [name, number] : evaluation.numbers) {
            ImportedValue& value = values.emplace_back();
            value.quantity.key = evaluation.group + "/" + name;
            value.quantity.subject = evaluation.group;
            value.quantity.metric = name;
            value.quantity.direction = Direction::down;
            if (name == "lm loss") value.quantity.unit = "nats/token";
            value.value.value = number;
            value.value.recorded_at = record_.modified;
            value.value.provenance = "{\"file\":" + json_quote(path_text(source_.path)) + ",\"place\":\"iteration " +
                                     std::to_string(evaluation.iteration) + "\"}";
        }
        return values;
    }

    Expected<void> hand_over(std::uint64_t offset) {
        record_.offset = offset;
        record_.size = std::max(record_.size, offset);
        record_.state = state();
        RunPart part;
        part.run = subject_;
        part.points.fill(points_.take(), points_.tag_count());
        for (; named_ < points_.tag_count(); ++named_)
            part.new_series.emplace_back(points_.name(static_cast<std::uint32_t>(named_)));
        if (!facts_.config.empty()) facts_.config = "{" + facts_.config + "}";
        if (!facts_.empty()) part.facts.push_back(std::exchange(facts_, {}));
        part.checkpoints = std::exchange(checkpoints_, {});
        part.sources.push_back(record_);
        return context_.take(std::move(part));
    }

    std::string state() const {
        std::string text =
            "{\"points\":" + points_.state() + ",\"in_arguments\":" + (lines_.in_arguments() ? "true" : "false");
        if (iteration_) text += ",\"iteration\":" + std::to_string(*iteration_);
        if (tokens_)
            text += ",\"tokens\":[" + std::to_string(tokens_->first) + "," + number_text(tokens_->second) + "]";
        text += ",\"evaluations\":[";
        for (const Evaluation& evaluation : evaluations_) {
            text += (&evaluation == evaluations_.data() ? "" : ",") + ("{\"group\":" + json_quote(evaluation.group)) +
                    ",\"iteration\":" + std::to_string(evaluation.iteration) + ",\"numbers\":{";
            for (const auto& number : evaluation.numbers)
                text += (&number == evaluation.numbers.data() ? "" : ",") + json_quote(number.first) + ":" +
                        number_text(number.second);
            text += "}}";
        }
        return text + "]}";
    }

    void restore(std::string_view text) {
        const auto state = parse_json(text, {});
        if (!state) return;
        if (const auto* points = json_member(*state, "points")) points_.restore(json_text(*points));
        points_.begin_file(std::nullopt);
        lines_.set_in_arguments(json_bool(*state, "in_arguments").value_or(false));
        iteration_ = json_int(*state, "iteration");
        if (const auto* tokens = json_member(*state, "tokens"); tokens != nullptr && tokens->IsArray())
            if (tokens->Size() == 2 && (*tokens)[0].IsInt64() && (*tokens)[1].IsNumber())
                tokens_ = {(*tokens)[0].GetInt64(), (*tokens)[1].GetDouble()};
        const auto* evaluations = json_member(*state, "evaluations");
        if (evaluations == nullptr || !evaluations->IsArray()) return;
        for (const auto& known : evaluations->GetArray()) {
            const auto* numbers = json_member(known, "numbers");
            if (numbers == nullptr || !numbers->IsObject()) continue;
            Evaluation& evaluation = evaluations_.emplace_back();
            evaluation.group = std::string(json_string(known, "group").value_or(""));
            evaluation.iteration = json_int(known, "iteration").value_or(0);
            for (const auto& number : numbers->GetObject())
                evaluation.numbers.emplace_back(json_view(number.name),
                                                json_as_number(number.value).value_or(unknown_time));
        }
    }

    void report(const GrowingLines& lines) {
        const std::string path = path_text(source_.path);
        const auto noted = [&](std::int64_t count, const std::string& what) {
            if (count > 0) context_.note(path + ": " + std::to_string(count) + " " + what);
        };
        if (rows_ == 0) context_.note(path + ": no training lines yet");
        noted(lines_.no_numbers(), "values of training lines were no numbers or torn and were left out");
        noted(lines.oversized(), "lines above 1 MiB were stepped over");
        if (has_dates_) context_.count_note("training logs: dates have no time zone and are taken as UTC");
        const std::string_view rest = lines.rest();
        if (!rest.empty() && (rest.find("iteration") != rest.npos || rest.find(" loss at ") != rest.npos))
            context_.note(path + ": the last line is not whole yet; it is read when the file has grown");
    }

    static constexpr std::size_t most_evaluations = 64;

    SourceContext& context_;
    const LogFile& source_;
    std::shared_ptr<const RunSubject> subject_;
    SourceRecord record_;
    MegatronLines lines_;
    EventPoints points_;
    std::size_t named_ = 0;
    RunFacts facts_; ///< config: members of a JSON object
    std::vector<ImportedCheckpoint> checkpoints_;
    std::optional<std::int64_t> iteration_;                 ///< of the last training line
    std::optional<std::pair<std::int64_t, double>> tokens_; ///< consumed, at which iteration
    std::vector<Evaluation> evaluations_;                   ///< of the last iteration with any
    std::int64_t rows_ = 0;
    bool has_dates_ = false;
};

class MegatronSource final : public Source {
public:
    explicit MegatronSource(LogFile file) : file_(std::move(file)) {}

    std::string_view format() const override { return file_format; }

    std::string title() const override { return "Training log"; }

    std::vector<fs::path> files() const override { return {file_.path}; }

    std::uint64_t bytes() const override { return file_.bytes; }

    Expected<void> read(SourceContext& context) const override { return MegatronReader(context, file_).run(); }

private:
    LogFile file_;
};

bool may_be_log(const fs::path& path) {
    constexpr std::array extensions{"", ".out", ".log", ".txt", ".err", ".output"};
    const std::string extension = path.extension().string();
    // "slurm-123.out.1" and "train.log.20240131" too.
    const bool is_number = extension.size() > 1 && extension.find_first_not_of(".0123456789") == extension.npos;
    return is_number || std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
}

class MegatronFinder final : public SourceFinder {
public:
    void look_at(FolderListing& listing) override {
        for (FolderListing::Entry* entry : listing.unclaimed_files()) {
            if (!may_be_log(entry->path) || !is_megatron_log(listing.head(*entry))) continue;
            entry->claimed = true;
            const fs::path name = listing.name() / entry->path.stem();
            files_[entry->path] = {entry->path, path_text(name), entry->size};
        }
    }

    std::vector<std::unique_ptr<Source>> take() override {
        std::vector<std::unique_ptr<Source>> sources;
        for (auto& [path, file] : files_)
            sources.push_back(std::make_unique<MegatronSource>(std::move(file)));
        return sources;
    }

private:
    std::map<fs::path, LogFile> files_;
};

} // namespace

std::unique_ptr<SourceFinder> megatron_finder() {
    return std::make_unique<MegatronFinder>();
}

} // namespace isoloss
