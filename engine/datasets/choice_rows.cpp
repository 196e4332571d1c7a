#include "engine/datasets/choice_rows.h"

#include "engine/base/json.h"
#include "engine/datasets/data_rows.h"

#include <algorithm>

namespace isoloss {

namespace {

// OLMES scores the choices a second time without their question; those requests are numbered from here on.
constexpr std::int64_t first_unconditional = 1'000'000;
constexpr std::int64_t most_choices = 1'000;

std::string without_leading_space(std::string_view text) {
    return std::string(text.starts_with(' ') ? text.substr(1) : text);
}

std::string key_of(const rapidjson::Value& row, std::size_t position) {
    if (const auto text = json_string(row, "id")) return std::string(*text);
    if (const auto number = json_int(row, "id")) return std::to_string(*number);
    return std::to_string(position);
}

} // namespace

tl::unexpected<Error> ChoiceRows::refuse(std::size_t line, std::string reason) const {
    return fail({ErrorKind::damaged, file_, "line " + std::to_string(line), std::move(reason),
                 "Correct or remove this line; an item is {\"query\": text, \"choices\": [texts], \"gold\": number}"});
}

Expected<void> ChoiceRows::add(const rapidjson::Value& row, std::size_t line) {
    const bool is_request = json_member(row, "request") != nullptr;
    if (!data_.items.empty() && is_request == requests_.empty()) return refuse(line, "mixes requests and whole items");
    return is_request ? add_request(row, line) : add_item(row, line);
}

Expected<void> ChoiceRows::add_item(const rapidjson::Value& row, std::size_t line) {
    const auto query = row_text(row, fields_.query, file_, line);
    if (!query) return refuse(line, query.error().reason);
    const auto* choices = row_member(row, fields_.choices);
    if (choices == nullptr || !choices->IsArray())
        return refuse(line, "the field " + json_quote(fields_.choices) + " is missing or not a list");
    if (choices->Size() < 2 || choices->Size() > most_choices)
        return refuse(line, "the field " + json_quote(fields_.choices) + " has " + std::to_string(choices->Size()) +
                                " entries; 2 to " + std::to_string(most_choices) + " are accepted");
    ChoiceItem item;
    item.key = key_of(row, data_.items.size());
    item.query = *query;
    for (const auto& choice : choices->GetArray()) {
        if (!choice.IsString() || choice.GetStringLength() == 0)
            return refuse(line, "a choice is empty or not a string");
        const std::string text = without_leading_space(json_view(choice));
        item.contexts.emplace_back(*query);
        item.continuations.push_back(" " + text);
        item.choices.push_back(text);
    }
    const auto* gold = row_member(row, fields_.gold);
    if (gold == nullptr) return refuse(line, "the field " + json_quote(fields_.gold) + " is missing");
    if (!gold->IsNull()) {
        if (!gold->IsInt64()) return refuse(line, "the field " + json_quote(fields_.gold) + " is not a whole number");
        const std::int64_t right = gold->GetInt64();
        if (right < 0 || right >= static_cast<std::int64_t>(item.choices.size()))
            return refuse(line, "the field " + json_quote(fields_.gold) + " is " + std::to_string(right) +
                                    ", but there are " + std::to_string(item.choices.size()) +
                                    " choices, numbered from 0");
        item.gold = static_cast<int>(right);
    }
    data_.items.push_back(std::move(item));
    return {};
}

Expected<void> ChoiceRows::add_request(const rapidjson::Value& row, std::size_t line) {
    const auto* request = json_member(row, "request");
    const auto context = json_string(*request, "context"), continuation = json_string(*request, "continuation");
    if (!context) return refuse(line, "the field \"request.context\" is missing or not a string");
    if (!continuation || continuation->empty())
        return refuse(line, "the field \"request.continuation\" is missing, empty or not a string");
    const auto document = json_int(row, "doc_id");
    if (!document || *document < 0) return refuse(line, "the field \"doc_id\" is missing or not a whole number ≥ 0");
    const auto choice = json_int(row, "idx");
    if (!choice || *choice < 0 || *choice >= most_choices)
        return refuse(line, "the field \"idx\" is missing or not the number of a choice");
    if (*document >= first_unconditional)
        if (const auto with = item_of_document_.find(*document - first_unconditional);
            with != item_of_document_.end()) {
            requests_[with->second].unconditional.try_emplace(*choice, *context);
            return {};
        }
    const auto [known, fresh] = item_of_document_.try_emplace(*document, data_.items.size());
    if (fresh) {
        ChoiceItem& item = data_.items.emplace_back();
        item.key = std::to_string(*document);
        const auto* doc = json_member(row, "doc");
        const auto query = doc == nullptr ? std::nullopt : json_string(*doc, "query");
        const auto sentence = doc == nullptr ? std::nullopt : json_string(*doc, "sentence");
        item.query = query ? *query : sentence ? *sentence : *context;
        const auto label = json_int(row, "label");
        if (label) item.gold = static_cast<int>(std::clamp<std::int64_t>(*label, -1, most_choices));
        requests_.push_back({line, {}, {}});
    }
    Requests& requests = requests_[known->second];
    if (!requests.by_choice.try_emplace(*choice, *context, *continuation).second)
        return refuse(line, "the choice " + std::to_string(*choice) + " of document " + std::to_string(*document) +
                                " occurs twice");
    return {};
}

Expected<void> ChoiceRows::complete(ChoiceItem& item, const Requests& requests) const {
    std::int64_t expected = 0;
    for (const auto& [choice, texts] : requests.by_choice) {
        if (choice != expected++)
            return refuse(requests.line,
                          "the document " + item.key + " has no request for choice " + std::to_string(expected - 1));
        item.contexts.push_back(texts.first);
        item.continuations.push_back(texts.second);
        item.choices.push_back(without_leading_space(texts.second));
    }
    for (const auto& [choice, context] : requests.unconditional)
        if (choice == static_cast<std::int64_t>(item.unconditional_contexts.size()))
            item.unconditional_contexts.push_back(context);
    if (item.unconditional_contexts.size() != item.choices.size()) item.unconditional_contexts.clear();
    if (item.choices.size() < 2) return refuse(requests.line, "the document " + item.key + " has only one choice");
    if (item.gold && (*item.gold < 0 || *item.gold >= static_cast<int>(item.choices.size())))
        return refuse(requests.line, "the field \"label\" is " + std::to_string(*item.gold) + ", but there are " +
                                         std::to_string(item.choices.size()) + " choices, numbered from 0");
    return {};
}

Expected<ChoiceData> ChoiceRows::finish(DatasetProblems problems) {
    if (!requests_.empty()) {
        std::vector<ChoiceItem> whole;
        for (std::size_t i = 0; i < requests_.size(); ++i)
            if (auto completed = complete(data_.items[i], requests_[i]))
                whole.push_back(std::move(data_.items[i]));
            else
                problems.add(std::move(completed).error());
        data_.items = std::move(whole);
    }
    if (data_.items.empty() && problems.count() > 0) return fail(problems.first().front());
    if (data_.items.empty())
        return fail({ErrorKind::damaged, file_, {}, "has no items", "Check that it is the right file"});
    data_.problems = std::move(problems);
    return std::move(data_);
}

} // namespace isoloss
