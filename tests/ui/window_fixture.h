#pragma once

#include "tests/support/event_file_writer.h"
#include "ui/banner.h"
#include "ui/dialogs/import_dialog.h"
#include "ui/docks/dock_title.h"
#include "ui/docks/runs_dock.h"
#include "ui/docks/runs_view.h"
#include "ui/main_window.h"
#include "ui/ui_services.h"
#include "widgets/filter_line_edit.h"

#include <QDropEvent>
#include <QLineEdit>
#include <QMimeData>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>
#include <memory>

namespace isoloss::test {

/// A window over settings of its own; the home folder is a temporary one.
struct Window {
    explicit Window(BackendFactory backend = {}) {
        qputenv("HOME", folder.path().toUtf8());
        UiOptions options;
        options.settingsFile = folder.filePath("settings.ini");
        options.backend = std::move(backend);
        services = std::make_unique<UiServices>(std::move(options));
        window = std::make_unique<MainWindow>(*services);
        window->show();
    }

    void drop(const QStringList& files) {
        QMimeData data;
        QList<QUrl> urls;
        for (const QString& file : files)
            urls += QUrl::fromLocalFile(file);
        data.setUrls(urls);
        QDragEnterEvent enter(QPoint(200, 200), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(window.get(), &enter);
        QDropEvent event(QPointF(200, 200), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(window.get(), &event);
    }

    /// Drops files and agrees to what the dialog shows.
    void import(const QStringList& files) {
        drop(files);
        auto* dialog = window->findChild<ImportDialog*>();
        QVERIFY(dialog);
        auto* button = dialog->findChild<QPushButton*>(QStringLiteral("import"));
        QTRY_VERIFY(button->isEnabled());
        button->click();
    }

    /// Two runs with event files, as a tracker leaves them.
    QString twoRuns() const {
        for (const char* name : {"alpha", "beta"}) {
            std::string bytes = support::version_frame();
            for (int step = 0; step < 3; ++step)
                bytes += support::scalar_frame("train/loss", step, 3.0F - static_cast<float>(step));
            support::put_file(folder.filePath(QStringLiteral("runs/%1/events.out.tfevents.1").arg(name)).toStdString(),
                              bytes);
        }
        return folder.filePath("runs");
    }

    QString runsTitle() const { return window->runsDock().findChild<DockTitle*>()->text(); }

    RunsView* runsView() const { return window->runsDock().findChild<RunsView*>(); }

    template <typename T>
    T* child() const {
        return window->findChild<T*>();
    }

    QString filterText() const { return window->runsDock().findChild<FilterLineEdit*>()->lineEdit()->text(); }

    QStringList banners() const {
        QStringList texts;
        for (const Banner* banner : window->findChildren<Banner*>())
            texts += banner->text();
        return texts;
    }

    QTemporaryDir folder;
    std::unique_ptr<UiServices> services;
    std::unique_ptr<MainWindow> window;
};

} // namespace isoloss::test
