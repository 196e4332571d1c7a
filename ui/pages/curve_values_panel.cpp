#include "ui/pages/curve_values_panel.h"

#include "widgets/delegates.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

namespace isoloss {
namespace {

constexpr int name_width = 240, number_width = 78, count_width = 60;

} // namespace

CurveValuesPanel::CurveValuesPanel(QWidget* parent)
    : QWidget(parent), model_(new CurveValuesModel(this)), title_(new QLabel(tr("Values"), this)),
      range_(new QLabel(this)), view_(new QTableView(this)) {
    setAccessibleName(tr("Values of the curves"));
    delegates_ = {new SwatchDelegate(this), new CellDelegate(this)};
    view_->setModel(model_);
    view_->setItemDelegate(delegates_[1]);
    view_->setItemDelegateForColumn(CurveValuesModel::nameColumn, delegates_[0]);
    view_->setAccessibleName(tr("Values of the curves"));
    view_->setShowGrid(false);
    view_->setMinimumHeight(3 * Theme::row_height);
    view_->setFrameShape(QFrame::NoFrame);
    view_->setSelectionBehavior(QAbstractItemView::SelectRows);
    view_->setSelectionMode(QAbstractItemView::ExtendedSelection);
    view_->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    view_->setTabKeyNavigation(false);
    view_->verticalHeader()->hide();
    view_->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    view_->verticalHeader()->setDefaultSectionSize(Theme::row_height);
    QHeaderView* header = view_->horizontalHeader();
    header->setSortIndicatorShown(true);
    header->setSortIndicatorClearable(true);
    header->setSortIndicator(-1, Qt::AscendingOrder);
    header->setHighlightSections(false);
    view_->setSortingEnabled(true);
    for (int column = 0; column < CurveValuesModel::columnTotal; ++column)
        view_->setColumnWidth(column, column == CurveValuesModel::nameColumn    ? name_width
                                      : column >= CurveValuesModel::countColumn ? count_width
                                                                                : number_width);

    auto* copy = new QToolButton(this);
    copy->setText(tr("Copy"));
    copy->setToolTip(tr("Copy the selected rows, or all, with all digits (Ctrl+C)"));
    connect(copy, &QToolButton::clicked, this, &CurveValuesPanel::copy);
    auto* key = new QAction(tr("Copy the values of the curves"), this);
    key->setShortcut(QKeySequence::Copy);
    key->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    connect(key, &QAction::triggered, this, &CurveValuesPanel::copy);
    addAction(key);
    connect(view_, &QTableView::clicked, this, [this](const QModelIndex& index) {
        Q_EMIT runClicked(model_->runOf(index.row()), QGuiApplication::keyboardModifiers());
    });

    auto* head = new QHBoxLayout;
    head->setContentsMargins(4, 0, 0, 0);
    head->setSpacing(Theme::unit);
    head->addWidget(title_);
    head->addWidget(range_, 1);
    head->addWidget(copy);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    layout->addLayout(head);
    layout->addWidget(view_, 1);
}

void CurveValuesPanel::setTheme(const Theme& theme) {
    for (ThemedDelegate* delegate : delegates_)
        delegate->setTheme(theme);
    title_->setFont(theme.strong);
    QPalette muted = palette();
    muted.setColor(QPalette::WindowText, theme.muted);
    range_->setPalette(muted);
}

void CurveValuesPanel::setChart(const ChartData& chart) {
    model_->setLines(chart.lines, chart.x);
}

void CurveValuesPanel::setRangeText(const QString& text) {
    range_->setText(text);
}

void CurveValuesPanel::setRangeValues(std::vector<CurveRangeValues> values) {
    model_->setRangeValues(std::move(values));
}

void CurveValuesPanel::setCursor(const QList<HoverRow>& rows) {
    model_->setCursor(rows);
}

void CurveValuesPanel::copy() {
    QModelIndexList rows = view_->selectionModel()->selectedRows();
    if (rows.isEmpty())
        for (int row = 0; row < model_->rowCount(); ++row)
            rows << model_->index(row, 0);
    std::ranges::sort(rows, {}, &QModelIndex::row);
    QGuiApplication::clipboard()->setText(model_->table(rows));
    Q_EMIT copied(static_cast<int>(rows.size()));
}

} // namespace isoloss
