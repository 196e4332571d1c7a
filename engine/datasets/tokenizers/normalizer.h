#pragma once

#include "engine/datasets/tokenizers/aligned_text.h"
#include "engine/datasets/tokenizers/precompiled_charsmap.h"
#include "engine/datasets/tokenizers/split_pattern.h"
#include "engine/datasets/tokenizers/unicode.h"

#include <functional>
#include <rapidjson/document.h>
#include <variant>

namespace isoloss {

/// The `normalizer` of a tokenizer.json: what is changed in a text before it is taken apart. Immutable; any thread.
class Normalizer {
public:
    struct Prepend { ///< before every text that is not empty
        std::string text;
    };

    struct ReplaceText {
        std::string pattern, content;
    };

    struct ReplaceMatches {
        SplitPattern pattern;
        std::string content;
    };

    struct Strip { ///< white space at the ends
        bool left, right;
    };

    struct Bert {
        bool clean_text;           ///< control characters go, white space becomes a space
        bool handle_chinese_chars; ///< ideographs get a space on both sides
        bool strip_accents;        ///< decomposed, without nonspacing marks
        bool lowercase;
    };

    struct Lowercase {};

    struct StripAccents {}; ///< all marks

    struct Nmt {}; ///< control characters go, other white space becomes a space (SentencePiece's nmt rules)

    struct SpellBytes {}; ///< every byte becomes its character (byte_spelling.h)

    using Step = std::variant<UnicodeForm, Prepend, ReplaceText, ReplaceMatches, Strip, Bert, Lowercase, StripAccents,
                              Nmt, SpellBytes, PrecompiledCharsmap>;

    Normalizer() = default; ///< changes nothing

    explicit Normalizer(std::vector<Step> steps) : steps_(std::move(steps)) {}

    /// `value` may be null. Unknown types are errors that list the known ones.
    static Expected<Normalizer> from_json(const rapidjson::Value& value, std::string_view file);

    Expected<AlignedText> apply(AlignedText text, TimeLimit& limit) const;

    bool spells_bytes() const; ///< whether a byte-level model gets its words already spelled

private:
    std::vector<Step> steps_;
};

} // namespace isoloss
