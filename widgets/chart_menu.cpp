#include "widgets/chart_menu.h"

#include "widgets/chart_view.h"

#include <QActionGroup>
#include <QMenu>

namespace isoloss {

namespace {

void add_scales(QMenu& menu, ChartView& chart, const QString& title, Qt::Orientation axis) {
    QMenu* scales = menu.addMenu(title);
    auto* group = new QActionGroup(scales);
    const AxisScale current = axis == Qt::Horizontal ? chart.data().x.scale : chart.data().y.scale;
    const auto add = [&](const QString& text, AxisScale scale) {
        QAction* action = scales->addAction(text);
        action->setCheckable(true);
        action->setChecked(scale == current);
        group->addAction(action);
        QObject::connect(action, &QAction::triggered, &chart,
                         [&chart, axis, scale] { chart.chooseScale(axis, scale); });
    };
    add(ChartView::tr("Linear"), AxisScale::linear);
    add(ChartView::tr("Logarithmic"), AxisScale::log);
    add(ChartView::tr("Symmetric logarithmic"), AxisScale::symlog);
}

} // namespace

void add_chart_actions(QMenu& menu, ChartView& chart) {
    const auto add = [&](const QString& text, const QKeySequence& key, auto slot) {
        QAction* action = menu.addAction(text);
        action->setShortcut(key); // shown; the chart itself listens
        action->setShortcutContext(Qt::WidgetShortcut);
        QObject::connect(action, &QAction::triggered, &chart, slot);
        return action;
    };
    add(ChartView::tr("Fit"), Qt::Key_0, &ChartView::fitByUser)->setEnabled(chart.isZoomed());
    add_scales(menu, chart, ChartView::tr("X axis"), Qt::Horizontal);
    add_scales(menu, chart, ChartView::tr("Y axis"), Qt::Vertical);
    menu.addSeparator();
    add(ChartView::tr("Show as table"), Qt::CTRL | Qt::Key_T, &ChartView::showTable);
    add(ChartView::tr("Copy as table"), QKeySequence::Copy, &ChartView::copyTable);
    add(ChartView::tr("Copy as picture"), Qt::CTRL | Qt::SHIFT | Qt::Key_C, &ChartView::copyPicture);
}

} // namespace isoloss
