#include "engine/datasets/labelled_rows.h"

#include "engine/base/json.h"
#include "engine/base/number_text.h"

namespace isoloss {

namespace {

// Labels with more classes are rather names of the rows.
constexpr std::size_t most_classes = 1'000;
constexpr std::size_t most_kinds = 1'000;
constexpr std::size_t most_cells = 1u << 28; ///< rows × kinds

constexpr std::string_view single_label = "label";

std::string class_name(const std::variant<bool, std::int64_t, std::string>& label) {
    if (const auto* truth = std::get_if<bool>(&label)) return *truth ? "true" : "false";
    if (const auto* number = std::get_if<std::int64_t>(&label)) return number_text(*number);
    return std::get<std::string>(label);
}

} // namespace

tl::unexpected<Error> LabelledRows::refuse(std::size_t line, std::string reason) const {
    return fail({ErrorKind::damaged, file_, "line " + std::to_string(line), std::move(reason),
                 "Correct or remove this line; a row is {\"text\": text, \"label\": class} or {\"text\": text, "
                 "\"labels\": {name: class, …}}, classes are texts, whole numbers or true and false"});
}

tl::unexpected<Error> LabelledRows::refuse_size(std::size_t line, std::string reason, std::string remedy) const {
    return fail({ErrorKind::limit, file_, "line " + std::to_string(line), std::move(reason), std::move(remedy)});
}

Expected<void> LabelledRows::add(std::string text, Labels labels, std::size_t line) {
    texts_.push_back(std::move(text));
    if (texts_.size() * kinds_.size() > most_cells)
        return refuse_size(line, "rows × names of labels are more than " + std::to_string(most_cells),
                           "Measure on fewer rows or labels");
    for (Kind& kind : kinds_)
        kind.rows.push_back(-1);
    auto added = add_labels(labels, line);
    if (added) return {};
    texts_.pop_back();
    for (Kind& kind : kinds_)
        kind.rows.resize(texts_.size());
    return added;
}

Expected<void> LabelledRows::add_labels(Labels labels, std::size_t line) {
    if (labels.one != nullptr) ISOLOSS_TRY_VOID(add_label(single_label, *labels.one, line));
    if (labels.named == nullptr || labels.named->IsNull()) return {};
    if (!labels.named->IsObject()) return refuse(line, "the field \"labels\" is not an object");
    for (const auto& [name, label] : labels.named->GetObject())
        ISOLOSS_TRY_VOID(add_label(json_view(name), label, line));
    return {};
}

Expected<LabelledRows::Kind*> LabelledRows::kind_named(std::string_view name, std::size_t line) {
    if (const auto known = places_.find(name); known != places_.end()) return &kinds_[known->second];
    if (kinds_.size() == most_kinds)
        return refuse_size(line, "the rows have labels of more than " + std::to_string(most_kinds) + " names",
                           "Keep those that are to be measured");
    places_.emplace(name, kinds_.size());
    kinds_.push_back({std::string(name), {}, std::vector<std::int32_t>(texts_.size(), -1)});
    return &kinds_.back();
}

Expected<void> LabelledRows::add_label(std::string_view name, const rapidjson::Value& label, std::size_t line) {
    ISOLOSS_TRY(Kind* const kind, kind_named(name, line));
    if (label.IsNull()) return {};
    Class value;
    if (label.IsBool())
        value = label.GetBool();
    else if (label.IsInt64())
        value = label.GetInt64();
    else if (label.IsString())
        value = std::string(json_view(label));
    else
        return refuse(line, "the label " + json_quote(name) + " is " + json_text(label) +
                                ", which is no text, no whole number and neither true nor false");
    if (kind->rows.back() != -1) return refuse(line, "the label " + json_quote(name) + " occurs twice");
    if (!kind->classes.empty() && kind->classes.begin()->first.index() != value.index())
        return refuse(line, "the label " + json_quote(name) + " is " + json_text(label) +
                                ", which is of another type than those of the rows before");
    const auto number = static_cast<std::int32_t>(kind->classes.size());
    kind->rows.back() = kind->classes.try_emplace(std::move(value), number).first->second;
    if (kind->classes.size() > most_classes)
        return refuse_size(
            line, "the label " + json_quote(name) + " has more than " + std::to_string(most_classes) + " classes",
            "Leave it out, or merge classes");
    return {};
}

LabelledData LabelledRows::finish() {
    LabelledData data;
    data.texts = std::move(texts_);
    for (Kind& kind : kinds_) {
        LabelColumn& column = data.columns.emplace_back();
        column.name = std::move(kind.name);
        std::vector<std::int32_t> sorted(kind.classes.size()); // the map is in the order of the classes
        for (const auto& [value, number] : kind.classes) {
            sorted[static_cast<std::size_t>(number)] = static_cast<std::int32_t>(column.classes.size());
            column.classes.push_back(class_name(value));
        }
        for (const std::int32_t number : kind.rows)
            column.rows.push_back(number < 0 ? -1 : sorted[static_cast<std::size_t>(number)]);
    }
    return data;
}

} // namespace isoloss
