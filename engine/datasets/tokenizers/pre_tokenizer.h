#pragma once

#include "engine/base/error.h"
#include "engine/datasets/tokenizers/aligned_text.h"
#include "engine/datasets/tokenizers/split_pattern.h"

#include <rapidjson/document.h>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace isoloss {

/// A text and the words that it falls into, in order.
struct Words {
    AlignedText text;
    std::vector<TextRange> ranges;
};

/// The `pre_tokenizer` of a tokenizer.json: ByteLevel, Split, Digits, Metaspace, and sequences of them. Immutable; any
/// thread.
class PreTokenizer {
public:
    PreTokenizer() = default; ///< the whole text is one word

    /// `value` may be null. Unknown types are errors that list the known ones.
    static Expected<PreTokenizer> from_json(const rapidjson::Value& value, std::string_view file);
    /// GPT-2's: the pattern of its release, then bytes.
    static Expected<PreTokenizer> gpt2(bool add_prefix_space, std::string_view file);

    /// `is_first` says whether the text begins the input (Metaspace may mark only the first piece).
    Expected<Words> apply(AlignedText text, bool is_first, Deadline deadline) const;

    /// Whether words are spelt in the byte alphabet afterwards.
    bool is_byte_level() const { return byte_level_; }

    /// Text that is put before a piece when it does not begin so; empty when there is none.
    std::string prepended() const;

private:
    enum class Behavior { removed, isolated, merged_with_previous, merged_with_next, contiguous };
    enum class Prefix { never, first, always };

    struct Split {
        SplitPattern pattern;
        Behavior behavior;
        bool invert;
    };

    struct PutBefore {
        std::string text;
        Prefix when;
    };

    struct ReplaceSpace {
        std::string content;
    };

    Expected<void> add(const rapidjson::Value& value, std::string_view file, const std::string& key);
    Expected<void> add_split(const rapidjson::Value& value, std::string_view file, const std::string& key);
    Expected<void> add_metaspace(const rapidjson::Value& value, std::string_view file, const std::string& key);
    Expected<void> add_byte_level(bool add_prefix_space, bool use_regex, std::string_view file, const std::string& key);

    static Expected<void> split(Words& words, const Split& step, Deadline deadline);
    static void put_before(Words& words, const PutBefore& step, bool is_first);
    static void replace_space(Words& words, const ReplaceSpace& step);

    std::vector<std::variant<Split, PutBefore, ReplaceSpace>> steps_;
    bool byte_level_ = false;
};

} // namespace isoloss
