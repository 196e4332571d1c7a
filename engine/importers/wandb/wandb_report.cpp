#include "engine/importers/wandb/wandb_report.h"

#include "engine/base/file.h"

namespace isoloss {

namespace {

std::string counted(std::int64_t count, const std::string& one, const std::string& many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

// "3 histograms, 1 text"; empty when there is nothing.
std::string left_out(const WandbValueCounts& counts) {
    std::string text;
    const auto add = [&](std::int64_t count, const char* one, const char* many) {
        if (count > 0) text += (text.empty() ? "" : ", ") + counted(count, one, many);
    };
    add(counts.media, "picture, table or other medium", "pictures, tables and other media");
    add(counts.histograms, "histogram", "histograms");
    add(counts.texts, "text", "texts");
    add(counts.lists, "list", "lists");
    return text;
}

void report_damage(SourceContext& context, const std::filesystem::path& path, const WandbLogReader& reader) {
    const WandbLogCounts& counts = reader.counts();
    if (counts.damaged > 0)
        context.skip(path, "byte " + std::to_string(*counts.first_damage),
                     "damaged: " + counted(counts.damaged, "block of 32 KiB fails", "blocks of 32 KiB fail") +
                         " a checksum from there on; the records in the rest of " +
                         (counts.damaged == 1 ? "it" : "each") +
                         " were left out. Copy the file again if its source is whole");
    if (counts.cut > 0)
        context.skip(path, {},
                     counted(counts.cut, "record is", "records are") +
                         " not whole, because others were written in between, and left out");
    if (counts.oversized > 0)
        context.skip(path, {}, counted(counts.oversized, "record", "records") + " above 64 MiB left out");
    if (reader.end() == WandbLogEnd::waiting)
        context.note(path_text(path) + ": the last record is not whole yet; it is read when the file has grown");
}

} // namespace

void report_wandb_log(SourceContext& context, const std::filesystem::path& path, const WandbLogReader& reader,
                      const WandbContent& content) {
    report_damage(context, path, reader);
    const auto skipped = [&](std::int64_t count, const std::string& one, const std::string& many) {
        if (count > 0) context.skip(path, {}, counted(count, one, many));
    };
    const auto noted = [&](std::int64_t count, const std::string& one, const std::string& many) {
        if (count > 0) context.note(path_text(path) + ": " + counted(count, one, many));
    };
    const WandbContent::Counts& counts = content.counts;
    const WandbValueCounts& values = content.value_counts();
    skipped(counts.malformed, "record contradicts its own format and was left out. Copy the file again",
            "records contradict their own format and were left out. Copy the file again");
    skipped(counts.bad_config, "member of the config is no JSON, nested too deep or one too many, and was left out",
            "members of the config are no JSON, nested too deep or too many, and were left out");
    skipped(values.broken, "logged value is no JSON or nested too deep and was left out",
            "logged values are no JSON or nested too deep and were left out");
    skipped(values.overflowed, "number is beyond what a double holds and was taken as infinite",
            "numbers are beyond what a double holds and were taken as infinite");
    noted(counts.bad_steps, "row has a _step that is no whole number and was numbered by its place",
          "rows have a _step that is no whole number and were numbered by their place");
    noted(values.inexact, "integer beyond 2^53 was rounded to the nearest double",
          "integers beyond 2^53 were rounded to the nearest double");
    if (const std::string rest = left_out(values); !rest.empty())
        context.note(path_text(path) + ": " + rest + " in the history are no numbers and were left out");
    if (values.flags > 0) context.count_note("W&B: true and false of the history are 1 and 0");
    if (counts.numbered_rows > 0) context.count_note("W&B: rows without a step are numbered in their order");
    if (counts.system_samples > 0)
        context.count_note("W&B: system metrics stand at the step that the history had reached when they were taken");
}

} // namespace isoloss
