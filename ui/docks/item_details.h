#pragma once

#include <QWidget>

class QPlainTextEdit;
class QTreeWidget;

namespace isoloss {

class CellDelegate;
struct MeasuredItem;
struct Theme;

/// One item in full: its text, and its choices with log-likelihood and probability, the right and the chosen one
/// marked. Everything can be selected and copied. Window thread.
class ItemDetails : public QWidget {
    Q_OBJECT

public:
    explicit ItemDetails(QWidget* parent = nullptr);

    void setTheme(const Theme& theme);
    void setItem(const MeasuredItem& item);
    void clear();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    /// The text takes no more room than it needs where there are choices.
    void fitText();
    void copyChoices() const;

    QPlainTextEdit* text_;
    QTreeWidget* choices_;
    CellDelegate* delegate_;
};

} // namespace isoloss
