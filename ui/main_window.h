#pragma once

#include "engine/base/error.h"
#include "engine/store/records.h"
#include "ui/page_kind.h"
#include "widgets/theme.h"

#include <QMainWindow>
#include <QPointer>
#include <array>
#include <optional>

class QActionGroup;
class QLabel;
class QStackedWidget;
class QVBoxLayout;

namespace isoloss {

class Banner;
class CommandPalette;
class DataDock;
class DockLayout;
class HeaderStrip;
class ImportController;
class InspectorDock;
class ItemsDock;
class JobsDock;
class ImportDialog;
class ImportsDialog;
class LogDock;
class MeasureDialog;
class Page;
class RunsDock;
class StartPage;
class StatusLine;
class TextDock;
class TailController;
class UiServices;
struct ImportOptions;
struct ImportTask;

/// The window: header strip with the tabs of the pages, docks around them, status line. It places and connects; what
/// is in the docks and pages is their own business. Window thread.
class MainWindow : public QMainWindow {
    Q_OBJECT

public:
    explicit MainWindow(UiServices& services, QWidget* parent = nullptr);
    ~MainWindow() override;

    /// Opens a project file; a failure is shown as a banner.
    void openProject(const QString& path);
    /// Shows what files and folders would bring, and imports it when the person agrees.
    void offerImport(const QStringList& paths);
    /// Imports files and folders; without an open project it makes one first and says where.
    void importPaths(const QStringList& paths, const ImportOptions& corrections);
    /// Imports a folder and follows what is written into it from then on.
    void watchFolder(const QString& folder);
    void showPage(PageKind kind);

    RunsDock& runsDock() { return *runs_; }

    /// Every action of the window and of the page in front, for the palette and the list of shortcuts.
    QList<QAction*> allActions() const;

Q_SIGNALS:
    /// After the window was painted for the first time.
    void firstPainted();

protected:
    bool event(QEvent* event) override;
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void build();
    void buildActions();
    QMenu* buildProjectMenu(QWidget* owner);
    QMenu* buildEditMenu(QWidget* owner);
    QMenu* buildViewMenu(QWidget* owner);
    QMenu* buildMeasureMenu(QWidget* owner);
    QMenu* buildHelpMenu(QWidget* owner);
    /// Makes an action of the window with shortcut and what it does.
    template <typename Triggered>
    QAction* addCommand(const QString& text, const QKeySequence& shortcut, Triggered triggered);
    void connectAll();
    void applyTheme();
    void showProject();
    void createAndOpen(const QString& path);
    void rememberAndShow();
    void chooseNewProject();
    void chooseProject();
    void chooseImportFolder();
    void chooseImportFiles();
    void chooseWatchedFolder();
    /// Whether there is a project that may be written. Without an open one it makes one beside nothing of the user's,
    /// named after `path`.
    bool prepareForImport(const QString& path);
    void moveProject();
    ImportsDialog& showImports();
    void exportFigure();
    void showMeasure();
    void measureOn(const QString& file);
    void showPalette();
    void showShortcuts();
    void showAbout();
    void showError(const Error& error);
    void showImportReport(const ImportTask& task);
    void addBanner(Banner* banner);
    void clearBanners();
    void storeSettings();
    Page* currentPage() const;
    /// What the open project says it opens with.
    std::optional<ViewRecord> startView() const;
    /// Lets the single keys of a page work wherever the focus is, as those of the window do.
    void takeKeysOf(const Page* page);

    UiServices& services_;
    ImportController* imports_;
    TailController* tail_;
    HeaderStrip* header_;
    StatusLine* status_;
    QVBoxLayout* banners_;
    QStackedWidget* centre_;
    StartPage* start_;
    std::array<Page*, all_pages.size()> pages_{};
    PageKind front_ = PageKind::curves;
    RunsDock* runs_;
    InspectorDock* inspector_;
    JobsDock* jobs_;
    DataDock* data_;
    LogDock* log_;
    ItemsDock* items_;
    TextDock* text_;
    DockLayout* docks_ = nullptr;
    CommandPalette* palette_ = nullptr;
    QPointer<MeasureDialog> measure_;
    QPointer<ImportDialog> offer_;
    QPointer<ImportsDialog> history_;
    QPointer<Banner> readOnly_;

    QActionGroup* pageActions_;
    QList<QAction*> pageKeys_;     ///< of the page in front
    QList<QAction*> needsProject_; ///< enabled while a project is open
    QList<QAction*> needsWriting_; ///< enabled while it may be written
    QAction* importFolder_ = nullptr;
    QAction* importFiles_ = nullptr;
    QAction* openProject_ = nullptr;
    QAction* moveProject_ = nullptr;
    QAction* export_ = nullptr;
    bool painted_ = false;
};

} // namespace isoloss
