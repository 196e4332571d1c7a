#pragma once

#include "ui/import_previewer.h"
#include "ui/models/import_preview_model.h"

#include <QDialog>
#include <QStringList>
#include <filesystem>
#include <optional>
#include <vector>

class QCheckBox;
class QLabel;
class QProgressBar;
class QPushButton;
class QTabWidget;
class QTextBrowser;
class QTreeView;

namespace isoloss {

class CellDelegate;
class TableMappingPanel;
class UiServices;

/// Shows what an import would bring before anything is stored: what was recognised, what was guessed from where, what
/// is left out and why; sources can be unticked, new runs renamed, runs of the same name joined. Not modal. Window
/// thread.
class ImportDialog : public QDialog {
    Q_OBJECT

public:
    ImportDialog(UiServices& services, QStringList paths, QWidget* parent = nullptr);

Q_SIGNALS:
    /// The person wants it; the dialog closes.
    void importWanted(const QStringList& paths, const isoloss::ImportOptions& corrections);

private:
    void build();
    void applyTheme();
    void look();
    void showPreview(const std::shared_ptr<const ImportPreview>& preview);
    void showFailure(const Error& error);
    void refresh();
    void showDetails();
    /// The table that the current row stands for; nothing for other formats.
    std::optional<std::filesystem::path> currentTable() const;
    void takeMapping();
    ImportOptions corrections() const;
    QString overview() const;
    QString details(const QModelIndex& index) const;
    void accept() override;

    UiServices& services_;
    const QStringList paths_;
    ImportPreviewer previewer_;
    std::shared_ptr<const ImportPreview> preview_;
    ImportPreviewModel* model_;
    QLabel* from_;
    QLabel* summary_;
    QProgressBar* progress_;
    QTreeView* tree_;
    CellDelegate* cells_;
    QTextBrowser* details_;
    QTabWidget* below_;
    TableMappingPanel* columns_;
    std::vector<TableMapping> mappings_; ///< that the person has corrected, the latest first
    std::filesystem::path sketched_;     ///< the table whose columns are shown
    QCheckBox* join_;
    QPushButton* import_ = nullptr;
};

} // namespace isoloss
