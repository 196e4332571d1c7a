#pragma once

#include "engine/base/json.h"
#include "engine/importers/import.h"
#include "engine/store/project.h"
#include "tests/support/python_reader.h"

#include <QTest>
#include <bit>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

/// What an independent reader in Python says about the same files, to compare a project with. The scripts lie in
/// tests/importers/oracle and use nothing but the standard library; they print one JSON object.
namespace isoloss::oracle {

/// A value with all of its bits, so that NaN and −0 compare too; the standard error likewise.
struct Number {
    std::uint64_t value = 0;
    std::optional<std::uint64_t> standard_error;

    bool operator==(const Number&) const = default;
};

/// By "run @ step | quantity | variant".
using Values = std::map<std::string, Number>;

inline std::string value_key(std::string_view run, std::optional<std::int64_t> step, std::string_view quantity,
                             std::string_view variant) {
    return std::string(run) + " @ " + (step ? std::to_string(*step) : "last") + " | " + std::string(quantity) + " | " +
           std::string(variant);
}

inline std::optional<std::filesystem::path> real_data() {
    const char* folder = std::getenv("ISOLOSS_REAL_DATA");
    return folder == nullptr ? std::nullopt : std::optional(std::filesystem::path(folder));
}

/// Leaves out the tables that lie among the files of another format.
inline ImportOptions without_tables(const std::filesystem::path& folder) {
    ImportOptions options;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.path().extension() == ".csv") options.excluded.insert(std::filesystem::canonical(entry.path()));
    return options;
}

/// What the script prints; nothing when python3 is missing. Fails the test when it prints no JSON.
inline std::optional<rapidjson::Document> run(const char* script, const std::filesystem::path& folder) {
    if (!test::has_python()) return std::nullopt;
    const QByteArray text = test::python_output(script, folder);
    auto document = parse_json(std::string_view(text.constData(), static_cast<std::size_t>(text.size())), script);
    if (!document) {
        QTest::qFail(document.error().text().c_str(), __FILE__, __LINE__);
        return std::nullopt;
    }
    return std::move(*document);
}

/// From "values": [[run, step or null, quantity, variant, value, standard error or null], …].
inline Values values_of(const rapidjson::Document& document) {
    Values values;
    for (const auto& row : document["values"].GetArray()) {
        Number number;
        number.value = std::bit_cast<std::uint64_t>(row[4].GetDouble());
        if (!row[5].IsNull()) number.standard_error = std::bit_cast<std::uint64_t>(row[5].GetDouble());
        const std::optional<std::int64_t> step =
            row[1].IsNull() ? std::nullopt : std::optional<std::int64_t>(row[1].GetInt64());
        values[value_key(row[0].GetString(), step, row[2].GetString(), row[3].GetString())] = number;
    }
    return values;
}

/// All values of a project, those that a newer one of the same quantity hides included.
inline Values values_of(Project& project) {
    auto reader = *project.reader();
    std::map<CheckpointId, CheckpointRecord> checkpoints;
    const auto all_checkpoints = *reader->checkpoints();
    for (const CheckpointRecord& checkpoint : all_checkpoints)
        checkpoints[checkpoint.id] = checkpoint;
    Values values;
    const auto current = *reader->values();
    for (const ValueRecord& newest : current) {
        const auto history = *reader->value_history(newest.checkpoint, newest.quantity);
        for (const ValueRecord& value : history) {
            Number number;
            number.value = std::bit_cast<std::uint64_t>(value.value.value_or(0));
            if (value.standard_error) number.standard_error = std::bit_cast<std::uint64_t>(*value.standard_error);
            const CheckpointRecord& checkpoint = checkpoints[value.checkpoint];
            values[value_key(checkpoint.run_name, checkpoint.step, newest.quantity_key, value.variant)] = number;
        }
    }
    return values;
}

/// The first differences, for a message; empty when there are none.
inline QString differences(const Values& ours, const Values& theirs) {
    QStringList lines;
    const auto compare = [&](const Values& a, const Values& b, const char* only) {
        for (const auto& [key, number] : a) {
            const auto found = b.find(key);
            if (found == b.end())
                lines << QString("only %1: %2").arg(QString(only), QString::fromStdString(key));
            else if (!(found->second == number))
                lines << QString("another number: %1").arg(QString::fromStdString(key));
        }
    };
    compare(ours, theirs, "in the project");
    compare(theirs, ours, "in the file");
    return lines.mid(0, 12).join('\n');
}

} // namespace isoloss::oracle
