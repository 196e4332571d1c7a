#include "engine/datasets/tokenizers/normalizer.h"

#include "engine/base/json.h"
#include "engine/datasets/tokenizers/nfc.h"

namespace isoloss {

Expected<Normalizer> Normalizer::from_json(const rapidjson::Value& value, std::string_view file) {
    Normalizer normalizer;
    ISOLOSS_TRY_VOID(normalizer.add(value, file, "normalizer"));
    return normalizer;
}

Expected<void> Normalizer::add(const rapidjson::Value& value, std::string_view file, const std::string& key) {
    const auto refuse = [&](ErrorKind kind, const std::string& place, std::string reason) {
        return fail({kind, std::string(file), "key " + place, std::move(reason),
                     "Scores can be imported; measuring needs a tokenizer of a known form"});
    };
    if (value.IsNull()) return {};
    const auto type = json_string(value, "type");
    if (!type) return refuse(ErrorKind::damaged, key + ".type", "is missing");
    if (*type == "Sequence") {
        const auto* list = json_member(value, "normalizers");
        if (list == nullptr || !list->IsArray())
            return refuse(ErrorKind::damaged, key + ".normalizers", "must be a list");
        for (rapidjson::SizeType i = 0; i < list->Size(); ++i)
            ISOLOSS_TRY_VOID(add((*list)[i], file, key + ".normalizers[" + std::to_string(i) + "]"));
        return {};
    }
    if (*type == "Prepend") {
        const auto text = json_string(value, "prepend");
        if (!text) return refuse(ErrorKind::damaged, key + ".prepend", "must be a string");
        steps_.emplace_back(Prepend{std::string(*text)});
        return {};
    }
    if (*type == "Replace") {
        const auto* pattern = json_member(value, "pattern");
        const auto text = pattern == nullptr ? std::nullopt : json_string(*pattern, "String");
        const auto content = json_string(value, "content");
        if (!text || text->empty())
            return refuse(ErrorKind::unsupported, key + ".pattern", "only a fixed text (String) can be replaced");
        if (!content) return refuse(ErrorKind::damaged, key + ".content", "must be a string");
        steps_.emplace_back(Replace{std::string(*text), std::string(*content)});
        return {};
    }
    if (*type == "NFC") {
        steps_.emplace_back(Nfc{});
        return {};
    }
    return refuse(ErrorKind::unsupported, key + ".type",
                  "unknown normalizer " + json_quote(*type) + "; known are Sequence, Prepend, Replace, NFC");
}

AlignedText Normalizer::apply(AlignedText text) const {
    for (const auto& step : steps_) {
        if (text.text().empty()) break;
        if (const auto* prepend = std::get_if<Prepend>(&step)) {
            AlignedText result;
            result.append(prepend->text, text.origin(0), text.origin(0));
            result.append(text, 0, text.text().size());
            text = std::move(result);
        } else if (const auto* replace = std::get_if<Replace>(&step)) {
            AlignedText result;
            std::size_t same = 0;
            for (std::size_t at = text.text().find(replace->pattern); at != std::string_view::npos;
                 at = text.text().find(replace->pattern, same)) {
                result.append(text, same, at);
                same = at + replace->pattern.size();
                result.append(replace->content, text.origin(at), text.origin(same));
            }
            if (same == 0) continue;
            result.append(text, same, text.text().size());
            text = std::move(result);
        } else {
            text = nfc(text);
        }
    }
    return text;
}

std::string Normalizer::prepended() const {
    std::string text;
    for (const auto& step : steps_) {
        if (const auto* prepend = std::get_if<Prepend>(&step)) text = prepend->text + text;
        if (const auto* replace = std::get_if<Replace>(&step); replace != nullptr && text == replace->pattern)
            text = replace->content;
    }
    return text;
}

} // namespace isoloss
