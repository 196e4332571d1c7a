#pragma once

#include "widgets/chip_button.h"

#include <QFrame>

class QLineEdit;
class QListWidget;
class QListWidgetItem;

namespace isoloss {

/// The list of a ChipButton: a search line over choices in groups. Every word typed must occur in a choice's text,
/// detail or group.
class ChoicePopup : public QFrame {
    Q_OBJECT

public:
    ChoicePopup(const std::vector<ChipChoice>& choices, const QVariant& current, const Theme& theme, QWidget* parent);

    /// Places the popup under (or above) a widget and shows it.
    void showBelow(const QWidget& anchor);

Q_SIGNALS:
    void chosen(const QVariant& value);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void fill(const QString& search);
    void accept(const QListWidgetItem* item);

    std::vector<ChipChoice> m_choices;
    QVariant m_current;
    Theme m_theme;
    QLineEdit* m_search;
    QListWidget* m_list;
};

} // namespace isoloss
