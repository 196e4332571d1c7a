#include "engine/importers/mlflow/mlflow_folder.h"

#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/base/yaml_json.h"
#include "engine/importers/growing_lines.h"
#include "engine/importers/mlflow/mlflow_files.h"
#include "engine/importers/mlflow/mlflow_run.h"
#include "engine/importers/reread_points.h"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view run_format = "mlflow_run";
constexpr auto meta_name = "meta.yaml";
constexpr std::uint64_t largest_value = 256u << 10;
constexpr std::uint64_t largest_meta = 1u << 20;
constexpr std::uint64_t largest_sorted = 256ull << 20;
constexpr std::int64_t lines_between_looks = 4096;

// Whatever type a member of a meta.yaml has: ids are numbers to YAML.
std::string member_text(const rapidjson::Value& object, std::string_view name) {
    const auto* member = json_member(object, name);
    if (member == nullptr || member->IsNull()) return {};
    return member->IsString() ? std::string(json_view(*member)) : json_text(*member);
}

// Points come in the order of their time, over all metrics, so that a restart is seen in all of them at once.
class MlflowFolderReader {
public:
    MlflowFolderReader(SourceContext& context, const fs::path& folder)
        : context_(context), folder_(folder), name_(path_text(folder) + "#mlflow") {}

    Expected<void> run() {
        context_.set_subject(folder_);
        const auto meta = read_yaml_file(folder_ / meta_name, {largest_meta, 20});
        if (!meta) {
            context_.skip(meta.error());
            return {};
        }
        MlflowRun run = describe(*meta);
        if (run.deleted) {
            context_.count_note("MLflow: deleted runs were left out");
            return {};
        }
        metrics_ = mlflow_files(folder_ / "metrics");
        ISOLOSS_TRY(const auto known, context_.known(name_));
        if (known) restore(known->state);
        signature_ = signature_of(*meta);
        if (known && signature_ == known_signature_) {
            for (const MlflowFile& file : metrics_)
                context_.advance(file.size);
            return {};
        }
        for (const auto& [name, values] : {std::pair("params", &run.params), std::pair("tags", &run.tags)})
            read_values(mlflow_files(folder_ / name), *values);
        subject_ = mlflow_subject(run);
        ISOLOSS_TRY_VOID(read_metrics(known.has_value()));
        if (points_.contradicted()) {
            context_.note(path_text(folder_) + ": metrics were written anew since the last import: a new attempt");
            points_.restart();
            ISOLOSS_TRY_VOID(read_metrics(false));
        }
        if (context_.stopped()) return hand_over({});
        context_.count_file();
        report();
        RunPart part = next_part(signature_);
        part.facts.push_back(mlflow_facts(run));
        return context_.take(std::move(part));
    }

private:
    MlflowRun describe(const rapidjson::Value& meta) const {
        MlflowRun run;
        run.uuid = member_text(meta, "run_uuid");
        if (run.uuid.empty()) run.uuid = member_text(meta, "run_id");
        if (run.uuid.empty()) run.uuid = folder_.filename().string();
        run.name = member_text(meta, "run_name");
        run.status = mlflow_status(member_text(meta, "status"));
        run.started = json_int(meta, "start_time");
        run.deleted = member_text(meta, "lifecycle_stage") == "deleted";
        run.artifacts = folder_ / "artifacts";
        run.experiment = member_text(meta, "experiment_id");
        const auto experiment = read_yaml_file(folder_.parent_path() / meta_name, {largest_meta, 20});
        if (experiment)
            if (std::string name = member_text(*experiment, "name"); !name.empty()) run.experiment = std::move(name);
        return run;
    }

    std::string signature_of(const rapidjson::Value& meta) const {
        std::string text = json_text(meta);
        const auto add = [&](const std::vector<MlflowFile>& files) {
            for (const MlflowFile& file : files)
                text += '\n' + file.key + ' ' + std::to_string(file.size) + ' ' + number_text(file.modified);
        };
        add(metrics_);
        add(mlflow_files(folder_ / "params"));
        add(mlflow_files(folder_ / "tags"));
        return content_hash(text);
    }

    void restore(std::string_view text) {
        const auto state = parse_json(text, {});
        if (!state) return;
        known_signature_ = json_string(*state, "signature").value_or("");
        if (const auto* points = json_member(*state, "points")) points_.restore(json_text(*points));
        const auto* sizes = json_member(*state, "sizes");
        if (sizes == nullptr || !sizes->IsObject()) return;
        for (const auto& size : sizes->GetObject())
            if (size.value.IsUint64()) known_sizes_[std::string(json_view(size.name))] = size.value.GetUint64();
    }

    void read_values(const std::vector<MlflowFile>& files, std::map<std::string, std::string>& values) {
        for (const MlflowFile& file : files) {
            auto text = read_text_file(file.path, largest_value);
            if (!text) {
                context_.skip(text.error());
                continue;
            }
            while (text->ends_with('\n') || text->ends_with('\r'))
                text->pop_back();
            values[file.key] = std::move(*text);
        }
    }

    // `only_changed`: files whose size is not what it was.
    Expected<void> read_metrics(bool only_changed) {
        std::uint64_t bytes = 0;
        for (const MlflowFile& file : metrics_)
            bytes += file.size;
        sorted_ = bytes <= largest_sorted;
        waiting_.clear();
        bad_lines_ = 0;
        for (const MlflowFile& file : metrics_) {
            const auto known = known_sizes_.find(file.key);
            const bool is_same = only_changed && known != known_sizes_.end() && known->second == file.size;
            if (!is_same) ISOLOSS_TRY_VOID(read_metric(file));
            if (context_.stopped() || points_.contradicted()) break;
        }
        std::stable_sort(waiting_.begin(), waiting_.end(),
                         [](const MlflowPoint& a, const MlflowPoint& b) { return a.time < b.time; });
        for (const MlflowPoint& point : waiting_) {
            ISOLOSS_TRY_VOID(add(point));
            if (points_.contradicted()) break;
        }
        waiting_.clear();
        return {};
    }

    Expected<void> read_metric(const MlflowFile& file) {
        const auto opened = InputFile::open(file.path);
        if (!opened) {
            context_.skip(opened.error());
            return {};
        }
        const std::size_t series = points_.series(file.key);
        GrowingLines lines(*opened, 0);
        for (std::int64_t number = 1;; ++number) {
            if (number % lines_between_looks == 0 && context_.stopped()) return {};
            const auto line = lines.next();
            if (!line) {
                context_.skip(line.error());
                break;
            }
            if (!*line) break;
            auto point = mlflow_point(**line);
            if (!point) {
                if (!(*line)->empty()) note_bad_line(file, number);
                continue;
            }
            point->series = series;
            if (sorted_)
                waiting_.push_back(*point);
            else
                ISOLOSS_TRY_VOID(add(*point));
        }
        // A last line without its end may be half of one.
        read_sizes_[file.key] = lines.rest().empty() ? file.size : lines.offset();
        context_.advance(file.size);
        return {};
    }

    Expected<void> add(const MlflowPoint& point) {
        points_.add(point.series, point.step, static_cast<double>(point.time) / 1000, point.value);
        return points_.full() ? hand_over({}) : Expected<void>();
    }

    void note_bad_line(const MlflowFile& file, std::int64_t number) {
        if (bad_lines_++ == 0) first_bad_ = file.key + ", line " + std::to_string(number);
    }

    /// `signature`: of the files, when all of them were read.
    RunPart next_part(const std::string& signature) {
        RunPart part;
        part.run = subject_;
        points_.take(part);
        SourceRecord record;
        record.path = name_;
        record.format = run_format;
        record.state = "{\"signature\":" + json_quote(signature) + ",\"sizes\":{";
        bool first = true;
        for (const MlflowFile& file : metrics_) {
            const auto read = read_sizes_.find(file.key);
            if (signature.empty()) break;
            const std::uint64_t size = read != read_sizes_.end() ? read->second : known_sizes_[file.key];
            record.state += (first ? "" : ",") + json_quote(file.key) + ":" + std::to_string(size);
            first = false;
        }
        record.state += "},\"points\":" + points_.state() + "}";
        part.sources.push_back(std::move(record));
        return part;
    }

    Expected<void> hand_over(const std::string& signature) { return context_.take(next_part(signature)); }

    void report() {
        if (bad_lines_ > 0)
            context_.skip(folder_ / "metrics", first_bad_,
                          std::to_string(bad_lines_) + " lines are no metric (time, value and step) and were left out");
    }

    SourceContext& context_;
    const fs::path& folder_;
    const std::string name_;
    std::shared_ptr<const RunSubject> subject_;
    std::vector<MlflowFile> metrics_;
    RereadPoints points_;
    std::string signature_, known_signature_;
    std::map<std::string, std::uint64_t> known_sizes_, read_sizes_; ///< bytes of whole lines, by metric
    std::vector<MlflowPoint> waiting_;                              ///< to be sorted by time
    bool sorted_ = true;
    std::int64_t bad_lines_ = 0;
    std::string first_bad_;
};

class MlflowFolderSource final : public Source {
public:
    explicit MlflowFolderSource(fs::path folder) : folder_(std::move(folder)) {}

    std::string_view format() const override { return run_format; }

    std::string title() const override { return "MLflow run"; }

    std::vector<fs::path> files() const override { return {folder_}; }

    std::uint64_t bytes() const override { return 0; }

    Expected<void> read(SourceContext& context) const override { return MlflowFolderReader(context, folder_).run(); }

private:
    fs::path folder_;
};

bool contains_line_with(std::string_view text, std::string_view key) {
    return text.starts_with(key) || text.find("\n" + std::string(key)) != text.npos;
}

bool is_run(std::string_view meta) {
    return contains_line_with(meta, "experiment_id:") &&
           (contains_line_with(meta, "run_uuid:") || contains_line_with(meta, "run_id:"));
}

bool is_experiment(std::string_view meta) {
    return contains_line_with(meta, "experiment_id:") && contains_line_with(meta, "artifact_location:") &&
           !is_run(meta);
}

bool holds_experiments(const fs::path& folder) {
    std::error_code none;
    for (auto at = fs::directory_iterator(folder, none); !none && at != fs::directory_iterator(); at.increment(none))
        if (fs::is_regular_file(at->path() / meta_name, none)) return true;
    return false;
}

// Artifacts stay open to the finders of event files and checkpoints.
class MlflowFolderFinder final : public SourceFinder {
public:
    void look_at(FolderListing& listing) override {
        if (auto* trash = listing.find(".trash"); trash != nullptr && trash->folder && holds_experiments(trash->path)) {
            trash->claimed = true;
            skip(trash->path, "holds deleted MLflow experiments, which are left out");
        }
        FolderListing::Entry* meta = listing.find(meta_name);
        if (meta == nullptr || !meta->regular || meta->claimed || meta->neighbour) return;
        const std::string_view head = listing.head(*meta);
        if (is_run(head)) {
            claim(listing, {"metrics", "params", "tags", "inputs", "outputs"});
            runs_.push_back(listing.path());
        } else if (is_experiment(head)) {
            claim(listing, {"tags", "models", "traces", "datasets"});
        } else {
            return;
        }
        meta->claimed = true;
    }

    std::vector<std::unique_ptr<Source>> take() override {
        std::vector<std::unique_ptr<Source>> sources;
        for (fs::path& run : runs_)
            sources.push_back(std::make_unique<MlflowFolderSource>(std::move(run)));
        return sources;
    }

private:
    static void claim(FolderListing& listing, std::initializer_list<const char*> names) {
        for (const char* name : names)
            if (auto* entry = listing.find(name); entry != nullptr && entry->folder) entry->claimed = true;
    }

    std::vector<fs::path> runs_;
};

} // namespace

std::unique_ptr<SourceFinder> mlflow_folder_finder() {
    return std::make_unique<MlflowFolderFinder>();
}

} // namespace isoloss
