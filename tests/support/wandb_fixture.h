#pragma once

#include "engine/base/json.h"
#include "engine/importers/import.h"
#include "engine/store/reader.h"
#include "tests/support/project_fixture.h"
#include "tests/support/wandb_log_writer.h"

#include <QStringList>
#include <chrono>
#include <filesystem>
#include <map>

namespace isoloss::test {

/// A project and a folder with W&B runs that are imported into it.
class WandbFixture {
public:
    std::filesystem::path root() const { return project_.folder() / "data"; }

    ProjectFixture& project() { return project_; }

    /// `wandb/<folder>/run-<id>.wandb`, last changed long ago.
    std::filesystem::path log(const std::string& folder, const std::string& id) const {
        return root() / "wandb" / folder / ("run-" + id + ".wandb");
    }

    void put_log(const std::filesystem::path& path, std::string_view bytes) const {
        support::put_file(path, bytes);
        set_age(path, std::chrono::hours(1000));
    }

    static void set_age(const std::filesystem::path& path, std::chrono::seconds age) {
        std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() - age);
    }

    ImportReport import() { return import(root()); }

    ImportReport import(const std::filesystem::path& path) {
        return value_of(import_paths(project_.project(), {path}));
    }

    RunRecord run(const std::string& name) {
        for (const RunRecord& run : value_of(project_.reader()->runs()))
            if (run.name == name) return run;
        throw std::runtime_error("no run " + name);
    }

    /// A member of the run's config as JSON, by its path; empty when there is none.
    std::string config(const std::string& run_name, std::initializer_list<std::string_view> path) {
        const auto document = value_of(parse_json(run(run_name).config, "config"));
        const rapidjson::Value* value = &document;
        for (const std::string_view part : path) {
            value = json_member(*value, part);
            if (value == nullptr) return {};
        }
        return json_text(*value);
    }

    /// "attempt:step=value" of all points of a series, in order.
    QString points(const std::string& run_name, const std::string& series_name) {
        QStringList texts;
        each_point(run_name, series_name, [&](int attempt, const PointColumns& points, std::size_t i) {
            texts << QString("%1:%2=%3").arg(attempt).arg(points.steps[i]).arg(points.value(i), 0, 'g', 12);
        });
        return texts.join(' ');
    }

    QString wall_times(const std::string& run_name, const std::string& series_name) {
        QStringList texts;
        each_point(run_name, series_name, [&](int, const PointColumns& points, std::size_t i) {
            texts << QString::number(points.wall_times[i], 'f', 3);
        });
        return texts.join(' ');
    }

    QStringList series(const std::string& run_name) {
        QStringList names;
        for (const SeriesRecord& series : value_of(project_.reader()->series(run(run_name).id)))
            names << QString::fromStdString(series.name);
        names.sort();
        return names;
    }

    /// "run@step key=value" of all values, sorted.
    QStringList values() {
        auto reader = project_.reader();
        std::map<CheckpointId, QString> labels;
        for (const CheckpointRecord& checkpoint : value_of(reader->checkpoints()))
            labels[checkpoint.id] = QString::fromStdString(checkpoint.run_name) + "@" +
                                    (checkpoint.step ? QString::number(*checkpoint.step) : QString("last"));
        QStringList texts;
        for (const ValueRecord& value : value_of(reader->values()))
            texts << labels[value.checkpoint] + " " + QString::fromStdString(value.quantity_key) + "=" +
                         (value.value ? QString::number(*value.value, 'g', 12) : QString("none"));
        texts.sort();
        return texts;
    }

private:
    template <typename Each>
    void each_point(const std::string& run_name, const std::string& series_name, Each each) {
        auto reader = project_.reader();
        for (const SeriesRecord& series : value_of(reader->series(run(run_name).id))) {
            if (series.name != series_name) continue;
            for (const PointsOfAttempt& part : value_of(reader->points(series.id)))
                for (std::size_t i = 0; i < part.points.size(); ++i)
                    each(part.attempt, part.points, i);
        }
    }

    ProjectFixture project_;
};

/// "place: reason" of what was not taken.
inline QString skipped_text(const ImportReport& report) {
    QStringList texts;
    for (const SkippedSource& skipped : report.skipped)
        texts << QString::fromStdString(skipped.place + ": " + skipped.reason);
    return texts.join('\n');
}

inline QString notes_text(const ImportReport& report) {
    QStringList texts;
    for (const std::string& note : report.notes)
        texts << QString::fromStdString(note);
    return texts.join('\n');
}

} // namespace isoloss::test
