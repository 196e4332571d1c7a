#pragma once

#include "engine/analysis/checkpoint_table.h"
#include "ui/engine_bridge.h"
#include "ui/page.h"

#include <QTimer>
#include <map>
#include <string>
#include <vector>

class QAction;
class QLabel;
class QLineEdit;
class QListWidget;
class QStackedLayout;
class QTableView;
class QToolButton;
class QVBoxLayout;

namespace isoloss {

class CellDelegate;
class CheckpointTableModel;
class EmptyState;
class SwatchDelegate;
class UiServices;
struct Theme;

/// Checkpoints: the checkpoint × quantity matrix, sortable and heat-coloured, with a column chooser. The window's
/// thread.
class CheckpointsPage final : public Page {
    Q_OBJECT

public:
    explicit CheckpointsPage(UiServices& services, QWidget* parent = nullptr);
    ~CheckpointsPage() override;

    QJsonObject state() const override;
    void restoreState(const QJsonObject& state) override;

    CheckpointTableModel& model() { return *model_; }

    QTableView& view() { return *view_; }

    /// The quantities shown, in order.
    const std::vector<std::string>& columns() const { return columns_; }

    void setColumns(std::vector<std::string> columns);
    /// The selected cells as tab-separated text; everything when fewer than two cells are selected.
    QString copiedText() const;

Q_SIGNALS:
    void tableChanged();

private:
    void makeToolBar(QVBoxLayout* layout);
    void makeActions();
    void makeColumnChooser();
    void loadChoices();
    void loadTable();
    void fillChooser();
    void takeChosenColumns();
    void fitColumns();
    void adoptSelection();
    void showSelection();
    void inspectCell(const QModelIndex& index);
    void showContextMenu(const QPoint& position);
    void copy();
    void setTheme(const Theme& theme);

    UiServices& services_;
    std::vector<QuantityChoice> choices_;
    std::map<std::string, QuantityId, std::less<>> ids_;
    std::vector<std::string> columns_;
    bool chosen_ = false; ///< the user chose columns; until then the most useful ones are shown
    QueryChannel choices_channel_, table_channel_;
    QTimer reload_timer_;
    bool sharing_selection_ = false;

    QWidget* content_;
    EmptyState* empty_;
    QStackedLayout* stack_;
    QTableView* view_;
    CheckpointTableModel* model_;
    SwatchDelegate* swatch_delegate_;
    CellDelegate* cell_delegate_;
    QToolButton* columns_button_;
    QToolButton* copy_button_;
    QLabel* count_;
    QWidget* chooser_;
    QLineEdit* chooser_search_;
    QListWidget* chooser_list_;
    QAction *copy_action_, *measure_action_, *compare_action_, *plane_action_;
};

} // namespace isoloss
