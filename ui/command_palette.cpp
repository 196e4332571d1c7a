#include "ui/command_palette.h"

#include <QAction>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>
#include <vector>

namespace isoloss {

namespace {

constexpr int paletteWidth = 520;
constexpr int mostRows = 12;
constexpr int rowHeight = 28;

QString plainText(const QAction& action) {
    QString text = action.text();
    return text.remove(QLatin1Char('&'));
}

} // namespace

std::optional<int> fuzzyScore(const QString& pattern, const QString& text) {
    constexpr int wordBonus = 8, rowBonus = 5;
    int score = 0;
    qsizetype position = 0;
    qsizetype last = -2;
    for (const QChar letter : pattern) {
        if (letter.isSpace()) continue;
        // A letter that begins a word is better than the next best place.
        qsizetype found = -1;
        for (qsizetype i = position; i < text.size(); ++i) {
            if (text[i].toLower() != letter.toLower()) continue;
            const bool beginsWord = i == 0 || !text[i - 1].isLetterOrNumber();
            if (found < 0 || i == last + 1 || beginsWord) found = i;
            if (i == last + 1 || beginsWord) break;
        }
        if (found < 0) return std::nullopt;
        if (found == 0 || !text[found - 1].isLetterOrNumber()) score += wordBonus;
        if (found == last + 1) score += rowBonus;
        score -= static_cast<int>(found - position);
        last = found;
        position = found + 1;
    }
    return score;
}

CommandPalette::CommandPalette(QWidget* window)
    : QWidget(window, Qt::Popup | Qt::FramelessWindowHint), search_(new QLineEdit(this)), list_(new QListWidget(this)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->addWidget(search_);
    layout->addWidget(list_);
    search_->setPlaceholderText(tr("Type a command"));
    search_->setAccessibleName(tr("Search commands"));
    list_->setAccessibleName(tr("Commands"));
    list_->setUniformItemSizes(true);
    list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    list_->setFocusPolicy(Qt::NoFocus);
    search_->installEventFilter(this);
    connect(search_, &QLineEdit::textChanged, this, &CommandPalette::fill);
    connect(list_, &QListWidget::itemClicked, this, &CommandPalette::runCurrent);
}

void CommandPalette::setTheme(const Theme& theme) {
    setFont(theme.font);
    setStyleSheet(QStringLiteral("isoloss--CommandPalette { background: %1; border: 1px solid %2; }")
                      .arg(theme.surface.name(), theme.border.name()));
    setAttribute(Qt::WA_StyledBackground);
}

void CommandPalette::open(const QList<QAction*>& actions) {
    actions_ = actions;
    search_->clear();
    fill({});
    const QWidget* window = parentWidget();
    const int width = std::min(paletteWidth, window->width() - 40);
    resize(width, search_->sizeHint().height() + mostRows * rowHeight + 32);
    move(window->mapToGlobal(QPoint((window->width() - width) / 2, 56)));
    show();
    search_->setFocus();
}

void CommandPalette::fill(const QString& pattern) {
    struct Hit {
        int score;
        QAction* action;
    };

    std::vector<Hit> hits;
    for (QAction* action : actions_) {
        if (!action->isEnabled() || !action->isVisible() || action->isSeparator() || action->text().isEmpty()) continue;
        if (const auto score = fuzzyScore(pattern, plainText(*action))) hits.push_back({*score, action});
    }
    std::stable_sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) { return a.score > b.score; });
    list_->clear();
    for (const Hit& hit : hits) {
        QString text = plainText(*hit.action);
        const QString keys = hit.action->shortcut().toString(QKeySequence::NativeText);
        if (!keys.isEmpty()) text += QStringLiteral("    ") + keys;
        auto* item = new QListWidgetItem(text, list_);
        item->setSizeHint(QSize(0, rowHeight));
        item->setData(Qt::UserRole, QVariant::fromValue(hit.action));
        if (hit.action->isCheckable() && hit.action->isChecked()) item->setCheckState(Qt::Checked);
    }
    list_->setCurrentRow(0);
}

void CommandPalette::runCurrent() {
    const QListWidgetItem* item = list_->currentItem();
    if (!item) return;
    auto* action = item->data(Qt::UserRole).value<QAction*>();
    hide();
    // After the popup is gone, so that what the action opens gets the focus.
    QTimer::singleShot(0, action, &QAction::trigger);
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event) {
    if (watched != search_ || event->type() != QEvent::KeyPress) return QWidget::eventFilter(watched, event);
    const auto* key = static_cast<QKeyEvent*>(event);
    const int rows = list_->count();
    switch (key->key()) {
    case Qt::Key_Down:
        if (rows > 0) list_->setCurrentRow((list_->currentRow() + 1) % rows);
        return true;
    case Qt::Key_Up:
        if (rows > 0) list_->setCurrentRow((list_->currentRow() + rows - 1) % rows);
        return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        runCurrent();
        return true;
    case Qt::Key_Escape:
        hide();
        return true;
    default:
        return false;
    }
}

} // namespace isoloss
