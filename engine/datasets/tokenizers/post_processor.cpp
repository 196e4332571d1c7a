#include "engine/datasets/tokenizers/post_processor.h"

#include "engine/base/json.h"
#include "engine/datasets/tokenizers/vocabulary.h"

#include <array>

namespace isoloss {

namespace {

struct Reading {
    const rapidjson::Value& value;
    std::string_view file;
    std::string key;
    SurroundingTokens& tokens;

    tl::unexpected<Error> refuse(ErrorKind kind, std::string_view member, std::string reason) const {
        return tokenizer_error(kind, file, key + "." + std::string(member), std::move(reason));
    }
};

// A later processor puts its tokens outside of what is there.
void put_around(SurroundingTokens& tokens, std::vector<std::int32_t> before, const std::vector<std::int32_t>& after) {
    for (const std::int32_t id : tokens.before)
        before.push_back(id);
    tokens.before = std::move(before);
    for (const std::int32_t id : after)
        tokens.after.push_back(id);
}

Expected<std::vector<std::int32_t>> ids_of(const Reading& reading, std::string_view name) {
    const auto* known = json_member(reading.value, "special_tokens");
    const auto* entry = known == nullptr ? nullptr : json_member(*known, name);
    const auto* list = entry == nullptr ? nullptr : json_member(*entry, "ids");
    const auto damaged = [&] {
        return reading.refuse(ErrorKind::damaged, "special_tokens", "does not say the ids of " + json_quote(name));
    };
    if (list == nullptr || !list->IsArray() || list->Empty()) return damaged();
    std::vector<std::int32_t> ids;
    for (const auto& id : list->GetArray()) {
        if (!id.IsInt() || id.GetInt() < 0) return damaged();
        ids.push_back(id.GetInt());
    }
    return ids;
}

Expected<void> read_template(const Reading& reading) {
    const auto* single = json_member(reading.value, "single");
    if (single == nullptr || !single->IsArray()) return reading.refuse(ErrorKind::damaged, "single", "must be a list");
    std::vector<std::int32_t> before, after;
    bool is_after = false;
    for (const auto& piece : single->GetArray()) {
        if (json_member(piece, "Sequence") != nullptr) {
            is_after = true;
            continue;
        }
        const auto* special = json_member(piece, "SpecialToken");
        const auto name = special == nullptr ? std::nullopt : json_string(*special, "id");
        if (!name) return reading.refuse(ErrorKind::damaged, "single", "has a part that is no token and no sequence");
        ISOLOSS_TRY(const auto ids, ids_of(reading, *name));
        for (const std::int32_t id : ids)
            (is_after ? after : before).push_back(id);
    }
    put_around(reading.tokens, std::move(before), after);
    return {};
}

// "cls": ["[CLS]", 101], "sep": ["[SEP]", 102]
Expected<void> read_pair(const Reading& reading) {
    const auto id = [&](std::string_view member) -> Expected<std::int32_t> {
        const auto* pair = json_member(reading.value, member);
        if (pair == nullptr || !pair->IsArray() || pair->Size() != 2 || !(*pair)[1].IsInt() || (*pair)[1].GetInt() < 0)
            return reading.refuse(ErrorKind::damaged, member, "must be a token and its id");
        return (*pair)[1].GetInt();
    };
    ISOLOSS_TRY(const std::int32_t first, id("cls"));
    ISOLOSS_TRY(const std::int32_t last, id("sep"));
    put_around(reading.tokens, {first}, {last});
    return {};
}

Expected<void> read(const Reading& reading) {
    if (reading.value.IsNull()) return {};
    const auto type = json_string(reading.value, "type");
    if (!type) return reading.refuse(ErrorKind::damaged, "type", "is missing");
    if (*type == "ByteLevel") return {}; // changes offsets only
    if (*type == "TemplateProcessing") return read_template(reading);
    if (*type == "BertProcessing" || *type == "RobertaProcessing") return read_pair(reading);
    if (*type != "Sequence")
        return reading.refuse(ErrorKind::unsupported, "type",
                              "unknown post-processor " + json_quote(*type) +
                                  "; known are Sequence, TemplateProcessing, BertProcessing, RobertaProcessing, "
                                  "ByteLevel");
    const auto* list = json_member(reading.value, "processors");
    if (list == nullptr || !list->IsArray()) return reading.refuse(ErrorKind::damaged, "processors", "must be a list");
    for (rapidjson::SizeType i = 0; i < list->Size(); ++i)
        ISOLOSS_TRY_VOID(
            read({(*list)[i], reading.file, reading.key + ".processors[" + std::to_string(i) + "]", reading.tokens}));
    return {};
}

} // namespace

Expected<SurroundingTokens> read_post_processor(const rapidjson::Value& value, std::string_view file) {
    SurroundingTokens tokens;
    ISOLOSS_TRY_VOID(read({value, file, "post_processor", tokens}));
    if (tokens.before.size() > 1)
        return tokenizer_error(ErrorKind::unsupported, file, "post_processor",
                               "puts " + std::to_string(tokens.before.size()) +
                                   " tokens before a text; only one can be put there");
    return tokens;
}

} // namespace isoloss
