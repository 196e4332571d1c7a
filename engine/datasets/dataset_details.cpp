#include "engine/datasets/dataset_details.h"

#include "engine/base/json.h"
#include "engine/base/number_text.h"

namespace isoloss {

namespace {

std::string texts_json(const std::vector<std::string>& texts) {
    std::string json = "[";
    for (const std::string& text : texts)
        json += (json.size() > 1 ? "," : "") + json_quote(text);
    return json + "]";
}

std::string options_json(const DatasetOptions& options) {
    std::string json;
    const auto add = [&](std::string_view name, const std::string& value) {
        json += (json.empty() ? "" : ",") + json_quote(name) + ":" + value;
    };
    if (options.end_of_document) add("end_of_document", number_text(*options.end_of_document));
    if (!options.fields.empty()) {
        std::string fields;
        for (const auto& [role, name] : options.fields)
            fields += (fields.empty() ? "" : ",") + json_quote(role) + ":" + json_quote(name);
        add("fields", "{" + fields + "}");
    }
    if (!options.files.empty()) add("files", texts_json(options.files));
    if (options.kind) add("kind", json_quote(dataset_kind_name(*options.kind)));
    if (!options.token_type.empty()) add("token_type", json_quote(options.token_type));
    return "{" + json + "}";
}

std::vector<std::string> read_texts(const rapidjson::Value& object, std::string_view name) {
    std::vector<std::string> texts;
    const auto* list = json_member(object, name);
    if (list == nullptr || !list->IsArray()) return texts;
    for (const auto& text : list->GetArray())
        if (text.IsString()) texts.emplace_back(json_view(text));
    return texts;
}

DatasetOptions read_options(const rapidjson::Value& object, std::string_view name) {
    DatasetOptions options;
    const auto* member = json_member(object, name);
    if (member == nullptr || !member->IsObject()) return options;
    if (const auto kind = json_string(*member, "kind")) options.kind = dataset_kind_named(*kind);
    options.files = read_texts(*member, "files");
    options.token_type = json_string(*member, "token_type").value_or("");
    options.end_of_document = json_int(*member, "end_of_document");
    if (const auto* fields = json_member(*member, "fields"); fields != nullptr && fields->IsObject())
        for (const auto& [role, field] : fields->GetObject())
            if (field.IsString()) options.fields.emplace(json_view(role), json_view(field));
    return options;
}

} // namespace

std::string options_text(const DatasetOptions& options) {
    return options.empty() ? std::string() : options_json(options);
}

std::string DatasetDetails::json() const {
    std::string counts_json;
    for (const auto& [what, number] : counts)
        counts_json += (counts_json.empty() ? "" : ",") + json_quote(what) + ":" + number_text(number);
    return "{\"format\":" + json_quote(format) + ",\"reading\":" + options_json(reading) +
           ",\"said\":" + options_json(said) + ",\"counts\":{" + counts_json + "},\"notes\":" + texts_json(notes) +
           ",\"problems\":" + texts_json(problems) + ",\"problem_count\":" + number_text(problem_count) +
           ",\"modified\":" + number_text(modified) + "}";
}

Expected<DatasetDetails> DatasetDetails::parse(std::string_view json) {
    ISOLOSS_TRY(const auto document, parse_json(json, "the details of a data set"));
    DatasetDetails details;
    details.format = json_string(document, "format").value_or("");
    details.reading = read_options(document, "reading");
    details.said = read_options(document, "said");
    if (const auto* counts = json_member(document, "counts"); counts != nullptr && counts->IsObject())
        for (const auto& [what, number] : counts->GetObject())
            if (number.IsInt64()) details.counts.emplace_back(json_view(what), number.GetInt64());
    details.notes = read_texts(document, "notes");
    details.problems = read_texts(document, "problems");
    details.problem_count = json_int(document, "problem_count").value_or(0);
    details.modified = json_number(document, "modified").value_or(0);
    return details;
}

std::optional<std::int64_t> DatasetDetails::count(std::string_view what) const {
    for (const auto& [name, number] : counts)
        if (name == what) return number;
    return std::nullopt;
}

void DatasetProblems::add(Error error) {
    ++count_;
    if (first_.size() < most_kept) first_.push_back(std::move(error));
}

std::string_view counted_word(const DatasetCount& count) {
    const std::string_view word = count.first;
    if (count.second != 1 || !word.ends_with('s')) return word;
    return word.substr(0, word.size() - (word.ends_with("sses") ? 2 : 1));
}

} // namespace isoloss
