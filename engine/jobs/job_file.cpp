#include "engine/jobs/job_file.h"

#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/store/project.h"

#include <algorithm>
#include <map>

namespace isoloss {

namespace {

using CheckpointKey = std::tuple<std::string, std::string, int, std::optional<std::int64_t>>;

CheckpointKey key_of(const ExchangedJob& job) {
    return {job.identities.front().kind, job.identities.front().key, job.checkpoint.attempt, job.checkpoint.step};
}

Expected<ExchangedJob> exchanged(Reader& reader, const JobRecord& job, const DatasetRecord& dataset) {
    ISOLOSS_TRY(auto checkpoint, reader.checkpoint(job.checkpoint));
    if (!checkpoint) return fail(ErrorKind::not_found, "the checkpoint of a job is not in the project");
    ISOLOSS_TRY(auto identities, reader.identities(checkpoint->run));
    if (identities.empty()) return fail(ErrorKind::damaged, "the run " + checkpoint->run_name + " has no identity");
    return ExchangedJob{checkpoint->run_name, std::move(identities), *checkpoint, dataset, job.metric, job.parameters};
}

} // namespace

Expected<PlannedJobs> plan_jobs(const Project& project, const MeasureRequest& request) {
    PlannedJobs planned;
    ISOLOSS_TRY(const auto wanted, wanted_measurements(project, request, planned.refused));
    ISOLOSS_TRY(const auto reader, project.reader());
    for (const WantedMeasurement& one : wanted) {
        ISOLOSS_TRY(ExchangedJob job, exchanged(*reader, one.job, one.dataset));
        planned.jobs.push_back(std::move(job));
    }
    return planned;
}

Expected<std::vector<ExchangedJob>> waiting_jobs(Reader& reader) {
    ISOLOSS_TRY(const auto queue, reader.queue());
    std::vector<ExchangedJob> jobs;
    for (const JobRecord& job : queue) {
        if (job.paused || !job.dataset) continue;
        ISOLOSS_TRY(const auto dataset, reader.dataset(*job.dataset));
        if (!dataset) continue;
        ISOLOSS_TRY(ExchangedJob one, exchanged(reader, job, *dataset));
        jobs.push_back(std::move(one));
    }
    return jobs;
}

Expected<void> write_job_file(const std::filesystem::path& path, std::span<const ExchangedJob> jobs) {
    std::string text = "{" + json_quote(job_file_member) + ":" + number_text(exchange_format) + ",\n\"jobs\":[";
    const char* separator = "\n";
    for (const ExchangedJob& job : jobs) {
        text += separator + exchange_json(job);
        separator = ",\n";
    }
    return write_file_atomically(path, text + "\n]}\n");
}

Expected<std::vector<ExchangedJob>> read_job_file(const std::filesystem::path& path) {
    ISOLOSS_TRY(const auto document, read_json_file(path));
    const auto in_file = [&](ErrorKind kind, std::string place, std::string reason, std::string remedy) {
        return fail({kind, path_text(path), std::move(place), std::move(reason), std::move(remedy)});
    };
    const auto format = document.IsObject() ? json_int(document, job_file_member) : std::nullopt;
    if (!format)
        return in_file(ErrorKind::foreign, {}, "is no job file of Isoloss",
                       "Make one with: isoloss measure … --write-jobs FILE");
    if (*format > exchange_format)
        return in_file(ErrorKind::newer, {}, "is of a newer Isoloss", "Use a worker of the same version");
    const rapidjson::Value* list = json_member(document, "jobs");
    if (list == nullptr || !list->IsArray())
        return in_file(ErrorKind::damaged, "jobs", "is missing or no list", "Write the file again");
    std::vector<ExchangedJob> jobs;
    for (const auto& json : list->GetArray()) {
        auto job = exchanged_job(json);
        if (!job)
            return in_file(ErrorKind::damaged, "job " + std::to_string(jobs.size() + 1) + ", " + job.error().place,
                           job.error().reason, "Write the file again");
        jobs.push_back(std::move(*job));
    }
    return jobs;
}

std::vector<std::vector<ExchangedJob>> split_jobs(std::span<const ExchangedJob> jobs, std::size_t parts) {
    std::map<CheckpointKey, std::vector<ExchangedJob>> by_checkpoint;
    std::vector<CheckpointKey> order;
    for (const ExchangedJob& job : jobs) {
        auto& of_checkpoint = by_checkpoint[key_of(job)];
        if (of_checkpoint.empty()) order.push_back(key_of(job));
        of_checkpoint.push_back(job);
    }
    std::vector<std::vector<ExchangedJob>> lists(std::min(std::max<std::size_t>(1, parts), order.size()));
    for (const CheckpointKey& key : order) {
        auto& shortest = *std::ranges::min_element(lists, {}, &std::vector<ExchangedJob>::size);
        shortest.insert(shortest.end(), by_checkpoint[key].begin(), by_checkpoint[key].end());
    }
    return lists;
}

Expected<std::vector<JobId>> enter_jobs(Project& project, std::span<const ExchangedJob> jobs) {
    std::vector<JobId> entered;
    const auto enter = [&](WriteSession& session) -> Expected<void> {
        for (const ExchangedJob& exchanged : jobs) {
            ISOLOSS_TRY(const RunId run, session.ensure_run(exchanged.identities.front(), exchanged.run_name));
            for (const RunIdentity& identity : exchanged.identities)
                ISOLOSS_TRY_VOID(session.add_identity(run, identity));
            JobRecord job;
            ISOLOSS_TRY(job.checkpoint,
                        session.ensure_checkpoint(run, exchanged.checkpoint.attempt, exchanged.checkpoint.step));
            ISOLOSS_TRY_VOID(session.update_checkpoint(job.checkpoint, exchanged.checkpoint));
            ISOLOSS_TRY(job.dataset, session.ensure_dataset(exchanged.dataset));
            job.metric = exchanged.metric;
            job.data_hash = exchanged.dataset.hash;
            job.parameters = exchanged.parameters;
            ISOLOSS_TRY(const auto enqueued, session.enqueue_job(job));
            entered.push_back(enqueued.id);
        }
        return {};
    };
    ISOLOSS_TRY_VOID(project.writer().run(enter));
    return entered;
}

std::string jobs_hash(std::span<const ExchangedJob> jobs) {
    std::vector<std::string> lines;
    for (ExchangedJob job : jobs) {
        job.dataset.details.clear(); // what is known about a file, e.g. its time, does not make it another one
        lines.push_back(exchange_json(job));
    }
    std::ranges::sort(lines);
    ContentHasher hasher;
    for (const std::string& line : lines)
        hasher.update(line + "\n");
    return hasher.hex();
}

} // namespace isoloss
