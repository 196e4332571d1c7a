#pragma once

#include "engine/base/file.h"
#include "engine/importers/import.h"
#include "tests/support/project_fixture.h"

#include <QStringList>
#include <map>

namespace isoloss::test {

/// A project and a folder of files to import into it, both gone with the test.
class ImportedProject {
public:
    ImportedProject() : root_(project_.folder() / "data") { std::filesystem::create_directories(root_); }

    const std::filesystem::path& root() const { return root_; }

    std::unique_ptr<Reader> reader() const { return project_.reader(); }

    /// Makes a file, and the folders around it.
    std::filesystem::path write(const std::string& name, std::string_view text) const {
        const std::filesystem::path path = root_ / name;
        std::filesystem::create_directories(path.parent_path());
        const auto written = write_file_atomically(path, text);
        if (!written) throw std::runtime_error(written.error().text());
        return path;
    }

    ImportReport import(std::vector<std::filesystem::path> paths = {}) {
        if (paths.empty()) paths = {root_};
        return value_of(import_paths(project_.project(), paths));
    }

    std::vector<RunRecord> runs() const { return value_of(reader()->runs()); }

    RunRecord run(const std::string& name) const {
        for (const RunRecord& run : runs())
            if (run.name == name) return run;
        throw std::runtime_error("there is no run " + name);
    }

    QStringList run_names() const {
        QStringList names;
        for (const RunRecord& run : runs())
            names << QString::fromStdString(run.name);
        names.sort();
        return names;
    }

    QStringList series_names(const std::string& run_name) const {
        QStringList names;
        for (const SeriesRecord& series : value_of(reader()->series(run(run_name).id)))
            names << QString::fromStdString(series.name);
        names.sort();
        return names;
    }

    std::vector<PointsOfAttempt> attempts(const std::string& run_name, const std::string& series_name) const {
        for (const SeriesRecord& series : value_of(reader()->series(run(run_name).id)))
            if (series.name == series_name) return value_of(reader()->points(series.id));
        return {};
    }

    /// "attempt:step=value" of all points of a series, in order.
    QString points(const std::string& run_name, const std::string& series_name) const {
        QStringList texts;
        for (const PointsOfAttempt& part : attempts(run_name, series_name))
            for (std::size_t i = 0; i < part.points.size(); ++i)
                texts << QString("%1:%2=%3").arg(part.attempt).arg(part.points.steps[i]).arg(part.points.value(i));
        return texts.join(' ');
    }

    std::vector<CheckpointRecord> checkpoints() const { return value_of(reader()->checkpoints()); }

    /// "run@step key=value" of all values, sorted.
    QStringList values() const {
        std::map<CheckpointId, QString> labels;
        for (const CheckpointRecord& checkpoint : checkpoints())
            labels[checkpoint.id] = QString::fromStdString(checkpoint.run_name) + "@" +
                                    (checkpoint.step ? QString::number(*checkpoint.step) : QString("last"));
        QStringList texts;
        for (const ValueRecord& value : value_of(reader()->values()))
            texts << labels[value.checkpoint] + " " + QString::fromStdString(value.quantity_key) + "=" +
                         QString::number(value.value.value_or(-99));
        texts.sort();
        return texts;
    }

private:
    ProjectFixture project_;
    std::filesystem::path root_;
};

/// All that was skipped, as "file name (place): reason", and all notes, one a line.
inline QString said(const ImportReport& report) {
    QString text;
    for (const SkippedSource& skipped : report.skipped)
        text += "skipped " + QString::fromStdString(std::filesystem::path(skipped.path).filename().string()) + " (" +
                QString::fromStdString(skipped.place) + "): " + QString::fromStdString(skipped.reason) + "\n";
    for (const std::string& note : report.notes)
        text += "note " + QString::fromStdString(note) + "\n";
    return text;
}

} // namespace isoloss::test
