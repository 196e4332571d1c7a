#pragma once

#include "ui/figures/figure_spec.h"
#include "widgets/popup_frame.h"
#include "widgets/theme.h"

#include <QVariant>
#include <functional>
#include <utility>
#include <vector>

class QCheckBox;
class QComboBox;
class QFormLayout;
class QLabel;
class QSpinBox;

namespace isoloss {

/// The popup of the curves' less frequent settings: scales, range, marks, attempts, bands. It shows and changes a
/// FigureSpec at once. The window's thread.
class CurveOptions final : public PopupFrame {
    Q_OBJECT

public:
    explicit CurveOptions(QWidget* parent = nullptr);

    void setTheme(const Theme& theme);

    /// Shows these settings; silent.
    void setSettings(const FigureSpec& settings);

    /// Whether there are groups that bands could be drawn of.
    void setGrouped(bool grouped);

Q_SIGNALS:
    /// The user changed something.
    void settingsChanged(const isoloss::FigureSpec& settings);

private:
    using Choices = std::vector<std::pair<QString, int>>;

    QComboBox* addChoice(QFormLayout& form, const QString& label, const Choices& choices,
                         std::function<int(const FigureSpec&)> read, std::function<void(FigureSpec&, int)> write);
    QCheckBox* addSwitch(const QString& text, std::function<bool&(FigureSpec&)> field);
    void addHeading(QFormLayout& form, const QString& text);
    void changed();

    FigureSpec settings_;
    std::vector<std::function<void()>> show_; ///< each brings one control up to date
    std::vector<QLabel*> headings_;
    std::vector<QWidget*> of_groups_; ///< mean something only where runs are grouped
    QLabel* group_hint_;
    QSpinBox* percentile_;
};

} // namespace isoloss
