#pragma once

#include "engine/base/error.h"
#include "engine/store/records.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isoloss {

/// What a person says about a data set where the guess must be corrected.
struct DatasetOptions {
    std::optional<DatasetKind> kind;
    /// Second files of the set: labels of images, translations line by line, texts that were not in the training data.
    std::vector<std::string> files;
    /// Role → member of the rows, column or array. Roles: text, label, query, choices, gold, context, target, good,
    /// bad, source, embedding, prediction, images. A member within a member is written with a dot.
    std::map<std::string, std::string> fields;
    std::string token_type;                      ///< of raw token files: "uint16" or "uint32"
    std::optional<std::int64_t> end_of_document; ///< token files: a document ends behind this id

    bool operator==(const DatasetOptions&) const = default;

    bool empty() const { return *this == DatasetOptions{}; }
};

/// A number of something: "documents" 12.
using DatasetCount = std::pair<std::string, std::int64_t>;

/// What is counted, in the singular for one: "documents", "document".
std::string_view counted_word(const DatasetCount& count);

/// Everything that is known of a data set besides its record. Kept as JSON in DatasetRecord::details.
struct DatasetDetails {
    std::string format; ///< "plain text", "JSON lines", "npy", "raw uint16", "IDX", "PNG folders", …
    /// How the files are read: what was said, and where nothing was said what was guessed. The kind is always there.
    DatasetOptions reading;
    DatasetOptions said;
    std::vector<DatasetCount> counts;
    std::vector<std::string> notes;    ///< what was guessed from what
    std::vector<std::string> problems; ///< of lines and files that are left out, the first few
    std::int64_t problem_count = 0;
    double modified = 0; ///< of the newest file, seconds since 1970; 0: not known

    std::string json() const;
    /// Reads json() back; "{}" gives an empty format. Unknown members are ignored, a broken text is damaged.
    static Expected<DatasetDetails> parse(std::string_view json);

    std::optional<std::int64_t> count(std::string_view what) const;
};

/// Canonical text of what was said; empty where nothing was.
std::string options_text(const DatasetOptions& options);

/// Lines, files or items that a reader leaves out because they are broken.
class DatasetProblems {
public:
    static constexpr std::size_t most_kept = 5;

    void add(Error error);

    std::int64_t count() const { return count_; }

    const std::vector<Error>& first() const { return first_; }

private:
    std::int64_t count_ = 0;
    std::vector<Error> first_;
};

} // namespace isoloss
