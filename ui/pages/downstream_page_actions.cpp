#include "ui/figures/value_text.h"
#include "ui/pages/downstream_page_p.h"
#include "ui/pages/plane_defaults.h"
#include "ui/pages/point_tip.h"
#include "ui/ui_services.h"
#include "widgets/chart_menu.h"
#include "widgets/chart_view.h"
#include "widgets/empty_state.h"

#include <QAction>
#include <QMenu>
#include <QMouseEvent>
#include <QPushButton>
#include <QToolButton>
#include <algorithm>
#include <set>

namespace isoloss {

void DownstreamPage::makeActions() {
    band_action_ = addPageAction(tr("Band of equal loss"), Qt::Key_B, [this] { toggleBand(); });
    log_y_ = addPageAction(tr("Logarithmic y axis"), Qt::Key_L, [this] { toggleScale(Qt::Vertical); });
    log_x_ = addPageAction(tr("Logarithmic x axis"), Qt::SHIFT | Qt::Key_L, [this] { toggleScale(Qt::Horizontal); });
    reverse_x_ = addPageAction(tr("Reverse the x axis"), {}, [this] {
        FigureSpec spec = spec_;
        spec.x_order = figure_.chart.x.reversed ? AxisOrder::ascending : AxisOrder::descending;
        changeSpec(std::move(spec), tr("direction of x"));
    });
    errors_ = addPageAction(tr("Error bars"), Qt::Key_E, [this] {
        const bool shown = std::any_of(figure_.chart.points.begin(), figure_.chart.points.end(),
                                       [](const ChartPoint& point) { return point.x_error || point.y_error; });
        FigureSpec spec = spec_;
        spec.error_bars = shown ? ErrorBars::hidden : ErrorBars::shown;
        changeSpec(std::move(spec), tr("error bars"));
    });
    addPageAction(tr("Next score"), Qt::Key_S, [this] { nextScore(); });
    addPageAction(tr("Fit the plane"), Qt::Key_0, [this] { chart_->fit(); });
    copy_action_ =
        addPageAction(tr("Copy the table of the figure"), QKeySequence::Copy, [this] { chart_->copyTable(); });
    export_action_ = new QAction(tr("Export…"), this); // its key is the window's
    connect(export_action_, &QAction::triggered, this, &DownstreamPage::exportFigure);
    measure_action_ = new QAction(tr("Measure…"), this);
    connect(measure_action_, &QAction::triggered, &services_, &UiServices::showMeasure);
    for (QAction* action : {band_action_, log_x_, log_y_, reverse_x_, errors_})
        action->setCheckable(true);

    unmeasured_->addButton(measure_action_);
}

void DownstreamPage::makeOptionsMenu() {
    options_->setText(tr("Axes"));
    options_->setToolTip(tr("Scales, direction, error bars, band"));
    options_->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(options_);
    menu->addActions({log_x_, log_y_, reverse_x_});
    menu->addSeparator();
    menu->addActions({errors_, band_action_});
    options_->setMenu(menu);
    export_->setToolTip(tr("Save or copy the figure (Ctrl+E)"));
    connect(export_, &QPushButton::clicked, this, &DownstreamPage::exportFigure);
}

void DownstreamPage::connectChart() {
    connect(chart_, &ChartView::bandChanged, this, [this](double centre, double halfWidth) {
        FigureSpec spec = spec_;
        spec.band = FigureBand{centre, halfWidth};
        changeSpec(std::move(spec), tr("band"));
    });
    connect(chart_, &ChartView::pointClicked, this,
            [this](qint64 id, Qt::KeyboardModifiers modifiers) { selectCheckpoint(CheckpointId(id), modifiers); });
    connect(chart_, &ChartView::lineClicked, this, [this](qint64 id) {
        if (const RunId run = run_of_line(id); run.value != 0) services_.selection().setHighlightedRuns({run});
    });
    connect(chart_, &ChartView::isolateRequested, this, [this](qint64 id) {
        for (std::size_t i = 0; i < figure_.chart.points.size(); ++i) {
            const ChartPoint& point = figure_.chart.points[i];
            if (point.id != id && point.line != id) continue;
            services_.selection().setHighlightedRuns({table_->checkpoints[figure_.rows[i]].run});
            return;
        }
    });
    chart_->setHoverTableVisible(false); // the tip says more: standard errors
    connect(chart_, &ChartView::hovered, this, [this](const QList<HoverRow>& rows) {
        if (rows.isEmpty()) {
            tip_->hide();
        } else {
            showTip(CheckpointId(rows.front().id));
        }
    });
    connect(chart_, &ChartView::contextMenuRequested, this, &DownstreamPage::showContextMenu);
    connect(chart_, &ChartView::axisScaleChanged, this, &DownstreamPage::setScale);
    connect(chart_, &ChartView::tableCopied, this,
            [this] { services_.showMessage(tr("Copied the table of the figure")); });
}

void DownstreamPage::toggleBand() {
    FigureSpec spec = spec_;
    if (spec.band) {
        spec.band.reset();
    } else if (table_) {
        spec.band = default_band(points());
    }
    changeSpec(std::move(spec), tr("band"));
    chart_->setBandFocus(spec_.band.has_value());
    if (spec_.band) chart_->setFocus();
}

void DownstreamPage::toggleScale(Qt::Orientation axis) {
    const AxisScale scale = axis == Qt::Horizontal ? spec_.x_scale : spec_.y_scale;
    setScale(axis, scale == AxisScale::log ? AxisScale::linear : AxisScale::log);
}

void DownstreamPage::setScale(Qt::Orientation axis, AxisScale scale) {
    FigureSpec spec = spec_;
    (axis == Qt::Horizontal ? spec.x_scale : spec.y_scale) = scale;
    changeSpec(std::move(spec), axis == Qt::Horizontal ? tr("scale of x") : tr("scale of y"));
}

void DownstreamPage::chooseX(const QString& key) {
    FigureSpec spec = spec_;
    spec.x = utf8(key);
    spec.x_scale = is_perplexity(spec.x) ? AxisScale::log : AxisScale::linear;
    spec.x_order = AxisOrder::automatic;
    spec.x_min = spec.x_max = std::nullopt;
    spec.band.reset();
    std::erase_if(spec.marks, [](const FigureMark& mark) { return mark.axis == FigureMark::Axis::x; });
    changeSpec(std::move(spec), tr("x axis"));
}

void DownstreamPage::chooseY(const QString& key) {
    FigureSpec spec = spec_;
    spec.y = utf8(key);
    spec.y_scale = is_perplexity(spec.y) ? AxisScale::log : AxisScale::linear;
    spec.y_min = spec.y_max = std::nullopt;
    std::erase_if(spec.marks, [](const FigureMark& mark) { return mark.axis == FigureMark::Axis::y; });
    changeSpec(std::move(spec), tr("y axis"));
}

void DownstreamPage::nextScore() {
    if (!choices_) return;
    std::set<std::string> metrics;
    for (const QuantityChoice& choice : choices_->list) {
        const std::string metric(metric_of_key(choice.key));
        const auto with = key_with_metric(spec_.y, metric);
        if (choice.group == "Scores" && with && (spec_.y.starts_with("mean(") || choices_->find(*with) != nullptr))
            metrics.insert(metric);
    }
    if (metrics.size() < 2) return;
    auto next = metrics.upper_bound(std::string(metric_of_key(spec_.y)));
    if (next == metrics.end()) next = metrics.begin();
    chooseY(qtext(*key_with_metric(spec_.y, *next)));
}

void DownstreamPage::selectCheckpoint(CheckpointId checkpoint, Qt::KeyboardModifiers modifiers) {
    std::vector<CheckpointId> chosen;
    if (modifiers.testFlag(Qt::ControlModifier)) {
        chosen = services_.selection().checkpoints();
        const auto known = std::find(chosen.begin(), chosen.end(), checkpoint);
        if (known != chosen.end()) {
            chosen.erase(known);
            services_.selection().setCheckpoints(std::move(chosen));
            return;
        }
    }
    chosen.push_back(checkpoint);
    services_.selection().setCheckpoints(std::move(chosen));
}

void DownstreamPage::inspect(CheckpointId checkpoint) {
    services_.selection().setCheckpoints({checkpoint});
    if (!choices_) return;
    const auto quantity = choices_->ids.find(spec_.y);
    if (quantity != choices_->ids.end()) services_.selection().inspectValue(checkpoint, quantity->second);
}

void DownstreamPage::showTip(CheckpointId checkpoint) {
    for (std::size_t i = 0; table_ && i < figure_.rows.size(); ++i) {
        const std::size_t row = figure_.rows[i];
        const CheckpointRecord& record = table_->checkpoints[row];
        if (record.id != checkpoint) continue;
        std::vector<std::pair<QString, QString>> rows;
        rows.emplace_back(tr("step"), record.step ? count_text(*record.step) : tr("final"));
        FigureSpec told = spec_;
        told.lines.clear();
        for (const std::string& key : scatter_keys(told)) {
            const QuantityColumn* column = table_->column(key);
            if (column == nullptr) continue;
            const QString title = qtext(column->title.empty() ? column->key : column->title);
            const Cell& cell = column->cells[row];
            rows.emplace_back(title, column->is_text ? qtext(column->texts[row])
                                                     : number_with_error(cell.value, cell.standard_error));
        }
        tip_->showAt(chart_->mapFromGlobal(QCursor::pos()), qtext(record.run_name), figure_.chart.points[i].color,
                     rows);
        return;
    }
    tip_->hide();
}

void DownstreamPage::showContextMenu(const QPoint& global, const ChartHit& hit) {
    QMenu menu(this);
    if (hit.kind == ChartHit::Kind::point) {
        const CheckpointId checkpoint(hit.id);
        menu.addAction(tr("Inspect"), this, [this, checkpoint] { inspect(checkpoint); });
        menu.addAction(tr("Measure…"), this, [this, checkpoint] {
            services_.selection().setCheckpoints({checkpoint});
            services_.showMeasure();
        });
        const auto& chosen = services_.selection().checkpoints();
        if (!chosen.empty() && chosen.front() != checkpoint) {
            menu.addAction(tr("Compare with the selected one"), this, [this, checkpoint, first = chosen.front()] {
                services_.selection().setCheckpoints({first, checkpoint});
                services_.showPage(PageKind::compare);
            });
        }
        menu.addSeparator();
    }
    menu.addActions({band_action_, errors_, reverse_x_});
    menu.addSeparator();
    add_chart_actions(menu, *chart_);
    menu.addSeparator();
    menu.addAction(export_action_);
    menu.exec(global);
}

bool DownstreamPage::eventFilter(QObject* watched, QEvent* event) {
    if (watched == chart_->viewport() && event->type() == QEvent::MouseButtonDblClick) {
        const auto* mouse = static_cast<QMouseEvent*>(event);
        const ChartHit hit = chart_->hitAt(mouse->position());
        if (hit.kind == ChartHit::Kind::point) {
            inspect(CheckpointId(hit.id));
            return true;
        }
    }
    return Page::eventFilter(watched, event);
}

} // namespace isoloss
