#include "ui/models/items_model.h"

#include "ui/figures/value_text.h"
#include "widgets/item_roles.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

namespace isoloss {

namespace {

using Column = ItemsModel::Column;

constexpr std::size_t shown_text = 300; ///< bytes of a text that a row can show

const std::vector<Column> task_columns{Column::key,     Column::text,   Column::gold,           Column::chosen,
                                       Column::correct, Column::margin, Column::log_likelihoods};
const std::vector<Column> text_columns{Column::key, Column::text, Column::tokens, Column::loss,
                                       Column::log_likelihoods};

/// One line: what a table has room for.
QString line_of(const std::string& text) {
    return qtext(std::string_view(text).substr(0, shown_text)).simplified();
}

QString choice_text(const MeasuredItem& item, const std::optional<int>& choice) {
    if (!choice || *choice < 0 || static_cast<std::size_t>(*choice) >= item.choices.size()) return {};
    return line_of(item.choices[static_cast<std::size_t>(*choice)]);
}

std::optional<double> number_of(const MeasuredItem& item, Column column) {
    switch (column) {
    case Column::correct:
        return item.correct;
    case Column::margin:
        return item.margin();
    case Column::tokens:
        return item.tokens ? std::optional(static_cast<double>(*item.tokens)) : std::nullopt;
    case Column::loss:
        return item.loss();
    case Column::log_likelihoods:
        return item.log_likelihoods.empty() ? std::nullopt
                                            : std::optional(*std::ranges::max_element(item.log_likelihoods));
    default:
        return std::nullopt;
    }
}

bool is_text(Column column) {
    return column == Column::key || column == Column::text || column == Column::gold || column == Column::chosen;
}

} // namespace

ItemsModel::ItemsModel(QObject* parent) : QAbstractTableModel(parent), columns_(task_columns) {}

void ItemsModel::setItems(Items items) {
    beginResetModel();
    items_ = std::move(items);
    columns_ = items_ && !items_->items.empty() && !items_->has_choices() ? text_columns : task_columns;
    sort_section_ = -1;
    searched_.clear();
    if (items_)
        for (const MeasuredItem& item : items_->items) {
            std::string all = item.key + '\n' + item.text;
            for (const std::string& choice : item.choices)
                all += '\n' + choice;
            searched_.push_back(utf8(qtext(all).toLower()));
        }
    arrange();
    endResetModel();
}

void ItemsModel::setOutcome(Outcome outcome) {
    beginResetModel();
    outcome_ = outcome;
    arrange();
    endResetModel();
}

void ItemsModel::setSearch(const QString& text) {
    beginResetModel();
    search_ = utf8(text.trimmed().toLower());
    arrange();
    endResetModel();
}

void ItemsModel::arrange() {
    order_.clear();
    if (!items_) return;
    for (std::size_t i = 0; i < items_->items.size(); ++i) {
        const std::optional<double>& correct = items_->items[i].correct;
        if (outcome_ != Outcome::all && (!correct || (*correct >= 0.5) != (outcome_ == Outcome::right))) continue;
        if (!search_.empty() && searched_[i].find(search_) == std::string::npos) continue;
        order_.push_back(i);
    }
    if (sort_section_ < 0 || sort_section_ >= static_cast<int>(columns_.size())) return;
    const Column column = columns_[static_cast<std::size_t>(sort_section_)];
    const bool falling = sort_order_ == Qt::DescendingOrder;
    if (is_text(column)) {
        std::vector<QString> texts(items_->items.size());
        for (const std::size_t i : order_)
            texts[i] = text(items_->items[i], column, false);
        std::ranges::stable_sort(order_, [&](std::size_t a, std::size_t b) {
            if (texts[a].isEmpty() != texts[b].isEmpty()) return texts[b].isEmpty();
            return falling ? texts[b] < texts[a] : texts[a] < texts[b];
        });
        return;
    }
    std::vector<double> numbers(items_->items.size(), std::nan(""));
    for (const std::size_t i : order_)
        numbers[i] = number_of(items_->items[i], column).value_or(std::nan(""));
    std::ranges::stable_sort(order_, [&](std::size_t a, std::size_t b) {
        if (std::isnan(numbers[a]) || std::isnan(numbers[b])) return !std::isnan(numbers[a]) && std::isnan(numbers[b]);
        return falling ? numbers[a] > numbers[b] : numbers[a] < numbers[b];
    });
}

void ItemsModel::sort(int section, Qt::SortOrder order) {
    Q_EMIT layoutAboutToBeChanged({}, QAbstractItemModel::VerticalSortHint);
    const QModelIndexList kept = persistentIndexList();
    std::vector<std::size_t> items;
    for (const QModelIndex& index : kept)
        items.push_back(order_[static_cast<std::size_t>(index.row())]);
    sort_section_ = section;
    sort_order_ = order;
    arrange();
    std::vector<int> row_of(items_ ? items_->items.size() : 0, -1);
    for (std::size_t row = 0; row < order_.size(); ++row)
        row_of[order_[row]] = static_cast<int>(row);
    for (qsizetype i = 0; i < kept.size(); ++i)
        changePersistentIndex(kept[i], index(row_of[items[static_cast<std::size_t>(i)]], kept[i].column()));
    Q_EMIT layoutChanged({}, QAbstractItemModel::VerticalSortHint);
}

int ItemsModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(order_.size());
}

int ItemsModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(columns_.size());
}

QString ItemsModel::text(const MeasuredItem& item, Column column, bool exact) const {
    const auto number = [exact](const std::optional<double>& value) {
        if (!value) return QString();
        return exact ? exact_number(*value, false) : short_number(value);
    };
    switch (column) {
    case Column::key:
        return qtext(item.key);
    case Column::text:
        return exact ? qtext(item.text).simplified() : line_of(item.text);
    case Column::gold:
        return choice_text(item, item.gold);
    case Column::chosen:
        return choice_text(item, item.chosen);
    case Column::correct:
        if (!item.correct || exact || (*item.correct != 0 && *item.correct != 1)) return number(item.correct);
        return *item.correct == 1 ? QStringLiteral("✓") : QStringLiteral("✗");
    case Column::margin:
        return exact ? number(item.margin()) : item.margin() ? signed_number(item.margin()) : QString();
    case Column::tokens:
        return item.tokens ? count_text(*item.tokens) : QString();
    case Column::loss:
        return number(item.loss());
    case Column::log_likelihoods: {
        QStringList texts;
        for (const double value : item.log_likelihoods)
            texts << number(value);
        return texts.join(QStringLiteral("  "));
    }
    }
    return {};
}

QVariant ItemsModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || !items_) return {};
    const MeasuredItem& item = this->item(index.row());
    const Column column = this->column(index.column());
    switch (role) {
    case Qt::DisplayRole:
        return text(item, column, false);
    case Qt::AccessibleTextRole:
        if (column == Column::correct && item.correct) return *item.correct >= 0.5 ? tr("right") : tr("wrong");
        return text(item, column, false);
    case Qt::TextAlignmentRole:
        if (column == Column::correct) return QVariant::fromValue(Qt::AlignVCenter | Qt::AlignHCenter);
        return QVariant::fromValue(
            Qt::AlignVCenter | (is_text(column) || column == Column::log_likelihoods ? Qt::AlignLeft : Qt::AlignRight));
    case MutedRole:
        return column == Column::key || column == Column::log_likelihoods;
    default:
        return {};
    }
}

QVariant ItemsModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount()) return {};
    const Column column = this->column(section);
    if (role == Qt::TextAlignmentRole) {
        if (column == Column::correct) return QVariant::fromValue(Qt::AlignVCenter | Qt::AlignHCenter);
        return QVariant::fromValue(
            Qt::AlignVCenter | (is_text(column) || column == Column::log_likelihoods ? Qt::AlignLeft : Qt::AlignRight));
    }
    if (role == Qt::ToolTipRole) {
        if (column == Column::margin)
            return tr("Log-likelihood of the right answer less that of the best other one, nats");
        if (column == Column::log_likelihoods)
            return columns_ == text_columns ? tr("ln p of the whole text, nats") : tr("ln p of every choice, nats");
        if (column == Column::loss) return tr("−ln p for each token, nats");
        return {};
    }
    if (role != Qt::DisplayRole) return {};
    switch (column) {
    case Column::key:
        return tr("item");
    case Column::text:
        return tr("text");
    case Column::gold:
        return tr("right answer");
    case Column::chosen:
        return tr("chosen");
    case Column::correct:
        return tr("correct");
    case Column::margin:
        return tr("margin");
    case Column::tokens:
        return tr("tokens");
    case Column::loss:
        return tr("loss");
    case Column::log_likelihoods:
        return tr("log-likelihood");
    }
    return {};
}

QString ItemsModel::table(const QModelIndexList& rows) const {
    QStringList lines, cells;
    for (int section = 0; section < columnCount(); ++section)
        cells << headerData(section, Qt::Horizontal, Qt::DisplayRole).toString();
    lines << cells.join(u'\t');
    for (const QModelIndex& row : rows) {
        cells.clear();
        for (const Column column : columns_)
            cells << text(item(row.row()), column, true).replace(u'\t', u' ');
        lines << cells.join(u'\t');
    }
    return lines.join(u'\n') + u'\n';
}

} // namespace isoloss
