#include "ui/docks/item_details.h"

#include "ui/figures/value_text.h"
#include "ui/models/measured_items.h"
#include "widgets/delegates.h"

#include <QAction>
#include <QClipboard>
#include <QFontMetrics>
#include <QGuiApplication>
#include <QHeaderView>
#include <QPlainTextEdit>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <numeric>

namespace isoloss {

namespace {

enum ChoiceColumn { markColumn, choiceColumn, likelihoodColumn, probabilityColumn, choiceColumns };

/// Softmax of the log-likelihoods; empty where one of them is not a number.
std::vector<double> probabilities(const std::vector<double>& log_likelihoods) {
    const double most = *std::ranges::max_element(log_likelihoods);
    std::vector<double> shares;
    for (const double value : log_likelihoods)
        shares.push_back(std::exp(value - most));
    const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
    if (!std::isfinite(sum)) return {};
    for (double& share : shares)
        share /= sum;
    return shares;
}

} // namespace

ItemDetails::ItemDetails(QWidget* parent)
    : QWidget(parent), text_(new QPlainTextEdit(this)), choices_(new QTreeWidget(this)),
      delegate_(new CellDelegate(this)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 0, 8, 8);
    layout->setSpacing(4);
    layout->addWidget(text_, 1);
    layout->addWidget(choices_, 1);
    text_->setReadOnly(true);
    text_->setFrameShape(QFrame::NoFrame);
    text_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    text_->setAccessibleName(tr("Text of the item"));
    choices_->setColumnCount(choiceColumns);
    choices_->setHeaderLabels({QString(), tr("choice"), tr("log-likelihood"), tr("probability")});
    choices_->setRootIsDecorated(false);
    choices_->setUniformRowHeights(true);
    choices_->setFrameShape(QFrame::NoFrame);
    choices_->setItemDelegate(delegate_);
    choices_->setSelectionMode(QAbstractItemView::ExtendedSelection);
    choices_->setAccessibleName(tr("Choices of the item"));
    QHeaderView* header = choices_->header();
    header->setStretchLastSection(false);
    header->setSectionResizeMode(choiceColumn, QHeaderView::Stretch);
    constexpr int markWidth = 104, numberWidth = 104;
    header->resizeSection(markColumn, markWidth);
    header->resizeSection(likelihoodColumn, numberWidth);
    header->resizeSection(probabilityColumn, numberWidth);
    auto* copy = new QAction(tr("Copy"), choices_);
    copy->setShortcut(QKeySequence::Copy);
    copy->setShortcutContext(Qt::WidgetShortcut);
    connect(copy, &QAction::triggered, this, &ItemDetails::copyChoices);
    choices_->addAction(copy);
    choices_->setContextMenuPolicy(Qt::ActionsContextMenu);
    clear();
}

void ItemDetails::setTheme(const Theme& theme) {
    delegate_->setTheme(theme);
}

void ItemDetails::clear() {
    text_->clear();
    choices_->clear();
    choices_->hide();
    fitText();
}

void ItemDetails::setItem(const MeasuredItem& item) {
    text_->setPlainText(qtext(item.text));
    choices_->clear();
    choices_->setVisible(!item.choices.empty());
    const bool scored = item.log_likelihoods.size() == item.choices.size() && !item.choices.empty();
    const std::vector<double> shares = scored ? probabilities(item.log_likelihoods) : std::vector<double>();
    for (std::size_t i = 0; i < item.choices.size(); ++i) {
        const bool right = item.gold == static_cast<int>(i), chosen = item.chosen == static_cast<int>(i);
        auto* row = new QTreeWidgetItem(choices_);
        row->setText(markColumn, right && chosen ? tr("✓ right, chosen")
                                 : right         ? tr("✓ right")
                                 : chosen        ? tr("✗ chosen")
                                                 : QString());
        row->setText(choiceColumn, qtext(item.choices[i]).simplified());
        row->setToolTip(choiceColumn, qtext(item.choices[i]));
        if (scored) row->setText(likelihoodColumn, short_number(item.log_likelihoods[i]));
        if (!shares.empty()) row->setText(probabilityColumn, short_number(shares[i]));
        for (const int column : {likelihoodColumn, probabilityColumn})
            row->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
    }
    fitText();
}

void ItemDetails::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    fitText();
}

void ItemDetails::fitText() {
    int most = QWIDGETSIZE_MAX;
    if (!choices_->isHidden()) {
        const double lines = text_->document()->size().height(); // of a plain text: counted in lines
        const int needed = static_cast<int>(
            std::ceil(lines * text_->fontMetrics().lineSpacing() + 2 * text_->document()->documentMargin()));
        most = std::min(needed + 2 * text_->frameWidth(), height() / 2);
    }
    text_->setMaximumHeight(most);
}

void ItemDetails::copyChoices() const {
    QStringList lines;
    for (const QTreeWidgetItem* row : choices_->selectedItems()) {
        QStringList cells;
        for (int column = 0; column < choiceColumns; ++column)
            cells << row->text(column);
        lines << cells.join(u'\t');
    }
    QGuiApplication::clipboard()->setText(lines.join(u'\n'));
}

} // namespace isoloss
