#pragma once

#include "engine/base/error.h"
#include "engine/datasets/tokenizers/aligned_text.h"

#include <rapidjson/document.h>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace isoloss {

/// The `normalizer` of a tokenizer.json: Prepend, Replace with a fixed string, NFC, and sequences of them. Immutable;
/// any thread.
class Normalizer {
public:
    Normalizer() = default; ///< changes nothing

    /// `value` may be null. Unknown types are errors that list the known ones.
    static Expected<Normalizer> from_json(const rapidjson::Value& value, std::string_view file);

    AlignedText apply(AlignedText text) const;

    /// Text that is put before every piece and covers none of the input; empty when there is none.
    std::string prepended() const;

private:
    struct Prepend {
        std::string text;
    };

    struct Replace {
        std::string pattern, content;
    };

    struct Nfc {};

    Expected<void> add(const rapidjson::Value& value, std::string_view file, const std::string& key);

    std::vector<std::variant<Prepend, Replace, Nfc>> steps_;
};

} // namespace isoloss
