#pragma once

#include "ui/models/measured_items.h"

#include <QAbstractTableModel>
#include <QString>
#include <memory>
#include <vector>

namespace isoloss {

/// The items of one value as a table: for tasks the text, the right and the chosen answer and the log-likelihood of
/// each choice; for texts tokens and loss. Sorted and searched here, because there may be 10⁵ of them. Window thread.
class ItemsModel final : public QAbstractTableModel {
    Q_OBJECT

public:
    enum class Column { key, text, gold, chosen, correct, margin, tokens, loss, log_likelihoods };
    enum class Outcome { all, right, wrong };

    explicit ItemsModel(QObject* parent = nullptr);

    using Items = std::shared_ptr<const MeasuredItems>;

    /// Null: none.
    void setItems(Items items);
    void setOutcome(Outcome outcome);
    /// Items whose key, text or choices contain this, whatever the case.
    void setSearch(const QString& text);

    const Items& items() const { return items_; }

    const MeasuredItem& item(int row) const { return items_->items[order_[static_cast<std::size_t>(row)]]; }

    Column column(int section) const { return columns_[static_cast<std::size_t>(section)]; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    /// Items without a value in the column last; a section below 0: as they were measured.
    void sort(int section, Qt::SortOrder order) override;

    /// Rows with tabs between the cells and a header; numbers read back exactly.
    QString table(const QModelIndexList& rows) const;

private:
    void arrange();
    QString text(const MeasuredItem& item, Column column, bool exact) const;

    Items items_;
    std::vector<Column> columns_;
    std::vector<std::string> searched_; ///< of each item, in lower case
    std::vector<std::size_t> order_;    ///< row → item
    Outcome outcome_ = Outcome::all;
    std::string search_;
    int sort_section_ = -1;
    Qt::SortOrder sort_order_ = Qt::AscendingOrder;
};

} // namespace isoloss
