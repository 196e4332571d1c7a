#pragma once

#include "engine/datasets/tokenizers/aligned_text.h"
#include "engine/datasets/tokenizers/split_pattern.h"

#include <rapidjson/document.h>
#include <variant>

namespace isoloss {

/// A text and the words that it falls into, in order.
struct Words {
    AlignedText text;
    std::vector<TextRange> ranges;
};

/// The `pre_tokenizer` of a tokenizer.json: where a text falls into words. Immutable; any thread.
class PreTokenizer {
public:
    /// What becomes of the matches of a pattern.
    enum class Behavior { removed, isolated, merged_with_previous, merged_with_next, contiguous };
    /// Which words get a text put before them. `first` is the one that begins the input.
    enum class Prefix { never, first, always };

    struct Split {
        SplitPattern pattern;
        Behavior behavior;
        bool invert; ///< what does not match is meant
    };

    struct PutBefore { ///< before words that do not begin so
        std::string text;
    };

    struct Metaspace { ///< spaces become a mark, with one before the first word; words begin at the marks
        std::string mark;
        Prefix prefix;
        bool split;
    };

    struct SpellBytes {}; ///< every byte becomes its character (byte_spelling.h)

    using Step = std::variant<Split, PutBefore, Metaspace, SpellBytes>;

    PreTokenizer() = default; ///< the whole text is one word

    explicit PreTokenizer(std::vector<Step> steps) : steps_(std::move(steps)) {}

    /// `value` may be null. Unknown types are errors that list the known ones.
    static Expected<PreTokenizer> from_json(const rapidjson::Value& value, std::string_view file);
    /// GPT-2's: the pattern of its release, then bytes.
    static Expected<PreTokenizer> gpt2(bool add_prefix_space, std::string_view file);
    /// BERT's: at white space, and around every punctuation character.
    static Expected<PreTokenizer> bert(std::string_view file);

    /// `is_first` says whether the text begins the input.
    Expected<Words> apply(AlignedText text, bool is_first, TimeLimit& limit) const;

    /// Whether the words of a text are those of its parts when it is cut as SplitPattern::cuts_before_words says.
    bool cuts_before_words() const;

    bool spells_bytes() const; ///< whether a byte-level model gets its words already spelled
    /// Leaves the words in bytes when spelling them is the last step; a model that knows every byte then takes them as
    /// they are.
    bool drop_last_spelling();

private:
    std::vector<Step> steps_;
};

} // namespace isoloss
