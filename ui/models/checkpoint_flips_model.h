#pragma once

#include "engine/analysis/compare.h"

#include <QAbstractTableModel>
#include <QStringList>
#include <optional>
#include <set>
#include <vector>

namespace isoloss {

/// What became of one item between two checkpoints.
using FlipKind = ItemFlip::Kind;

/// One item that both checkpoints were scored on.
struct ComparedItem {
    QString task; ///< the quantity that was scored
    QString key;
    FlipKind kind = FlipKind::both_right;
    QString text; ///< the question
    QStringList choices;
    std::optional<int> gold, chosen_a, chosen_b;
};

/// Items of two checkpoints, those that changed first; shows the kinds that are asked for. The window's thread.
class CheckpointFlipsModel final : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { KindColumn, TaskColumn, ItemColumn, GoldColumn, FirstColumn, SecondColumn, ColumnCount };

    explicit CheckpointFlipsModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

    void setItems(std::vector<ComparedItem> items);
    /// Kinds and text that are let through; an empty text lets everything through.
    void setFilter(const std::set<FlipKind>& kinds, const QString& text);

    /// Items of each kind, whatever the filter.
    int count(FlipKind kind) const;

    int total() const { return static_cast<int>(items_.size()); }

    const ComparedItem* item(int row) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    static QString kindText(FlipKind kind);

private:
    void applyFilter();

    std::vector<ComparedItem> items_;
    std::vector<std::size_t> rows_;
    std::set<FlipKind> kinds_{FlipKind::learned, FlipKind::forgotten};
    QString text_;
};

} // namespace isoloss
