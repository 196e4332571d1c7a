#include "engine/datasets/number_data.h"

#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/datasets/dataset.h"
#include "engine/datasets/dataset_detection.h"
#include "engine/datasets/npy.h"
#include "engine/datasets/npz.h"
#include "engine/datasets/row_format.h"

namespace isoloss {

namespace {

constexpr std::int64_t most_numbers = 1ll << 28;

tl::unexpected<Error> refuse(ErrorKind kind, const std::string& file, std::string reason, std::string remedy) {
    return fail({kind, file, {}, std::move(reason), std::move(remedy)});
}

tl::unexpected<Error> refuse_size(const std::string& file) {
    return refuse(ErrorKind::limit, file, "has more than " + std::to_string(most_numbers) + " numbers",
                  "Keep a part of the rows");
}

Expected<void> take_values(const NumberArray& array, NumberData& data) {
    const auto& shape = array.shape();
    if (shape.empty() || shape.size() > 2)
        return refuse(ErrorKind::unsupported, array.source().file(),
                      "the numbers have the shape " + array.shape_text() + "; rows of numbers are read",
                      "Save an array of one or two dimensions");
    if (array.size() > most_numbers) return refuse_size(array.source().file());
    data.rows = shape[0];
    data.columns = shape.size() == 2 ? shape[1] : 1;
    data.values.resize(static_cast<std::size_t>(array.size()));
    return array.read(0, std::span(data.values));
}

Expected<void> take_labels(const NumberArray& array, NumberData& data) {
    if (array.size() != data.rows)
        return refuse(ErrorKind::damaged, array.source().file(),
                      "has " + std::to_string(array.size()) + " labels for " + std::to_string(data.rows) + " rows",
                      "Give as many labels as rows");
    std::vector<double> labels(static_cast<std::size_t>(array.size()));
    ISOLOSS_TRY_VOID(array.read(0, std::span(labels)));
    for (const double label : labels)
        data.labels.push_back(number_text(label));
    return {};
}

Expected<NumberData> read_arrays(const DatasetRecord& dataset, const DatasetDetails& details, const char* role) {
    NumberData data;
    if (details.format == dataset_format::npy) {
        ISOLOSS_TRY(ByteSource source, ByteSource::open(dataset.path));
        ISOLOSS_TRY(const NumberArray values, open_npy(std::move(source)));
        ISOLOSS_TRY_VOID(take_values(values, data));
        if (details.reading.files.empty()) return data;
        ISOLOSS_TRY(ByteSource of_labels, ByteSource::open(details.reading.files.front()));
        ISOLOSS_TRY(const NumberArray labels, open_npy(std::move(of_labels)));
        ISOLOSS_TRY_VOID(take_labels(labels, data));
        return data;
    }
    ISOLOSS_TRY(const auto arrays, open_npz(dataset.path));
    const auto values = arrays.find(field_of(details, role));
    if (values == arrays.end())
        return refuse(ErrorKind::usage, dataset.path, "no array is named " + json_quote(field_of(details, role)),
                      "Say which one has the numbers, " + std::string(role) + "=NAME");
    ISOLOSS_TRY_VOID(take_values(values->second, data));
    if (const auto labels = arrays.find(field_of(details, "label")); labels != arrays.end())
        ISOLOSS_TRY_VOID(take_labels(labels->second, data));
    return data;
}

std::string label_text(const rapidjson::Value& label) {
    return label.IsString() ? std::string(json_view(label)) : json_text(label);
}

/// The numbers of a row: a list, one number, or all numbers of a table's row but its label.
Expected<std::vector<double>> numbers_of(const rapidjson::Value& row, const std::string& field, bool is_table,
                                         const std::string& label_field, const std::string& file, std::size_t line) {
    std::vector<double> numbers;
    const auto add = [&](const rapidjson::Value& value, std::string_view name) -> Expected<void> {
        const auto number = json_as_number(value);
        if (!number) return refuse_row(file, line, json_quote(name) + " is not a number");
        numbers.push_back(*number);
        return {};
    };
    if (is_table) {
        for (const auto& [name, value] : row.GetObject())
            if (json_view(name) != label_field) ISOLOSS_TRY_VOID(add(value, json_view(name)));
        return numbers;
    }
    const auto* member = row_member(row, field);
    if (member == nullptr) return refuse_row(file, line, "the field " + json_quote(field) + " is missing");
    if (!member->IsArray()) {
        ISOLOSS_TRY_VOID(add(*member, field));
        return numbers;
    }
    for (const auto& value : member->GetArray())
        ISOLOSS_TRY_VOID(add(value, field));
    return numbers;
}

} // namespace

Expected<NumberData> read_number_data(const DatasetRecord& dataset) {
    ISOLOSS_TRY(const DatasetDetails details, details_of(dataset));
    ISOLOSS_TRY_VOID(expect_kind(dataset, details, {DatasetKind::embeddings, DatasetKind::predictions}));
    const bool is_embedding = *details.reading.kind == DatasetKind::embeddings;
    const char* role = is_embedding ? "embedding" : "prediction";
    if (details.format == dataset_format::npy || details.format == dataset_format::npz)
        return read_arrays(dataset, details, role);
    NumberData data;
    const RowFormat format = row_format(details);
    const bool is_table = format != RowFormat::json_lines && !details.reading.fields.contains(role);
    const std::string field = field_of(details, role), label_field = field_of(details, "label");
    const auto add = [&](const rapidjson::Value& row, std::size_t line) -> Expected<void> {
        ISOLOSS_TRY(const auto numbers, numbers_of(row, field, is_table, label_field, dataset.path, line));
        const auto columns = static_cast<std::int64_t>(numbers.size());
        if (numbers.empty()) return refuse_row(dataset.path, line, "has no numbers");
        if (data.rows > 0 && columns != data.columns)
            return refuse_row(dataset.path, line,
                              "has " + std::to_string(columns) + " numbers, the first row has " +
                                  std::to_string(data.columns));
        const auto* label = row_member(row, label_field);
        const bool has_label = label != nullptr && !label->IsNull();
        if (data.rows > 0 && has_label == data.labels.empty())
            return refuse_row(dataset.path, line,
                              has_label ? "has a label, the first row has none"
                                        : "the field " + json_quote(label_field) + " is missing");
        if (static_cast<std::int64_t>(data.values.size()) + columns > most_numbers) return refuse_size(dataset.path);
        data.columns = columns;
        ++data.rows;
        data.values.insert(data.values.end(), numbers.begin(), numbers.end());
        if (has_label) data.labels.push_back(label_text(*label));
        return {};
    };
    ISOLOSS_TRY_VOID(for_each_row(dataset.path, format, add, data.problems));
    return data;
}

} // namespace isoloss
