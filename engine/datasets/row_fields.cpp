#include "engine/datasets/row_fields.h"

#include "engine/base/json.h"
#include "engine/datasets/data_rows.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <vector>

namespace isoloss {

namespace {

using Value = rapidjson::Value;

bool is_text(const Value& value) {
    return value.IsString();
}

bool is_any(const Value&) {
    return true;
}

bool is_truth(const Value& value) {
    return value.IsBool() || (value.IsInt64() && (value.GetInt64() == 0 || value.GetInt64() == 1));
}

bool is_list(const Value& value) {
    return value.IsArray();
}

bool is_numbers(const Value& value) {
    if (!value.IsArray() || value.Empty()) return false;
    const auto list = value.GetArray();
    return std::all_of(list.begin(), list.end(), [](const Value& one) { return json_as_number(one).has_value(); });
}

struct Role {
    std::string_view name;
    bool (*fits)(const Value&);
    std::vector<std::string_view> usual;   ///< names that say enough for a guess
    std::vector<std::string_view> further; ///< names that are taken when the kind is known
    bool optional = false;
};

const std::vector<Role>& roles_of(DatasetKind kind) {
    static const std::vector<Role> none,
        text{{"text", is_text, {"text"}, {"input", "content", "document", "sentence"}}},
        choices{
            {"query", is_text, {"query"}, {}}, {"choices", is_list, {"choices"}, {}}, {"gold", is_any, {"gold"}, {}}},
        last_word{{"context", is_text, {"context"}, {"prompt", "input"}},
                  {"target", is_text, {"target"}, {"answer", "completion", "word"}}},
        pairs{{"good", is_text, {"sentence_good"}, {"good", "grammatical", "acceptable"}},
              {"bad", is_text, {"sentence_bad"}, {"bad", "ungrammatical", "unacceptable"}}},
        labelled{{"text", is_text, {"text"}, {"input", "content", "document", "sentence"}},
                 {"label", is_any, {"label"}, {"labels", "class", "target", "y"}}},
        membership{{"text", is_text, {"input"}, {"text", "snippet", "content", "document"}},
                   {"label", is_truth, {"label"}, {"member", "is_member", "seen", "membership"}}},
        parallel{{"source", is_text, {"source", "src"}, {}}, {"target", is_text, {"target", "tgt"}, {}}},
        embeddings{
            {"embedding", is_numbers, {"embedding", "embeddings", "features", "vector"}, {"x", "representation"}},
            {"label", is_any, {"label", "labels", "class", "target", "y"}, {}, true}},
        predictions{{"prediction",
                     is_any,
                     {"prediction", "predictions", "pred", "y_pred", "predicted", "score", "probability",
                      "probabilities", "probs", "logits"},
                     {"output"}},
                    {"label", is_any, {"label", "target", "reference", "gold", "y_true", "truth", "answer"}, {}, true}};
    switch (kind) {
    case DatasetKind::text:
        return text;
    case DatasetKind::multiple_choice:
        return choices;
    case DatasetKind::last_word:
        return last_word;
    case DatasetKind::minimal_pairs:
        return pairs;
    case DatasetKind::labelled_text:
        return labelled;
    case DatasetKind::membership:
        return membership;
    case DatasetKind::parallel_text:
        return parallel;
    case DatasetKind::embeddings:
        return embeddings;
    case DatasetKind::predictions:
        return predictions;
    case DatasetKind::tokens:
    case DatasetKind::labelled_images:
        return none;
    }
    return none;
}

std::optional<std::string> member_of(const Value& row, const Role& role, std::span<const std::string_view> names) {
    for (const std::string_view name : names)
        if (const auto* member = json_member(row, name); member != nullptr && role.fits(*member))
            return std::string(name);
    return std::nullopt;
}

/// Two texts under `translation`, in their order.
std::optional<std::map<std::string, std::string>> translation_fields(const Value& row) {
    const auto* translation = json_member(row, "translation");
    if (translation == nullptr || !translation->IsObject()) return std::nullopt;
    std::vector<std::string> languages;
    for (const auto& [language, text] : translation->GetObject())
        if (text.IsString()) languages.push_back("translation." + std::string(json_view(language)));
    if (languages.size() < 2) return std::nullopt;
    return std::map<std::string, std::string>{{"source", languages[0]}, {"target", languages[1]}};
}

std::optional<std::map<std::string, std::string>> usual_fields(DatasetKind kind, const Value& row) {
    std::map<std::string, std::string> fields;
    for (const Role& role : roles_of(kind))
        if (auto member = member_of(row, role, role.usual))
            fields.emplace(role.name, std::move(*member));
        else if (!role.optional)
            return std::nullopt;
    return fields;
}

std::string member_names(const Value& row) {
    constexpr std::size_t most = 20;
    std::string names;
    std::size_t count = 0;
    for (const auto& [name, value] : row.GetObject()) {
        if (++count > most) return names + ", …";
        names += (names.empty() ? "" : ", ") + json_quote(json_view(name));
    }
    return names.empty() ? "none" : names;
}

} // namespace

std::optional<RowMeaning> guess_row(const Value& row) {
    const auto has = [&](std::string_view name) { return json_member(row, name) != nullptr; };
    if (has("request")) return RowMeaning{DatasetKind::multiple_choice, {}};
    if (has("choices") || (has("gold") && has("query")))
        return RowMeaning{DatasetKind::multiple_choice, {{"choices", "choices"}, {"gold", "gold"}, {"query", "query"}}};
    if (auto fields = translation_fields(row)) return RowMeaning{DatasetKind::parallel_text, std::move(*fields)};
    const bool has_text = has("text") || has("input");
    for (const DatasetKind kind : {DatasetKind::minimal_pairs, DatasetKind::embeddings, DatasetKind::predictions,
                                   DatasetKind::last_word, DatasetKind::membership, DatasetKind::parallel_text}) {
        if (kind == DatasetKind::predictions && has_text) continue;
        if (auto fields = usual_fields(kind, row)) return RowMeaning{kind, std::move(*fields)};
    }
    if (!has("text")) return std::nullopt;
    const auto* labels = json_member(row, "labels");
    if (has("label")) return RowMeaning{DatasetKind::labelled_text, {{"label", "label"}, {"text", "text"}}};
    if (labels != nullptr && labels->IsObject())
        return RowMeaning{DatasetKind::labelled_text, {{"label", "labels"}, {"text", "text"}}};
    return RowMeaning{DatasetKind::text, {{"text", "text"}}};
}

Expected<std::map<std::string, std::string>> fields_for(DatasetKind kind, const Value& row,
                                                        const std::map<std::string, std::string>& said) {
    for (const auto& [role, name] : said)
        if (row_member(row, name) == nullptr)
            return fail(ErrorKind::usage, "the rows have no field " + json_quote(name) + " for the role " + role,
                        "They have the fields " + member_names(row));
    if (kind == DatasetKind::multiple_choice && json_member(row, "request") != nullptr) return said;
    const auto with_said = [&](std::map<std::string, std::string> fields) {
        for (const auto& [role, name] : said)
            fields.insert_or_assign(role, name);
        return fields;
    };
    if (kind == DatasetKind::parallel_text && !said.contains("source"))
        if (auto fields = translation_fields(row)) return with_said(std::move(*fields));
    const std::vector<Role>* roles = &roles_of(kind);
    // The last word is that of a whole text, unless it stands by itself.
    static const std::vector<Role> whole_text{{"text", is_text, {"text"}, {"input", "content", "sentence", "passage"}}};
    if (kind == DatasetKind::last_word && !said.contains("target") && json_member(row, "target") == nullptr)
        roles = &whole_text;
    std::map<std::string, std::string> fields;
    for (const Role& role : *roles) {
        if (const auto known = said.find(std::string(role.name)); known != said.end()) continue;
        auto member = member_of(row, role, role.usual);
        if (!member) member = member_of(row, role, role.further);
        if (member)
            fields.emplace(role.name, std::move(*member));
        else if (!role.optional)
            return fail(ErrorKind::usage,
                        "no field of the rows is the " + std::string(role.name) + " of " +
                            std::string(dataset_kind_name(kind)),
                        "Say which of them it is, " + std::string(role.name) + "=FIELD: " + member_names(row));
    }
    return with_said(std::move(fields));
}

} // namespace isoloss
