#pragma once

#include "widgets/theme.h"

#include <QAbstractButton>
#include <QVariant>
#include <functional>
#include <vector>

namespace isoloss {

/// One thing to choose; choices of one group stand together under its name.
struct ChipChoice {
    QString group;
    QString text;
    QString detail; ///< shown muted behind the text, searched too
    QVariant value;
};

/// "x  loss [C4]": a muted label and the chosen value; opens a searchable list with groups.
class ChipButton : public QAbstractButton {
    Q_OBJECT

public:
    explicit ChipButton(const QString& label, QWidget* parent = nullptr);

    void setTheme(const Theme& theme);

    void setChoices(std::vector<ChipChoice> choices);
    /// The value shown; where it is among the choices, their text is shown.
    void setValue(const QVariant& value);

    QVariant value() const { return m_value; }

    /// Text shown instead of the choice's own.
    void setValueText(const QString& text);

    QString valueText() const { return m_text; }

    /// What a click opens instead of the list of choices.
    void setOpener(std::function<void()> open) { m_open = std::move(open); }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    /// The user chose another value.
    void chosen(const QVariant& value);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void openList();

    Theme m_theme = Theme::light();
    QString m_label, m_text;
    QVariant m_value;
    std::vector<ChipChoice> m_choices;
    std::function<void()> m_open;
};

} // namespace isoloss
