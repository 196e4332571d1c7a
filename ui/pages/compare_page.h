#pragma once

#include "ui/engine_bridge.h"
#include "ui/page.h"
#include "ui/pages/comparison_rows.h"

#include <QTimer>
#include <map>
#include <memory>
#include <set>

class QLabel;
class QLineEdit;
class QStackedLayout;
class QTableView;
class QTextBrowser;
class QToolButton;
class QVBoxLayout;

namespace isoloss {

class CellDelegate;
class ChipButton;
class EmptyState;
class UiServices;
struct Theme;

/// Compare: two checkpoints side by side – config fields that differ, quantities with their difference and its
/// standard error, items that flipped. The window's thread.
class ComparePage final : public Page {
    Q_OBJECT

public:
    explicit ComparePage(UiServices& services, QWidget* parent = nullptr);
    ~ComparePage() override;

    QJsonObject state() const override;
    void restoreState(const QJsonObject& state) override;

    void setCheckpoints(CheckpointId first, CheckpointId second);
    void swap();

    CheckpointId first() const { return first_; }

    CheckpointId second() const { return second_; }

    CheckpointFlipsModel& items() { return *items_; }

    CheckpointDifferencesModel& quantities() { return *quantities_; }

    CheckpointDifferencesModel& config() { return *config_; }

    void setIgnoredFields(const QString& patterns);
    void setShownKinds(const std::set<FlipKind>& kinds);

Q_SIGNALS:
    void compared();

private:
    QWidget* makeHeader();
    QWidget* makeTables();
    QWidget* makeItems();
    QTableView* makeTable(QAbstractItemModel* model, const QString& name);
    void loadCheckpoints();
    void adoptSelection();
    void compare();
    void show(const ComparisonRows& rows);
    void filterItems();
    void showItem();
    void showEmptyState();
    void setTheme(const Theme& theme);

    UiServices& services_;
    CheckpointId first_, second_;
    QueryChannel checkpoints_channel_, compare_channel_;
    QTimer reload_timer_;
    int known_checkpoints_ = 0;

    CheckpointDifferencesModel* quantities_;
    CheckpointDifferencesModel* config_;
    CheckpointFlipsModel* items_;
    std::vector<CellDelegate*> delegates_;

    QWidget* content_;
    EmptyState* empty_;
    QStackedLayout* stack_;
    EmptyState* choose_; ///< until two checkpoints are chosen
    QStackedLayout* body_;
    ChipButton *first_chip_, *second_chip_;
    QLineEdit *ignored_, *item_search_;
    QLabel *quantities_caption_, *config_caption_, *items_caption_, *items_note_;
    std::map<FlipKind, QToolButton*> kind_buttons_;
    QTableView *quantities_view_ = nullptr, *config_view_ = nullptr, *items_view_ = nullptr;
    QTextBrowser* detail_;
};

} // namespace isoloss
