#include "ui/pages/curve_options.h"

#include "widgets/popup_place.h"

#include <QComboBox>
#include <QFormLayout>
#include <algorithm>

namespace isoloss {

CurveOptions::CurveOptions(QWidget* parent) : QFrame(parent, Qt::Popup) {
    setFrameShape(QFrame::StyledPanel);
    setAccessibleName(tr("Display of the curves"));
    auto* form = new QFormLayout(this);
    form->setContentsMargins(12, 10, 12, 10);
    form->setHorizontalSpacing(2 * Theme::unit);
    y_scale_ = addScale(*form, tr("y axis"), &FigureSpec::y_scale);
    x_scale_ = addScale(*form, tr("x axis"), &FigureSpec::x_scale);
    setSettings(settings_);
}

QComboBox* CurveOptions::addScale(QFormLayout& form, const QString& label, AxisScale FigureSpec::*scale) {
    auto* box = new QComboBox(this);
    box->addItem(tr("linear"), static_cast<int>(AxisScale::linear));
    box->addItem(tr("logarithmic"), static_cast<int>(AxisScale::log));
    box->addItem(tr("symmetric logarithmic"), static_cast<int>(AxisScale::symlog));
    box->setAccessibleName(label);
    form.addRow(label, box);
    connect(box, &QComboBox::activated, this, [this, box, scale] {
        settings_.*scale = static_cast<AxisScale>(box->currentData().toInt());
        Q_EMIT settingsChanged(settings_);
    });
    return box;
}

void CurveOptions::setTheme(const Theme& theme) {
    theme_ = theme;
    setPalette(theme.palette());
}

void CurveOptions::setSettings(const FigureSpec& settings) {
    settings_ = settings;
    y_scale_->setCurrentIndex(y_scale_->findData(static_cast<int>(settings_.y_scale)));
    x_scale_->setCurrentIndex(x_scale_->findData(static_cast<int>(settings_.x_scale)));
}

void CurveOptions::openBelow(const QWidget& anchor) {
    adjustSize();
    place_popup(*this, anchor);
    show();
    y_scale_->setFocus();
}

} // namespace isoloss
