#pragma once

#include "tests/ui/small_study.h"
#include "ui/ui_services.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <memory>

namespace isoloss::test {

/// The small study opened as the window opens it, all its runs shown; pages are made by the test.
class PageFixture {
public:
    PageFixture() {
        UiOptions options;
        options.settingsFile = settings_.filePath(QStringLiteral("settings.ini"));
        services_ = std::make_unique<UiServices>(options);
        path_ = study_.path();
        study_.close();
        const Expected<void> opened = services_->session().open(path_);
        if (!opened) throw std::runtime_error(opened.error().text());
        show_all_runs();
    }

    UiServices& services() { return *services_; }

    const SmallStudy& study() const { return study_; }

    const std::filesystem::path& path() const { return path_; }

    void show_all_runs() {
        const auto reader = value_of(services_->session().project()->reader());
        services_->selection().setShownRuns(std::make_shared<const std::vector<RunRecord>>(value_of(reader->runs())),
                                            {});
    }

private:
    QTemporaryDir settings_;
    SmallStudy study_;
    std::filesystem::path path_;
    std::unique_ptr<UiServices> services_;
};

} // namespace isoloss::test
