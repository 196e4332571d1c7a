#include "engine/datasets/dataset.h"

#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/datasets/dataset_counts.h"
#include "engine/datasets/dataset_detection.h"
#include "engine/datasets/dataset_name.h"
#include "engine/datasets/picture_folders.h"

#include <algorithm>
#include <cmath>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

struct FileSum {
    std::string hash;
    std::int64_t bytes = 0;
    double modified = 0;
};

Expected<FileSum> sum_of_file(const fs::path& file) {
    ISOLOSS_TRY(const InputFile input, InputFile::open(file));
    ContentHasher hasher;
    std::vector<std::byte> block(1u << 20);
    std::uint64_t offset = 0;
    for (;;) {
        ISOLOSS_TRY(const std::size_t count, input.read_some(offset, block));
        if (count == 0) break;
        hasher.update(std::span(block).first(count));
        offset += count;
    }
    return FileSum{hasher.hex(), static_cast<std::int64_t>(offset), input.identity().modified};
}

/// Of all files of a data set, in a fixed order.
Expected<std::vector<fs::path>> files_of(const fs::path& path, const DatasetDetails& details) {
    std::vector<fs::path> files;
    if (details.format == dataset_format::png_folders) {
        ISOLOSS_TRY(const PictureFolders folders, find_pictures(path));
        for (const auto& [file, label] : folders.pictures)
            files.push_back(file);
        return files;
    }
    files.push_back(path);
    files.insert(files.end(), details.reading.files.begin(), details.reading.files.end());
    return files;
}

Expected<FileSum> sum_of(const fs::path& path, const DatasetDetails& details) {
    ISOLOSS_TRY(const auto files, files_of(path, details));
    const std::string said = options_text(details.said);
    const bool is_folder = details.format == dataset_format::png_folders;
    if (files.size() == 1 && said.empty() && !is_folder) return sum_of_file(path);
    FileSum sum;
    ContentHasher hasher;
    for (const fs::path& file : files) {
        ISOLOSS_TRY(const FileSum one, sum_of_file(file));
        // Where a picture lies says what it shows.
        if (is_folder) hasher.update(path_text(file.lexically_relative(path)) + "\n");
        hasher.update(one.hash + "\n");
        sum.bytes += one.bytes;
        sum.modified = std::max(sum.modified, one.modified);
    }
    // What was said, but not where the other files lie.
    DatasetOptions meaning = details.said;
    meaning.files.clear();
    hasher.update(options_text(meaning));
    sum.hash = hasher.hex();
    return sum;
}

DatasetOptions with_absolute_files(DatasetOptions said) {
    for (std::string& file : said.files)
        file = path_text(fs::absolute(file).lexically_normal());
    return said;
}

} // namespace

Expected<DatasetRecord> describe_dataset(const fs::path& path, const DatasetOptions& said) {
    ISOLOSS_TRY(DatasetDetails details, detect_dataset(path, with_absolute_files(said)));
    DatasetRecord record;
    record.name = dataset_name(path);
    record.kind = details.reading.kind.value_or(DatasetKind::text);
    record.path = path_text(path);
    ISOLOSS_TRY(const FileSum sum, sum_of(path, details));
    record.hash = sum.hash;
    record.bytes = sum.bytes;
    details.modified = sum.modified;
    record.details = details.json();
    ISOLOSS_TRY(DatasetContent content, count_content(record));
    details.counts = std::move(content.counts);
    details.problem_count = content.problems.count();
    for (const Error& problem : content.problems.first())
        details.problems.push_back((problem.place.empty() ? problem.file : problem.place) + ": " + problem.reason);
    record.details = details.json();
    return record;
}

Expected<DatasetDetails> details_of(const DatasetRecord& dataset) {
    ISOLOSS_TRY(DatasetDetails details, DatasetDetails::parse(dataset.details));
    if (details.format.empty()) return detect_dataset(dataset.path, details.said);
    if (!details.reading.kind) details.reading.kind = dataset.kind;
    return details;
}

Expected<std::string> dataset_hash(const DatasetRecord& dataset) {
    ISOLOSS_TRY(const DatasetDetails details, details_of(dataset));
    ISOLOSS_TRY(const FileSum sum, sum_of(dataset.path, details));
    return sum.hash;
}

Expected<DatasetState> dataset_state(const DatasetRecord& dataset) {
    ISOLOSS_TRY(const DatasetDetails details, DatasetDetails::parse(dataset.details));
    std::error_code problem;
    std::int64_t bytes = 0;
    double modified = 0;
    const bool is_folder = fs::is_directory(dataset.path, problem);
    std::vector<std::string> files = details.reading.files;
    files.push_back(dataset.path);
    for (const std::string& file : files) {
        if (!fs::exists(file, problem)) return DatasetState::missing;
        if (is_folder) continue;
        ISOLOSS_TRY(const InputFile input, InputFile::open(file));
        bytes += static_cast<std::int64_t>(input.size());
        modified = std::max(modified, input.identity().modified);
    }
    if (!is_folder && bytes != dataset.bytes) return DatasetState::changed;
    if (!is_folder && details.modified > 0 && modified == details.modified) return DatasetState::unchanged;
    ISOLOSS_TRY(const std::string hash, dataset_hash(dataset));
    return hash == dataset.hash ? DatasetState::unchanged : DatasetState::changed;
}

std::string_view dataset_kind_words(DatasetKind kind) {
    switch (kind) {
    case DatasetKind::text:
        return "text";
    case DatasetKind::tokens:
        return "token ids";
    case DatasetKind::multiple_choice:
        return "multiple choice";
    case DatasetKind::last_word:
        return "last-word task";
    case DatasetKind::minimal_pairs:
        return "minimal pairs";
    case DatasetKind::labelled_text:
        return "labelled text";
    case DatasetKind::membership:
        return "member and non-member text";
    case DatasetKind::parallel_text:
        return "parallel text";
    case DatasetKind::labelled_images:
        return "labelled images";
    case DatasetKind::embeddings:
        return "embeddings";
    case DatasetKind::predictions:
        return "predictions";
    }
    return "text";
}

Expected<void> expect_kind(const DatasetRecord& dataset, const DatasetDetails& details,
                           std::initializer_list<DatasetKind> kinds) {
    const DatasetKind kind = details.reading.kind.value_or(dataset.kind);
    if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end()) return {};
    return fail(
        {ErrorKind::usage,
         dataset.path,
         {},
         "is " + std::string(dataset_kind_words(kind)) + ", not " + std::string(dataset_kind_words(*kinds.begin())),
         "Name other data, or say which kind it is"});
}

} // namespace isoloss
