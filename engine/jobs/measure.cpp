#include "engine/jobs/measure.h"

#include "engine/base/file.h"
#include "engine/datasets/dataset.h"
#include "engine/jobs/store_results.h"
#include "engine/store/project.h"

#include <algorithm>

namespace isoloss {

namespace {

Expected<std::vector<const MetricInfo*>> find_metrics(const std::vector<std::string>& keys) {
    std::vector<const MetricInfo*> metrics;
    for (const std::string& key : keys) {
        const MetricInfo* metric = find_metric(key);
        if (metric == nullptr) {
            std::string known;
            for (const MetricInfo& one : metric_catalogue())
                known += (known.empty() ? "" : ", ") + std::string(one.key);
            return fail(ErrorKind::usage, "there is no metric " + key, "Known metrics: " + known);
        }
        if (std::find(metrics.begin(), metrics.end(), metric) == metrics.end()) metrics.push_back(metric);
    }
    if (metrics.empty()) return fail(ErrorKind::usage, "no metric is named", "Name what to measure");
    return metrics;
}

/// The files of a data set as they are now, read as the project knows.
Expected<DatasetRecord> describe_again(const DatasetRecord& known) {
    ISOLOSS_TRY(const DatasetDetails details, DatasetDetails::parse(known.details));
    ISOLOSS_TRY(DatasetRecord now, describe_dataset(known.path, details.said));
    now.name = known.name;
    return now;
}

Expected<std::vector<DatasetRecord>> describe_all(const Project& project, const MeasureRequest& request) {
    ISOLOSS_TRY(const auto reader, project.reader());
    ISOLOSS_TRY(const auto known, reader->datasets());
    std::vector<DatasetRecord> datasets;
    for (const auto& file : request.data) {
        const std::filesystem::path path = std::filesystem::absolute(file);
        const auto same = std::ranges::find(known, path_text(path), &DatasetRecord::path);
        ISOLOSS_TRY(DatasetRecord dataset, same == known.end() ? describe_dataset(path) : describe_again(*same));
        datasets.push_back(std::move(dataset));
    }
    for (const DatasetId id : request.datasets) {
        ISOLOSS_TRY(const auto dataset, reader->dataset(id));
        if (!dataset)
            return fail(ErrorKind::not_found, "the data set " + std::to_string(id.value) + " is not in the project",
                        "Name a file, or another data set");
        ISOLOSS_TRY(DatasetRecord now, describe_again(*dataset));
        datasets.push_back(std::move(now));
    }
    return datasets;
}

Expected<void> check_fit(const std::vector<const MetricInfo*>& metrics, const std::vector<DatasetRecord>& datasets) {
    for (const MetricInfo* metric : metrics)
        if (std::none_of(datasets.begin(), datasets.end(),
                         [&](const auto& data) { return measures(*metric, data.kind); }))
            return fail(ErrorKind::usage, "no data is named that " + std::string(metric->key) + " can be measured on",
                        "Name a file of " + std::string(dataset_kind_words(data_kind_of(*metric))));
    for (const DatasetRecord& data : datasets)
        if (std::none_of(metrics.begin(), metrics.end(),
                         [&](const auto* metric) { return measures(*metric, data.kind); }))
            return fail({ErrorKind::usage,
                         data.path,
                         {},
                         "none of the metrics can be measured on " + std::string(dataset_kind_words(data.kind)),
                         "Name another metric or other data"});
    return {};
}

std::string label_of(const CheckpointRecord& checkpoint) {
    return checkpoint.run_name + " @ " + (checkpoint.step ? std::to_string(*checkpoint.step) : "final");
}

/// Checkpoints that can be measured, in the order asked for; the others go to `refused` with what to do.
Expected<std::vector<CheckpointRecord>> find_checkpoints(const Project& project, const std::vector<CheckpointId>& ids,
                                                         std::vector<std::string>& refused) {
    ISOLOSS_TRY(const auto reader, project.reader());
    std::vector<CheckpointRecord> checkpoints;
    for (const CheckpointId id : ids) {
        ISOLOSS_TRY(auto checkpoint, reader->checkpoint(id));
        if (!checkpoint) {
            refused.push_back("checkpoint " + std::to_string(id.value) + " is not in the project");
            continue;
        }
        const std::string label = label_of(*checkpoint);
        std::error_code ignored;
        if (checkpoint->path.empty())
            refused.push_back(label + " has no files: import its checkpoint folder");
        else if (!std::filesystem::is_directory(checkpoint->path, ignored))
            refused.push_back(label + ": its folder " + checkpoint->path + " is gone: import it from where it is now");
        else
            checkpoints.push_back(std::move(*checkpoint));
    }
    return checkpoints;
}

} // namespace

DatasetKind data_kind_of(const MetricInfo& metric) {
    switch (metric.input) {
    case MetricInput::text:
        return DatasetKind::text;
    case MetricInput::multiple_choice:
        return DatasetKind::multiple_choice;
    case MetricInput::labelled_text:
        return DatasetKind::labelled_text;
    case MetricInput::last_word:
        return DatasetKind::last_word;
    case MetricInput::membership:
        return DatasetKind::membership;
    }
    return DatasetKind::text;
}

bool measures(const MetricInfo& metric, DatasetKind kind) {
    switch (metric.input) {
    case MetricInput::text:
        return kind == DatasetKind::text || kind == DatasetKind::labelled_text || kind == DatasetKind::membership ||
               kind == DatasetKind::tokens;
    case MetricInput::multiple_choice:
        return kind == DatasetKind::multiple_choice || kind == DatasetKind::minimal_pairs;
    default:
        return kind == data_kind_of(metric);
    }
}

Expected<std::vector<WantedMeasurement>> wanted_measurements(const Project& project, const MeasureRequest& request,
                                                             std::vector<std::string>& refused) {
    ISOLOSS_TRY(const auto metrics, find_metrics(request.metrics));
    ISOLOSS_TRY_VOID(request.parameters.compute_type());
    ISOLOSS_TRY(const auto datasets, describe_all(project, request));
    ISOLOSS_TRY_VOID(check_fit(metrics, datasets));
    ISOLOSS_TRY(const auto checkpoints, find_checkpoints(project, request.checkpoints, refused));
    std::vector<WantedMeasurement> wanted;
    for (const CheckpointRecord& checkpoint : checkpoints)
        for (const DatasetRecord& dataset : datasets)
            for (const MetricInfo* metric : metrics) {
                if (!measures(*metric, dataset.kind)) continue;
                JobRecord job;
                job.checkpoint = checkpoint.id;
                job.checkpoint_label = label_of(checkpoint);
                job.metric = metric->key;
                job.data_hash = dataset.hash;
                job.dataset_name = dataset.name;
                job.parameters = request.parameters.canonical_json();
                wanted.push_back({std::move(job), dataset});
            }
    return wanted;
}

Expected<MeasureQueued> queue_measurements(Project& project, const MeasureRequest& request) {
    MeasureQueued queued;
    ISOLOSS_TRY(auto wanted, wanted_measurements(project, request, queued.refused));
    if (project.read_only())
        return fail({ErrorKind::busy,
                     path_text(project.path()),
                     {},
                     "the project is open for reading only: " + project.read_only_reason(),
                     "Open it where it can be written"});
    ISOLOSS_TRY(const auto reader, project.reader());
    const auto enqueue = [&](WriteSession& session) -> Expected<void> {
        for (auto& [job, dataset] : wanted) {
            ISOLOSS_TRY(job.dataset, session.ensure_dataset(dataset));
            ISOLOSS_TRY(const auto enqueued, session.enqueue_job(job));
            if (enqueued.state != JobState::done) {
                queued.jobs.push_back(enqueued.id);
                continue;
            }
            ISOLOSS_TRY(const auto value, find_measured_value(*reader, job));
            if (value) {
                queued.measured.push_back({enqueued.id, job.checkpoint_label, *value});
                continue;
            }
            // Taken back with an import, or removed.
            ISOLOSS_TRY_VOID(session.requeue_job(enqueued.id));
            queued.jobs.push_back(enqueued.id);
        }
        return {};
    };
    ISOLOSS_TRY_VOID(project.writer().run(enqueue));
    return queued;
}

} // namespace isoloss
