#pragma once

#include "engine/importers/import.h"
#include "engine/store/project.h"

#include <QTemporaryDir>
#include <QTest>
#include <memory>

namespace isoloss::support {

/// A test whose every function imports into a new project; init() of the test calls begin().
class ImportingTest : public QObject {
protected:
    std::filesystem::path root() const { return std::filesystem::path(folder_->path().toStdString()) / "data"; }

    /// All of root() when no paths are named.
    ImportReport import(std::vector<std::filesystem::path> paths = {}, const ImportOptions& options = {}) {
        if (paths.empty()) paths = {root()};
        const auto report = import_paths(*project_, paths, options);
        if (!report) QTest::qFail(report.error().text().c_str(), __FILE__, __LINE__);
        return report.value_or(ImportReport{});
    }

    std::vector<RunRecord> runs() { return *(*project_->reader())->runs(); }

    void begin() {
        project_.reset();
        folder_ = std::make_unique<QTemporaryDir>();
        std::filesystem::create_directories(root());
        project_ = *Project::create(folder_->filePath("p.isoloss").toStdString());
    }

    std::unique_ptr<QTemporaryDir> folder_;
    std::unique_ptr<Project> project_;
};

} // namespace isoloss::support
