#pragma once

#include "ui/figures/figure_spec.h"

#include <QWidget>

class QLineEdit;
class QToolButton;

namespace isoloss {

class ChipButton;
class CurveOptions;
class FlowLayout;
class SmoothingPopup;
struct Theme;

/// The row above the curves: which metrics, what x is, how curves are smoothed; the rest is in a popup. It shows and
/// changes a FigureSpec of curves and knows no charts. The window's thread.
class CurveToolBar final : public QWidget {
    Q_OBJECT

public:
    explicit CurveToolBar(QWidget* parent = nullptr);

    void setTheme(const Theme& theme);

    /// Shows these settings; silent.
    void setSettings(const FigureSpec& settings);

    /// The series that may be x.
    void setMetrics(const std::vector<std::string>& metrics);

    /// Whether there are groups that bands could be drawn of.
    void setGrouped(bool grouped);

    QString search() const;
    void setSearch(const QString& text);
    void focusSearch();

    /// Whether it makes sense to follow the newest points, and whether that is done.
    void showFollow(bool offered, bool on);

    /// Places a widget at the right end.
    void addTrailing(QWidget* widget);

Q_SIGNALS:
    /// The user changed something.
    void settingsChanged(const isoloss::FigureSpec& settings);
    void searchChanged(const QString& text);
    void newChartRequested();
    void followToggled(bool on);

private:
    void change(const FigureSpec& settings);

    FigureSpec settings_;
    FlowLayout* layout_;
    QLineEdit* search_;
    ChipButton* x_chip_;
    ChipButton* smoothing_chip_;
    SmoothingPopup* smoothing_;
    CurveOptions* options_;
    QToolButton *display_, *new_chart_, *follow_;
};

} // namespace isoloss
