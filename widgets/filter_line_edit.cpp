#include "widgets/filter_line_edit.h"

#include "widgets/popup_place.h"

#include <QAbstractItemView>
#include <QAction>
#include <QCompleter>
#include <QEvent>
#include <QFontMetricsF>
#include <QFrame>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QPainterPath>
#include <QStringListModel>
#include <QStyle>
#include <QStyleOptionFrame>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>

namespace isoloss {

namespace {

QIcon help_icon(const Theme& theme) {
    constexpr int side = 32; // drawn at half its size
    QPixmap pixmap(side, side);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    QFont font = theme.strong;
    font.setPixelSize(side * 3 / 4);
    painter.setFont(font);
    painter.setPen(theme.muted);
    painter.drawText(pixmap.rect(), Qt::AlignCenter, QStringLiteral("?"));
    return pixmap;
}

} // namespace

/// The wavy line under an error, laid over the line edit.
class ErrorUnderline : public QWidget {
public:
    explicit ErrorUnderline(QLineEdit* edit) : QWidget(edit), m_edit(edit) {
        setAttribute(Qt::WA_TransparentForMouseEvents);
        hide();
    }

    void mark(int column, int length, const QColor& color) {
        m_column = column;
        m_length = length;
        m_color = color;
        resize(m_edit->size());
        show();
        update();
    }

protected:
    void paintEvent(QPaintEvent*) override {
        // The cursor's rectangle tells where the text is scrolled to.
        const QFontMetricsF metrics(m_edit->font());
        const QString text = m_edit->text();
        const double cursor = m_edit->inputMethodQuery(Qt::ImCursorRectangle).toRectF().center().x();
        const auto x_of = [&](int column) {
            return cursor + metrics.horizontalAdvance(text.left(column)) -
                   metrics.horizontalAdvance(text.left(m_edit->cursorPosition()));
        };
        const double from = x_of(std::min(m_column, static_cast<int>(text.size())));
        const double to = std::max(from + metrics.averageCharWidth(), x_of(m_column + m_length));
        const double y = height() / 2.0 + metrics.ascent() / 2 + 3;
        QPainter painter(this);
        painter.setClipRect(rect().adjusted(6, 0, -6, 0));
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(m_color, 1.2));
        QPainterPath wave(QPointF(from, y));
        double side = -1;
        for (double x = from; x < to; x += 3, side = -side)
            wave.quadTo(x + 1.5, y + 2.6 * side, x + 3, y);
        painter.drawPath(wave);
    }

private:
    QLineEdit* m_edit;
    int m_column = 0, m_length = 1;
    QColor m_color;
};

FilterLineEdit::FilterLineEdit(QWidget* parent)
    : QWidget(parent), m_edit(new QLineEdit(this)), m_message(new QLabel(this)), m_completer(new QCompleter(this)),
      m_words(new QStringListModel(this)), m_timer(new QTimer(this)), m_underline(new ErrorUnderline(m_edit)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(Theme::unit / 2);
    layout->addWidget(m_edit);
    layout->addWidget(m_message);
    m_message->hide();
    m_message->setWordWrap(true);
    m_edit->setClearButtonEnabled(true);
    m_edit->installEventFilter(this);
    setFocusProxy(m_edit);
    m_completer->setModel(m_words);
    m_completer->setWidget(m_edit);
    m_completer->setCaseSensitivity(Qt::CaseInsensitive);
    m_completer->setFilterMode(Qt::MatchContains);
    m_completer->setMaxVisibleItems(10);
    m_completer->popup()->installEventFilter(this);
    m_timer->setSingleShot(true);
    m_timer->setInterval(150);
    connect(m_edit, &QLineEdit::textChanged, this, [this] {
        clearError();
        m_timer->start();
    });
    connect(m_edit, &QLineEdit::textEdited, this, [this] { complete(Asked::by_typing); });
    connect(m_edit, &QLineEdit::returnPressed, this, [this] {
        m_timer->stop();
        Q_EMIT filterChanged(text());
    });
    connect(m_timer, &QTimer::timeout, this, [this] { Q_EMIT filterChanged(text()); });
    connect(m_completer, qOverload<const QString&>(&QCompleter::activated), this,
            [this](const QString& word) { insertCompletion(word); });
    m_help = m_edit->addAction(QIcon(), QLineEdit::TrailingPosition);
    m_help->setToolTip(tr("Explain the filter language (F1)"));
    m_help->setVisible(false);
    connect(m_help, &QAction::triggered, this, &FilterLineEdit::showHelp);
    setTheme(m_theme);
}

FilterLineEdit::~FilterLineEdit() = default;

void FilterLineEdit::setTheme(const Theme& theme) {
    m_theme = theme;
    m_edit->setFont(theme.monospace);
    m_completer->popup()->setFont(theme.monospace);
    m_message->setFont(theme.small);
    m_help->setIcon(help_icon(theme));
    if (hasError())
        setError(m_error_column, m_error_length, m_message->text(), m_tone);
    else
        m_edit->setStyleSheet({});
}

QString FilterLineEdit::text() const {
    return m_edit->text();
}

void FilterLineEdit::setText(const QString& text) {
    m_edit->setText(text);
}

void FilterLineEdit::setPlaceholderText(const QString& text) {
    m_edit->setPlaceholderText(text);
    m_edit->setAccessibleName(text);
}

void FilterLineEdit::setCompletionSource(std::function<FilterCompletions(const QString&)> source) {
    m_source = std::move(source);
}

void FilterLineEdit::refreshCompletions() {
    if (m_edit->hasFocus()) complete(Asked::by_typing);
}

void FilterLineEdit::setHelp(const QString& html) {
    m_help_text = html;
    m_help->setVisible(!html.isEmpty());
}

void FilterLineEdit::showHelp() {
    if (m_help_text.isEmpty()) return;
    auto* popup = new QFrame(this, Qt::Popup);
    popup->setAttribute(Qt::WA_DeleteOnClose);
    popup->setFrameShape(QFrame::StyledPanel);
    auto* text = new QLabel(m_help_text, popup);
    text->setTextFormat(Qt::RichText);
    text->setAccessibleName(tr("The filter language"));
    auto* layout = new QVBoxLayout(popup);
    layout->setContentsMargins(Theme::unit * 2, Theme::unit, Theme::unit * 2, Theme::unit);
    layout->addWidget(text);
    popup->adjustSize();
    place_popup(*popup, *m_edit);
    popup->show();
}

void FilterLineEdit::setError(int column, int length, const QString& message, Tone tone) {
    const QColor color = tone == Tone::error ? m_theme.danger : m_theme.warning;
    m_tone = tone;
    m_error_column = std::max(0, column);
    m_error_length = std::max(1, length);
    m_message->setText(message);
    m_message->show();
    m_message->setStyleSheet(QStringLiteral("color: %1").arg(color.name()));
    m_edit->setStyleSheet(QStringLiteral("QLineEdit { border: 1px solid %1; }").arg(color.name()));
    m_edit->setAccessibleDescription(message);
    m_underline->mark(m_error_column, m_error_length, color);
}

void FilterLineEdit::clearError() {
    if (!hasError()) return;
    m_error_column = -1;
    m_message->hide();
    m_message->clear();
    m_underline->hide();
    m_edit->setStyleSheet({});
    m_edit->setAccessibleDescription({});
}

bool FilterLineEdit::hasError() const {
    return m_error_column >= 0;
}

bool FilterLineEdit::eventFilter(QObject* watched, QEvent* event) {
    // Escape closes the list first, whatever else it is a shortcut for.
    if (event->type() == QEvent::ShortcutOverride && m_completer->popup()->isVisible() &&
        static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape) {
        event->accept();
        return true;
    }
    if (watched == m_edit) {
        if (event->type() == QEvent::Resize) m_underline->resize(m_edit->size());
        if (event->type() == QEvent::KeyPress) {
            const auto* key = static_cast<QKeyEvent*>(event);
            const bool popup = m_completer->popup()->isVisible();
            const bool accepts =
                key->key() == Qt::Key_Tab || key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
            if (popup && accepts) {
                const QModelIndex current = m_completer->popup()->currentIndex();
                const QString word = current.isValid() ? current.data().toString() : m_completer->currentCompletion();
                if (current.isValid() || key->key() == Qt::Key_Tab) {
                    m_completer->popup()->hide();
                    insertCompletion(word);
                    return true;
                }
                m_completer->popup()->hide();
            }
            if (key->key() == Qt::Key_Space && key->modifiers() & Qt::ControlModifier) {
                complete(Asked::by_key);
                return true;
            }
            if (key->key() == Qt::Key_F1) {
                showHelp();
                return true;
            }
        }
    }
    return QWidget::eventFilter(watched, event);
}

void FilterLineEdit::complete(Asked asked) {
    if (!m_source) return;
    const int end = m_edit->cursorPosition();
    const FilterCompletions offered = m_source(m_edit->text().left(end));
    const QString word = m_edit->text().mid(offered.begin, end - offered.begin);
    const bool wanted = asked == Asked::by_key || offered.eager || !word.isEmpty();
    m_word_begin = offered.begin;
    if (m_words->stringList() != offered.words) m_words->setStringList(offered.words);
    m_completer->setCompletionPrefix(word);
    const bool only_itself = m_completer->completionCount() == 1 && m_completer->currentCompletion() == word;
    if (!wanted || m_completer->completionCount() == 0 || only_itself)
        m_completer->popup()->hide();
    else
        m_completer->complete();
}

void FilterLineEdit::insertCompletion(const QString& word) {
    m_edit->setSelection(m_word_begin, m_edit->cursorPosition() - m_word_begin);
    m_edit->insert(word); // keeps the line's own undo
}

} // namespace isoloss
