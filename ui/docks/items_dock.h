#pragma once

#include "engine/base/ids.h"
#include "ui/engine_bridge.h"

#include <QDockWidget>
#include <optional>
#include <utility>

class QActionGroup;
class QLineEdit;
class QStackedWidget;
class QTreeView;

namespace isoloss {

class CellDelegate;
class DockTitle;
class EmptyState;
class ItemDetails;
class ItemsModel;
class UiServices;

/// The bottom dock with the items behind the value that is inspected: sorted, searched, right or wrong ones only, and
/// the current one in full beside the table. Window thread.
class ItemsDock : public QDockWidget {
    Q_OBJECT

public:
    explicit ItemsDock(UiServices& services, QWidget* parent = nullptr);

    void showItemsOf(CheckpointId checkpoint, QuantityId quantity);

protected:
    void showEvent(QShowEvent* event) override;

private:
    void build();
    void addOutcomeButtons();
    void applyTheme();
    /// Asks for the items as soon as somebody can see them.
    void load();
    void clear();
    void showTitle();
    void showCurrent();
    void copySelected() const;

    UiServices& services_;
    QueryChannel loading_;
    std::optional<std::pair<CheckpointId, QuantityId>> wanted_;
    bool stale_ = false; ///< what is shown is not what is wanted
    DockTitle* title_;
    ItemsModel* model_;
    CellDelegate* delegate_;
    QTreeView* view_;
    ItemDetails* details_;
    QActionGroup* outcomes_;
    QLineEdit* search_;
    QStackedWidget* stack_;
    EmptyState* empty_;
};

} // namespace isoloss
