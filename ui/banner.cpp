#include "ui/banner.h"

#include "ui/figures/value_text.h"

#include <QAccessible>
#include <QAction>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

namespace isoloss {

namespace {

constexpr qsizetype mostBeside = 60; ///< longer details stand below the headline

} // namespace

Banner::Banner(Tone tone, Life life, QWidget* parent)
    : QFrame(parent), tone_(tone), text_(new QLabel(this)), buttons_(new QHBoxLayout) {
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(16, 6, 8, 6);
    layout->addWidget(text_, 1);
    layout->addLayout(buttons_);
    text_->setWordWrap(true);
    text_->setTextFormat(Qt::RichText);
    text_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    if (life == Life::closable) {
        auto* close = new QToolButton(this);
        close->setText(QStringLiteral("✕"));
        close->setAccessibleName(tr("Close this message"));
        close->setToolTip(tr("Close"));
        connect(close, &QToolButton::clicked, this, &Banner::closed);
        layout->addWidget(close, 0, Qt::AlignTop);
    }
    setFrameShape(QFrame::NoFrame);
    setAutoFillBackground(true);
}

void Banner::setTheme(const Theme& theme) {
    const QColor line = tone_ == Tone::error ? theme.danger : tone_ == Tone::warning ? theme.warning : theme.accent;
    setStyleSheet(QStringLiteral("isoloss--Banner { background: %1; border: none; border-left: 3px solid %2; "
                                 "border-bottom: 1px solid %3; }")
                      .arg(theme.surface.name(), line.name(), theme.border.name()));
}

void Banner::setText(const QString& headline, const QString& details) {
    headline_ = headline;
    QString html = QStringLiteral("<b>%1</b>").arg(headline.toHtmlEscaped());
    const bool below = details.contains(QLatin1Char('\n')) || details.size() > mostBeside;
    if (!details.isEmpty())
        html += (below ? QStringLiteral("<br>") : QStringLiteral(" &nbsp; ")) +
                details.toHtmlEscaped().replace(QLatin1Char('\n'), QStringLiteral("<br>"));
    text_->setText(html);
    setAccessibleName(headline);
    setAccessibleDescription(details);
}

void Banner::setError(const Error& error) {
    QString headline = qtext(error.reason);
    if (!headline.isEmpty()) headline[0] = headline[0].toUpper();
    QString where = qtext(error.file);
    if (!error.place.empty()) where += (where.isEmpty() ? QString() : QStringLiteral(", ")) + qtext(error.place);
    QStringList details;
    if (!where.isEmpty()) details += where;
    if (!error.remedy.empty()) details += qtext(error.remedy);
    setText(headline, details.join(QStringLiteral(" — ")));
}

void Banner::addAction(QAction* action) {
    auto* button = new QToolButton(this);
    button->setDefaultAction(action);
    buttons_->addWidget(button);
}

QString Banner::text() const {
    return accessibleDescription().isEmpty() ? headline_ : headline_ + QLatin1Char('\n') + accessibleDescription();
}

} // namespace isoloss
