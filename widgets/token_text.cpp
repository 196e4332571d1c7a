#include "widgets/token_text.h"

#include <QClipboard>
#include <QFontMetrics>
#include <QGuiApplication>
#include <QHash>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>
#include <algorithm>

namespace isoloss {

namespace {

constexpr int margin = 8, line_gap = 5;
constexpr double quiet_level = 0.28; ///< of every other token without a level
const QChar line_end_sign(0x21B5);

/// A line break is shown by a sign, a tabulator by a space that is wide enough.
QString shown(const QString& text) {
    QString result = text;
    result.replace(u'\n', line_end_sign).replace(u'\t', QStringLiteral("    ")).remove(u'\r');
    return result;
}

} // namespace

TokenText::TokenText(QWidget* parent) : QAbstractScrollArea(parent) {
    setFocusPolicy(Qt::StrongFocus);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFrameShape(QFrame::NoFrame);
    viewport()->setCursor(Qt::IBeamCursor);
}

void TokenText::setTheme(const Theme& theme) {
    m_theme = theme;
    viewport()->update();
}

void TokenText::setTokens(std::vector<TextToken> tokens) {
    m_tokens = std::move(tokens);
    m_current = m_anchor = -1;
    layOut();
    verticalScrollBar()->setValue(0);
}

int TokenText::lineHeight() const {
    return fontMetrics().height() + line_gap;
}

void TokenText::layOut() {
    m_pieces.clear();
    m_lines.clear();
    m_first_piece.clear();
    const QFontMetrics metrics = fontMetrics();
    const int room = std::max(viewport()->width() - 2 * margin, metrics.horizontalAdvance(u'M'));
    QHash<QString, int> widths; // few texts, many times each
    const auto width_of = [&](const QString& text) {
        const auto known = widths.constFind(text);
        return known != widths.constEnd() ? *known : *widths.insert(text, metrics.horizontalAdvance(shown(text)));
    };
    int x = 0;
    m_lines.push_back(0);
    const auto break_line = [&] {
        m_lines.push_back(m_pieces.size());
        x = 0;
    };
    const auto put = [&](int token, int start, int length, int width) {
        m_pieces.push_back({token, start, length, x, width});
        x += width;
    };
    for (std::size_t i = 0; i < m_tokens.size(); ++i) {
        const auto token = static_cast<int>(i);
        const QString& text = m_tokens[i].text;
        if (m_tokens[i].begins_line && x > 0) break_line();
        m_first_piece.push_back(m_pieces.size());
        for (int start = 0; start < text.size() || start == 0;) {
            const auto line_end = static_cast<int>(text.indexOf(u'\n', start));
            const int end = line_end < 0 ? static_cast<int>(text.size()) : line_end + 1;
            QString part = text.mid(start, end - start);
            int width = width_of(part);
            if (x > 0 && x + width > room) break_line();
            while (width > room && part.size() > 1) { // longer than a line: as much as there is room for
                int fits = 1;
                while (fits < part.size() && width_of(part.left(fits + 1)) <= room)
                    ++fits;
                put(token, start, fits, width_of(part.left(fits)));
                break_line();
                start += fits;
                part = part.mid(fits);
                width = width_of(part);
            }
            put(token, start, static_cast<int>(part.size()), width);
            if (line_end >= 0) break_line();
            start = std::max(end, 1);
        }
    }
    m_lines.push_back(m_pieces.size());
    const int height = static_cast<int>(m_lines.size() - 1) * lineHeight() + 2 * margin;
    verticalScrollBar()->setPageStep(viewport()->height());
    verticalScrollBar()->setSingleStep(lineHeight());
    verticalScrollBar()->setRange(0, std::max(0, height - viewport()->height()));
    viewport()->update();
}

QRect TokenText::pieceRect(std::size_t piece) const {
    const auto line = std::upper_bound(m_lines.begin(), m_lines.end() - 1, piece) - m_lines.begin() - 1;
    const int y = margin + static_cast<int>(line) * lineHeight() - verticalScrollBar()->value();
    return {margin + m_pieces[piece].x, y, m_pieces[piece].width, fontMetrics().height() + 2};
}

QRect TokenText::tokenRect(int token) const {
    if (token < 0 || static_cast<std::size_t>(token) >= m_tokens.size()) return {};
    return pieceRect(m_first_piece[static_cast<std::size_t>(token)]);
}

int TokenText::tokenAt(const QPoint& position) const {
    if (m_pieces.empty()) return -1;
    const int line = (position.y() + verticalScrollBar()->value() - margin) / lineHeight();
    if (position.y() + verticalScrollBar()->value() < margin || line < 0 ||
        static_cast<std::size_t>(line) + 1 >= m_lines.size())
        return -1;
    const auto at = static_cast<std::size_t>(line);
    for (std::size_t piece = m_lines[at]; piece < m_lines[at + 1]; ++piece) {
        const int left = margin + m_pieces[piece].x;
        if (position.x() >= left && position.x() < left + m_pieces[piece].width) return m_pieces[piece].token;
    }
    return -1;
}

void TokenText::paintEvent(QPaintEvent* event) {
    QPainter painter(viewport());
    painter.fillRect(event->rect(), m_theme.surface);
    if (m_pieces.empty()) return;
    painter.setFont(font());
    const int scrolled = verticalScrollBar()->value();
    const auto lines = static_cast<int>(m_lines.size()) - 1;
    const int first = std::clamp((event->rect().top() + scrolled - margin) / lineHeight(), 0, lines - 1);
    const int last = std::clamp((event->rect().bottom() + scrolled - margin) / lineHeight(), 0, lines - 1);
    const int from = std::min(m_anchor, m_current), to = std::max(m_anchor, m_current);
    for (std::size_t piece = m_lines[static_cast<std::size_t>(first)];
         piece < m_lines[static_cast<std::size_t>(last) + 1]; ++piece) {
        const Piece& of = m_pieces[piece];
        const TextToken& token = m_tokens[static_cast<std::size_t>(of.token)];
        const QRect place = pieceRect(piece);
        const bool selected = m_anchor >= 0 && m_anchor != m_current && of.token >= from && of.token <= to;
        const double level = token.level.value_or(of.token % 2 == 0 ? quiet_level : 0);
        painter.fillRect(place, m_theme.heat(selected ? 1 : token.heading ? 0 : level));
        painter.setPen(token.heading ? m_theme.muted : m_theme.text);
        painter.drawText(place, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine | Qt::TextDontClip,
                         shown(token.text.mid(of.start, of.length)));
        if (of.token == m_current) {
            painter.setPen(hasFocus() ? m_theme.accent : m_theme.muted);
            painter.drawRect(place.adjusted(0, 0, -1, -1));
        }
    }
}

void TokenText::resizeEvent(QResizeEvent* event) {
    QAbstractScrollArea::resizeEvent(event);
    layOut();
}

void TokenText::changeEvent(QEvent* event) {
    QAbstractScrollArea::changeEvent(event);
    if (event->type() == QEvent::FontChange) layOut();
}

void TokenText::setCurrentToken(int token) {
    moveTo(token, false);
}

void TokenText::moveTo(int token, bool select) {
    token = m_tokens.empty() ? -1 : std::clamp(token, 0, static_cast<int>(m_tokens.size()) - 1);
    if (!select) m_anchor = token;
    const bool changed = token != m_current;
    m_current = token;
    if (token >= 0) {
        const QRect place = tokenRect(token);
        QScrollBar* bar = verticalScrollBar();
        if (place.top() < margin)
            bar->setValue(bar->value() + place.top() - margin);
        else if (place.bottom() > viewport()->height() - margin)
            bar->setValue(bar->value() + place.bottom() - viewport()->height() + margin);
        setAccessibleDescription(m_tokens[static_cast<std::size_t>(token)].text + u' ' +
                                 m_tokens[static_cast<std::size_t>(token)].tip);
    }
    viewport()->update();
    if (changed) Q_EMIT currentTokenChanged(token);
}

QString TokenText::selectedText() const {
    const bool all = m_anchor < 0 || m_anchor == m_current;
    const int from = all ? 0 : std::min(m_anchor, m_current);
    const int to = all ? static_cast<int>(m_tokens.size()) - 1 : std::max(m_anchor, m_current);
    QString text;
    for (int token = from; token <= to; ++token) {
        const TextToken& of = m_tokens[static_cast<std::size_t>(token)];
        if (of.begins_line && !text.isEmpty() && !text.endsWith(u'\n')) text += u'\n';
        text += of.text;
    }
    return text;
}

void TokenText::keyPressEvent(QKeyEvent* event) {
    if (event->matches(QKeySequence::Copy)) {
        QGuiApplication::clipboard()->setText(selectedText());
        return;
    }
    const bool select = event->modifiers() & Qt::ShiftModifier;
    const auto vertically = [&](int lines) {
        const QRect place = tokenRect(m_current);
        const int token = tokenAt(place.center() + QPoint(0, lines * lineHeight()));
        moveTo(token >= 0 ? token : m_current + lines, select);
    };
    switch (event->key()) {
    case Qt::Key_Left:
        return moveTo(m_current - 1, select);
    case Qt::Key_Right:
        return moveTo(m_current + 1, select);
    case Qt::Key_Up:
        return vertically(-1);
    case Qt::Key_Down:
        return vertically(1);
    case Qt::Key_Home:
        return moveTo(0, select);
    case Qt::Key_End:
        return moveTo(static_cast<int>(m_tokens.size()) - 1, select);
    default:
        QAbstractScrollArea::keyPressEvent(event);
    }
}

void TokenText::mousePressEvent(QMouseEvent* event) {
    const int token = tokenAt(event->position().toPoint());
    if (event->button() == Qt::LeftButton && token >= 0) moveTo(token, event->modifiers() & Qt::ShiftModifier);
}

void TokenText::mouseMoveEvent(QMouseEvent* event) {
    const int token = tokenAt(event->position().toPoint());
    if ((event->buttons() & Qt::LeftButton) && token >= 0) moveTo(token, true);
}

bool TokenText::viewportEvent(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return QAbstractScrollArea::viewportEvent(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const int token = tokenAt(help->pos());
    if (token >= 0 && !m_tokens[static_cast<std::size_t>(token)].tip.isEmpty())
        QToolTip::showText(help->globalPos(),
                           QStringLiteral("<p style=\"white-space:pre\">%1</p>")
                               .arg(m_tokens[static_cast<std::size_t>(token)].tip.toHtmlEscaped()),
                           viewport());
    else
        QToolTip::hideText();
    return true;
}

void TokenText::focusInEvent(QFocusEvent* event) {
    QAbstractScrollArea::focusInEvent(event);
    viewport()->update();
}

void TokenText::focusOutEvent(QFocusEvent* event) {
    QAbstractScrollArea::focusOutEvent(event);
    viewport()->update();
}

} // namespace isoloss
