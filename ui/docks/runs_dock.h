#pragma once

#include "ui/docks/run_actions.h"
#include "ui/engine_bridge.h"
#include "ui/models/run_arrangement.h"

#include <QDockWidget>
#include <QElapsedTimer>
#include <memory>

class QMenu;
class QStackedWidget;
class QTimer;
class QToolButton;

namespace isoloss {

class DockTitle;
class EmptyState;
class FilterAssistant;
class FilterLineEdit;
class RunsModel;
class RunsView;
class SwatchDelegate;
class ThemedDelegate;
class UiServices;

/// The left dock: the runs of the project with filter, chosen columns, sections and eyes. It decides which runs the
/// pages draw (Selection). Window thread.
class RunsDock : public QDockWidget {
    Q_OBJECT

public:
    explicit RunsDock(UiServices& services, QWidget* parent = nullptr);
    ~RunsDock() override;

    RunActions& runActions() { return *actions_; }

    const RunArrangement& arrangement() const { return arrangement_; }

    void setArrangement(const RunArrangement& arrangement);
    void setFilter(const QString& filter);
    void focusFilter();
    std::vector<RunRecord> selectedRuns() const;

    /// What there is to choose as a column or to group by.
    std::vector<RunColumnChoice> columnChoices() const;

    /// Actions of the empty state of a project without runs; they stay the caller's.
    void setImportActions(const QList<QAction*>& actions);

Q_SIGNALS:
    /// Of the project without what is in the trash.
    void countsChanged(std::int64_t runs, std::int64_t checkpoints);
    void tagsRequested();
    void differencesRequested();

private:
    void build();
    void connectAll();
    void applyTheme();
    void reloadSoon();
    void reload();
    void loadChoices();
    void arrange();
    void showRuns(std::shared_ptr<const ArrangedRuns> runs);
    void showFilterError();
    void showTitle();
    void showEmptyState();
    void publish();
    void publishHighlight();
    void restoreHighlight();
    void chooseDefaultColumns();
    void setColumns(const std::vector<std::string>& columns);
    void openColumns();
    void openHeaderMenu(const QPoint& position);
    void fillHeaderMenu(QMenu& menu, int column);
    void openGroups();
    void groupBy(const std::string& key);
    void chooseGroupField();
    void openContextMenu(const QPoint& position);
    /// For the run in the row, and with it for all that are selected.
    void chooseStyle(const QModelIndex& row);
    void copyTable() const;
    void storeSettings();
    void storeWidths();
    std::vector<RunRecord> listedRuns() const;
    std::vector<RunRecord> listedRuns(const std::vector<RunId>& ids) const;

    UiServices& services_;
    RunArrangement arrangement_;
    bool columnsChosen_ = false; ///< by the user, now or earlier
    std::shared_ptr<const RunFields> fields_;
    std::shared_ptr<const std::vector<RunColumnChoice>> choices_ =
        std::make_shared<const std::vector<RunColumnChoice>>();
    QueryChannel loading_, arranging_, choosing_;
    bool reloading_ = false, reloadAgain_ = false, restoring_ = false;
    QTimer* reloadTimer_;

    DockTitle* title_;
    FilterLineEdit* filter_;
    FilterAssistant* assistant_;
    QToolButton* groupButton_;
    QToolButton* columnsButton_;
    QStackedWidget* stack_;
    EmptyState* nothingHere_;  ///< no runs in the project
    EmptyState* nothingFound_; ///< the filter hides all
    RunsModel* model_;
    RunsView* view_;
    SwatchDelegate* swatches_; ///< of the names
    std::vector<ThemedDelegate*> delegates_;
    RunActions* actions_;
};

} // namespace isoloss
