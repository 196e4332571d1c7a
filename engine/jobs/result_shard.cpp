#include "engine/jobs/result_shard.h"

#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/jobs/store_results.h"
#include "engine/store/exchange.h"
#include "engine/store/reader.h"

#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <map>
#include <spdlog/fmt/fmt.h>
#include <unistd.h>
#include <utility>

namespace isoloss {

namespace {

constexpr std::size_t block_size = 1u << 20;
constexpr std::size_t longest_header = 4096;

/// A file that is written line by line beside its target, with the checksum of its bytes.
class ShardFile {
public:
    static Expected<ShardFile> create(const std::filesystem::path& target) {
        std::filesystem::path beside = target;
        beside += ".new";
        const int descriptor = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        ShardFile file(descriptor, target, beside);
        if (descriptor < 0) return fail(file.error("cannot be made"));
        return file;
    }

    ShardFile(ShardFile&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)), target_(std::move(other.target_)),
          beside_(std::move(other.beside_)), buffer_(std::move(other.buffer_)), checksum_(other.checksum_) {}

    ShardFile& operator=(ShardFile&&) = delete;

    ~ShardFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    Expected<void> line(std::string_view text) {
        buffer_ += text;
        buffer_ += '\n';
        return buffer_.size() < block_size ? Expected<void>() : flush();
    }

    Expected<void> finish(std::int64_t values) {
        ISOLOSS_TRY_VOID(flush());
        ISOLOSS_TRY_VOID(line(fmt::format(R"({{"end":{{"values":{},"crc32c":"{:08x}"}}}})", values, checksum_)));
        ISOLOSS_TRY_VOID(flush());
        if (::fsync(descriptor_) != 0 || ::close(std::exchange(descriptor_, -1)) != 0)
            return fail(error("cannot be written to the end"));
        std::error_code failed;
        std::filesystem::rename(beside_, target_, failed);
        return failed ? fail(error("cannot take its name")) : Expected<void>();
    }

private:
    ShardFile(int descriptor, std::filesystem::path target, std::filesystem::path beside)
        : descriptor_(descriptor), target_(std::move(target)), beside_(std::move(beside)) {}

    Expected<void> flush() {
        for (std::string_view rest = buffer_; !rest.empty();) {
            const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
            if (written < 0 && errno == EINTR) continue;
            if (written <= 0) return fail(error("cannot be written"));
            rest.remove_prefix(static_cast<std::size_t>(written));
        }
        checksum_ = crc32c(std::as_bytes(std::span(buffer_)), checksum_);
        buffer_.clear();
        return {};
    }

    Error error(const char* reason) const {
        return {ErrorKind::io, path_text(beside_), {}, reason, "Check the folder's rights and free space"};
    }

    int descriptor_;
    std::filesystem::path target_, beside_;
    std::string buffer_;
    std::uint32_t checksum_ = 0;
};

/// What a project says, looked up once.
struct Lookup {
    std::map<DatasetId, DatasetRecord> datasets;
    std::map<QuantityId, QuantityRecord> quantities;
};

Expected<Lookup> look_up(Reader& reader) {
    Lookup lookup;
    ISOLOSS_TRY(const auto datasets, reader.datasets());
    for (const DatasetRecord& dataset : datasets)
        lookup.datasets.emplace(dataset.id, dataset);
    ISOLOSS_TRY(const auto quantities, reader.quantities());
    for (const QuantityRecord& quantity : quantities)
        lookup.quantities.emplace(quantity.id, quantity);
    return lookup;
}

Expected<bool> write_value(Reader& reader, const Lookup& lookup, const JobRecord& job, ShardFile& file) {
    ISOLOSS_TRY(auto value, find_measured_value(reader, job));
    const auto dataset = job.dataset ? lookup.datasets.find(*job.dataset) : lookup.datasets.end();
    if (!value || dataset == lookup.datasets.end()) return false;
    ISOLOSS_TRY(const auto checkpoint, reader.checkpoint(job.checkpoint));
    if (!checkpoint) return false;
    ISOLOSS_TRY(auto identities, reader.identities(checkpoint->run));
    ISOLOSS_TRY(const auto outcomes, reader.outcomes(value->id));
    const QuantityRecord& quantity = lookup.quantities.at(value->quantity);
    const ExchangedJob asked{checkpoint->run_name, std::move(identities), *checkpoint, dataset->second,
                             job.metric,           job.parameters};
    const auto count = static_cast<std::int64_t>(outcomes.size());
    ISOLOSS_TRY_VOID(file.line(exchange_json(ExchangedValue{asked, quantity, std::move(*value), count})));
    for (const OutcomeRecord& outcome : outcomes)
        ISOLOSS_TRY_VOID(file.line(exchange_json(outcome)));
    return true;
}

} // namespace

Expected<std::int64_t> write_result_shard(Reader& reader, const std::set<JobId>& jobs, std::string_view jobs_hash,
                                          const std::filesystem::path& path) {
    ISOLOSS_TRY(const auto all_jobs, reader.jobs());
    ISOLOSS_TRY(const Lookup lookup, look_up(reader));
    ISOLOSS_TRY(ShardFile file, ShardFile::create(path));
    const auto open = std::ranges::count_if(
        all_jobs, [&](const JobRecord& job) { return jobs.contains(job.id) && job.state != JobState::done; });
    ISOLOSS_TRY_VOID(file.line(fmt::format("{{{}:{},\"jobs\":{},\"open\":{}}}", json_quote(result_shard_member),
                                           exchange_format, json_quote(jobs_hash), open)));
    std::int64_t values = 0;
    for (const JobRecord& job : all_jobs) {
        if (!jobs.contains(job.id) || job.state != JobState::done) continue;
        ISOLOSS_TRY(const bool written, write_value(reader, lookup, job, file));
        if (written) ++values;
    }
    ISOLOSS_TRY_VOID(file.finish(values));
    return values;
}

std::optional<std::string> answered_jobs(const std::filesystem::path& path) {
    const auto file = InputFile::open(path);
    if (!file) return std::nullopt;
    std::string head(longest_header, '\0');
    const auto size = file->read_some(0, std::as_writable_bytes(std::span(head)));
    if (!size) return std::nullopt;
    head.resize(std::min(*size, head.find('\n')));
    const auto json = parse_json(head, path_text(path));
    if (!json || !json->IsObject() || json_int(*json, result_shard_member) != exchange_format) return std::nullopt;
    if (json_int(*json, "open") != 0) return std::nullopt;
    const auto jobs = json_string(*json, "jobs");
    return jobs ? std::optional(std::string(*jobs)) : std::nullopt;
}

} // namespace isoloss
