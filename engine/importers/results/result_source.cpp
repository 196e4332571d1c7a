#include "engine/importers/results/result_source.h"

#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/importers/growing_lines.h"
#include "engine/importers/source_state.h"
#include "engine/importers/unchanged_files.h"
#include "engine/store/exchange.h"

#include <spdlog/fmt/fmt.h>
#include <utility>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view result_format = "isoloss_results";
constexpr std::size_t most_outcomes_of_part = 4000;

std::string line_place(std::int64_t number) {
    return "line " + number_text(number);
}

/// Reads one shard twice: to check it, and to hand it over.
class ShardReader {
public:
    ShardReader(SourceContext& context, const fs::path& path, const InputFile& file)
        : context_(context), path_(path), file_(file) {}

    /// The header's format, the checksum over all lines before the last, the number of values in it.
    Expected<void> check();
    Expected<void> hand_over(SourceRecord record);

private:
    Error damaged(std::int64_t line, std::string reason) const {
        return {ErrorKind::damaged, path_text(path_), line_place(line), std::move(reason),
                "Copy the shard again, or run isoloss-worker again"};
    }

    Expected<void> check_header(std::string_view line) const;
    Expected<void> check_end(std::string_view line, std::int64_t number, std::uint32_t checksum) const;
    Expected<void> begin_value(const rapidjson::Value& json);
    Expected<void> take();

    SourceContext& context_;
    const fs::path& path_;
    const InputFile& file_;
    std::shared_ptr<const RunSubject> run_;
    std::vector<RunIdentity> identities_;    ///< of the run
    ImportedCheckpoint checkpoint_;          ///< with the value that is being read
    std::int64_t position_ = 0, wanted_ = 0; ///< outcomes handed over, outcomes of the value
};

Expected<void> ShardReader::check() {
    GrowingLines lines(file_, 0);
    std::string last;
    std::uint32_t checksum = 0, before = 0; // of all lines, of those before the last
    std::int64_t number = 0;
    for (;;) {
        ISOLOSS_TRY(const auto line, lines.next());
        if (!line) break;
        if (++number == 1) ISOLOSS_TRY_VOID(check_header(*line));
        last = *line;
        before = checksum;
        checksum = crc32c(std::as_bytes(std::span(*line)), checksum);
        checksum = crc32c(std::as_bytes(std::span("\n", 1)), checksum);
    }
    if (lines.oversized() > 0) return fail(damaged(number, "is followed by a line of more than 1 MiB"));
    if (!lines.rest().empty() || number < 2) return fail(damaged(number + 1, "the shard breaks off here"));
    return check_end(last, number, before);
}

Expected<void> ShardReader::check_header(std::string_view line) const {
    auto header = parse_json(line, path_text(path_));
    if (!header) return fail(damaged(1, header.error().reason));
    const auto format = header->IsObject() ? json_int(*header, result_shard_member) : std::nullopt;
    if (!format) return fail(damaged(1, "is no header of a result shard"));
    if (*format > exchange_format)
        return fail({ErrorKind::newer, path_text(path_), line_place(1), "is of a newer Isoloss", "Use that one"});
    return {};
}

Expected<void> ShardReader::check_end(std::string_view line, std::int64_t number, std::uint32_t checksum) const {
    const auto json = parse_json(line, path_text(path_));
    const rapidjson::Value* end = json && json->IsObject() ? json_member(*json, "end") : nullptr;
    if (end == nullptr || !end->IsObject()) return fail(damaged(number, "is not the end of a shard, which breaks off"));
    if (json_string(*end, "crc32c") != fmt::format("{:08x}", checksum))
        return fail(damaged(number, "the checksum differs from that of the lines before"));
    return {};
}

Expected<void> ShardReader::begin_value(const rapidjson::Value& json) {
    ISOLOSS_TRY(ExchangedValue value, exchanged_value(json));
    const ExchangedJob& job = value.job;
    const bool same_run = run_ && std::ranges::equal(job.identities, identities_, [](const auto& a, const auto& b) {
                              return a.kind == b.kind && a.key == b.key;
                          });
    if (!same_run) {
        auto subject = std::make_shared<RunSubject>();
        subject->name = job.run_name;
        subject->identities = identities_ = job.identities;
        run_ = std::move(subject);
    }
    checkpoint_ = {};
    checkpoint_.attempt = job.checkpoint.attempt;
    checkpoint_.step = job.checkpoint.step;
    // Where the files are, is another matter on another machine.
    checkpoint_.details.content_hash = job.checkpoint.content_hash;
    checkpoint_.details.parameter_count = job.checkpoint.parameter_count;
    checkpoint_.details.architecture = job.checkpoint.architecture;
    checkpoint_.measured_on = job.checkpoint.content_hash;
    checkpoint_.brought_by = path_text(path_);

    ImportedValue& imported = checkpoint_.values.emplace_back();
    imported.quantity = std::move(value.quantity);
    imported.value = std::move(value.value);
    imported.dataset = job.dataset;
    std::error_code ignored;
    if (!fs::exists(job.dataset.path, ignored)) imported.dataset.path.clear();
    JobRecord& measurement = imported.measurement.emplace();
    measurement.metric = job.metric;
    measurement.data_hash = job.dataset.hash;
    measurement.parameters = job.parameters;
    wanted_ = value.outcomes;
    position_ = 0;
    return {};
}

// The value with the outcomes that wait. Later parts of it bring outcomes only.
Expected<void> ShardReader::take() {
    RunPart part;
    part.run = run_;
    ImportedValue& value = checkpoint_.values.front();
    value.first_outcome = position_;
    const auto count = static_cast<std::int64_t>(value.outcomes.size());
    part.checkpoints.push_back(checkpoint_);
    ISOLOSS_TRY_VOID(context_.take(std::move(part)));
    position_ += count;
    value.outcomes.clear();
    value.measurement.reset();
    return {};
}

Expected<void> ShardReader::hand_over(SourceRecord record) {
    GrowingLines lines(file_, 0);
    std::int64_t number = 0, left = 0; // left: outcomes of the value
    for (;;) {
        if (context_.stopped()) return {};
        ISOLOSS_TRY(const auto line, lines.next());
        if (!line) break;
        if (++number == 1) continue;
        const auto json = parse_json(*line, path_text(path_));
        if (!json) {
            context_.skip(damaged(number, json.error().reason));
            return {};
        }
        if (json_member(*json, "end") != nullptr) break;
        if (left == 0) {
            if (auto begun = begin_value(*json); !begun) {
                context_.skip(damaged(number, begun.error().place + " " + begun.error().reason));
                return {};
            }
            left = wanted_;
        } else {
            auto outcome = exchanged_outcome(*json);
            if (!outcome) {
                context_.skip(damaged(number, outcome.error().place + " " + outcome.error().reason));
                return {};
            }
            checkpoint_.values.front().outcomes.push_back(std::move(*outcome));
            --left;
        }
        const bool full = checkpoint_.values.front().outcomes.size() >= most_outcomes_of_part;
        if (left == 0 || full) ISOLOSS_TRY_VOID(take());
    }
    RunPart part;
    record.offset = record.size;
    part.sources.push_back(std::move(record));
    return context_.take(std::move(part));
}

class ResultSource final : public Source {
public:
    ResultSource(fs::path path, std::uint64_t bytes) : path_(std::move(path)), bytes_(bytes) {}

    std::string_view format() const override { return result_format; }

    std::string title() const override { return "Results of isoloss-worker"; }

    std::vector<fs::path> files() const override { return {path_}; }

    std::uint64_t bytes() const override { return bytes_; }

    Expected<void> read(SourceContext& context) const override {
        ISOLOSS_TRY(const bool unchanged, all_unchanged(context, files()));
        if (unchanged) return {};
        context.set_subject(path_);
        const auto skip = [&](const Error& error) -> Expected<void> {
            context.skip(error);
            return {};
        };
        const auto file = InputFile::open(path_);
        if (!file) return skip(file.error());
        context.advance(file->size());
        auto record = source_record(*file, result_format);
        if (!record) return skip(record.error());
        ShardReader reader(context, path_, *file);
        if (const auto checked = reader.check(); !checked) return skip(checked.error());
        context.count_file();
        return reader.hand_over(std::move(*record));
    }

private:
    fs::path path_;
    std::uint64_t bytes_;
};

class ResultFinder final : public SourceFinder {
public:
    void look_at(FolderListing& listing) override {
        const std::string begin = "{" + json_quote(result_shard_member) + ":";
        for (FolderListing::Entry* entry : listing.unclaimed_files()) {
            if (!FolderListing::beginning(*entry).starts_with(begin)) continue;
            entry->claimed = true;
            sources_.push_back(std::make_unique<ResultSource>(entry->path, entry->size));
        }
    }

    std::vector<std::unique_ptr<Source>> take() override { return std::move(sources_); }

private:
    std::vector<std::unique_ptr<Source>> sources_;
};

} // namespace

std::unique_ptr<SourceFinder> result_finder() {
    return std::make_unique<ResultFinder>();
}

} // namespace isoloss
