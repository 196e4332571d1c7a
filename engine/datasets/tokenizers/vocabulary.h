#pragma once

#include "engine/base/error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace isoloss {

/// What it means when a token occurs twice in a file.
enum class RepeatedTokens {
    refused,
    last_counts, ///< as in the lists of Unigram and WordPiece: the text means the last id, both ids mean the text
};

/// The tokens of a model in the spelling of its file, by text and by id. Immutable; any thread.
class Vocabulary {
public:
    using Entry = std::pair<std::string, std::int32_t>;

    Vocabulary(Vocabulary&&) = default;
    Vocabulary& operator=(Vocabulary&&) = default;

    /// Errors name `file` and the key "vocab".
    static Expected<Vocabulary> build(std::vector<Entry> entries, RepeatedTokens repeated, std::string_view file);

    std::optional<std::int32_t> id(std::string_view token) const;
    std::optional<std::string_view> token(std::int32_t id) const;

    const std::vector<Entry>& entries() const { return entries_; }

    std::size_t longest() const { return longest_; } ///< bytes of the longest token

    /// The greatest id and one more; ids between need not exist.
    std::int64_t size() const { return size_; }

private:
    Vocabulary() = default;

    std::vector<Entry> entries_;
    std::unordered_map<std::string_view, std::int32_t> ids_;
    std::unordered_map<std::int32_t, std::size_t> entry_of_;
    std::size_t longest_ = 0;
    std::int64_t size_ = 0;
};

/// An error of a tokenizer's file: key and reason, with the remedy of damaged or unknown files.
tl::unexpected<Error> tokenizer_error(ErrorKind kind, std::string_view file, std::string_view key, std::string reason);

} // namespace isoloss
