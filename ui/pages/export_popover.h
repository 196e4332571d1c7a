#pragma once

#include "ui/engine_bridge.h"
#include "ui/figures/figure_spec.h"
#include "widgets/theme.h"

#include <QFrame>

class QButtonGroup;
class QComboBox;
class QLabel;
class QPushButton;
class QSpinBox;

namespace isoloss {

class UiServices;

/// The small panel under an Export button: format, size on paper, resolution; saves to a file or copies the picture.
/// Closes with Escape or a click beside it. The window's thread.
class ExportPopover final : public QFrame {
    Q_OBJECT

public:
    explicit ExportPopover(UiServices& services, QWidget* parent);

    /// Opens below a widget for this figure; `name` is the proposed file name without ending.
    void open(QWidget* below, FigureSpec spec, const QString& name);

private:
    void showFormat();
    FigureSpec chosen() const;
    void save();
    void copy();

    UiServices& services_;
    FigureSpec spec_;
    QString name_;
    QueryChannel channel_;
    QButtonGroup* formats_;
    QComboBox* sizes_;
    QSpinBox* width_;
    QSpinBox* height_;
    QSpinBox* dpi_;
    QLabel* dpi_label_;
    QLabel* hint_;
    QPushButton* save_;
    QPushButton* copy_;
};

} // namespace isoloss
