#pragma once

#include "engine/base/error.h"
#include "engine/datasets/tokenizers/split_pattern.h"

#include <rapidjson/document.h>
#include <string>
#include <variant>
#include <vector>

namespace isoloss {

/// The `decoder` of a tokenizer.json: how tokens in their spelling become text again. Immutable; any thread.
class Decoder {
public:
    struct ByteLevel {}; ///< all tokens are one text in the spelling of byte_spelling.h

    struct ByteFallback {}; ///< runs of "<0x41>" are bytes; those that are no UTF-8 become U+FFFD each

    struct Fuse {}; ///< all tokens become one

    struct Replace {
        SplitPattern pattern;
        std::string content;
    };

    struct Strip { ///< of one character, so many at the ends of each token
        std::string character;
        std::int64_t start, stop;
    };

    struct Metaspace { ///< marks become spaces; those of the first token go when the tokenizer put them there
        std::string mark;
        bool prepends;
    };

    struct WordPiece { ///< a space before every token that continues no word
        std::string prefix;
        bool cleanup; ///< no space before punctuation and English contractions
    };

    struct Suffix { ///< ends of words become spaces
        std::string suffix;
    };

    using Step = std::variant<ByteLevel, ByteFallback, Fuse, Replace, Strip, Metaspace, WordPiece, Suffix>;

    /// Without a decoder tokens are written with a space between them.
    Decoder() = default;

    explicit Decoder(std::vector<Step> steps) : steps_(std::move(steps)), joins_by_space_(false) {}

    /// `value` may be null. Unknown types are errors that list the known ones.
    static Expected<Decoder> from_json(const rapidjson::Value& value, std::string_view file);

    /// Invalid UTF-8 becomes U+FFFD.
    std::string decode(std::vector<std::string> tokens) const;

private:
    std::vector<Step> steps_;
    bool joins_by_space_ = true;
};

} // namespace isoloss
