#pragma once

#include "widgets/theme.h"

#include <QAbstractScrollArea>
#include <QString>
#include <optional>
#include <vector>

namespace isoloss {

/// A piece of a text with what is said of it.
struct TextToken {
    QString text = {};
    std::optional<double> level = {}; ///< −1 … 1, see Theme::heat(); none: a quiet tint that tells neighbours apart
    QString tip = {};                 ///< plain text
    bool begins_line = false;
    bool heading = false; ///< words about the text, muted and without a tint
};

/// A text cut into tokens, wrapped at its width, every token on a tint: where tokens begin, or what a model finds hard.
/// One token is the current one (arrow keys, click), a range can be selected (drag, Shift) and copied. Lays out 10⁵
/// tokens in some 20 ms and paints only what is seen.
class TokenText : public QAbstractScrollArea {
    Q_OBJECT

public:
    explicit TokenText(QWidget* parent = nullptr);

    void setTheme(const Theme& theme);
    void setTokens(std::vector<TextToken> tokens);

    const std::vector<TextToken>& tokens() const { return m_tokens; }

    /// −1 where there is none.
    int currentToken() const { return m_current; }

    void setCurrentToken(int token);

    /// The token under a point of the viewport; −1: none.
    int tokenAt(const QPoint& position) const;

    /// Where a token's first piece stands in the viewport; empty where there is none.
    QRect tokenRect(int token) const;

    /// The selected tokens as text; all of them where none is selected.
    QString selectedText() const;

Q_SIGNALS:
    void currentTokenChanged(int token);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    bool viewportEvent(QEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    /// What of a token stands in one line.
    struct Piece {
        int token = 0;
        int start = 0, length = 0; ///< in the token's text
        int x = 0, width = 0;      ///< pixels
    };

    void layOut();
    int lineHeight() const;
    QRect pieceRect(std::size_t piece) const;
    void moveTo(int token, bool select);

    std::vector<TextToken> m_tokens;
    std::vector<Piece> m_pieces;
    std::vector<std::size_t> m_lines;       ///< the first piece of each line, and one past the last piece
    std::vector<std::size_t> m_first_piece; ///< of each token
    Theme m_theme = Theme::light();
    int m_current = -1;
    int m_anchor = -1; ///< the selection goes from here to the current token
};

} // namespace isoloss
