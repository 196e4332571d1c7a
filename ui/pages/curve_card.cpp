#include "ui/pages/curve_card.h"

#include "ui/figures/value_text.h"
#include "ui/ui_services.h"
#include "widgets/elided_label.h"

#include <QHBoxLayout>
#include <QMenu>
#include <QPainter>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

namespace isoloss {
namespace {

constexpr int default_columns = 600;
/// How far beyond what is shown curves are read, so that panning does not uncover white at once.
constexpr double range_margin = 0.25;

} // namespace

CurveCard::CurveCard(UiServices& services, std::shared_ptr<SharedSeriesCache> cache, std::string metric,
                     QWidget* parent)
    : QWidget(parent), services_(services), cache_(std::move(cache)) {
    spec_.kind = FigureKind::curves;
    spec_.metrics = {std::move(metric)};
    title_ = new ElidedLabel(qtext(this->metric()), this);
    title_->setElideMode(Qt::ElideMiddle);
    expand_ = new QToolButton(this);
    expand_->setText(QStringLiteral("⤢"));
    expand_->setToolTip(tr("Show this chart in full size"));
    expand_->setAccessibleName(tr("Full size"));
    connect(expand_, &QToolButton::clicked, this, [this] { Q_EMIT expandRequested(this); });
    auto* head = new QHBoxLayout;
    head->setContentsMargins(12, 4, 4, 0);
    head->addWidget(title_, 1);
    head->addWidget(expand_);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(1, 1, 1, Theme::card_radius / 2);
    layout->setSpacing(0);
    layout->addLayout(head);
    layout->addStretch();
    setAccessibleName(qtext(this->metric()));
    setTheme(services_.theme().theme());
}

void CurveCard::setActive(bool active) {
    if (active == (chart_ != nullptr)) return;
    if (active) {
        makeChart();
        if (curves_) take(curves_);
        reload();
    } else {
        channel_.drop();
        asked_.reset();
        delete chart_;
        chart_ = nullptr;
    }
}

void CurveCard::makeChart() {
    chart_ = new ChartView(this);
    chart_->setTheme(services_.theme().theme());
    chart_->setUndoStack(&services_.undo());
    chart_->setAccessibleName(qtext(metric()));
    chart_->setCardVisible(false);
    static_cast<QVBoxLayout*>(layout())->insertWidget(1, chart_, 1);
    connect(chart_, &ChartView::detailWanted, this, &CurveCard::wantDetail);
    connect(chart_, &ChartView::rangeChanged, this, [this] { Q_EMIT xRangeChanged(this); });
    connect(chart_, &ChartView::cursorMoved, this, [this](double x) { Q_EMIT cursorMoved(this, x); });
    connect(chart_, &ChartView::hovered, this, [this](const QList<HoverRow>& rows) { Q_EMIT hovered(this, rows); });
    connect(chart_, &ChartView::lineClicked, this, &CurveCard::runClicked);
    connect(chart_, &ChartView::isolateRequested, this, [this](qint64 id) { Q_EMIT runClicked(id, Qt::NoModifier); });
    connect(chart_, &ChartView::axisScaleChanged, this,
            [this](Qt::Orientation axis, AxisScale scale) { Q_EMIT scaleToggled(this, axis, scale); });
    connect(chart_, &ChartView::contextMenuRequested, this, [this](const QPoint& global) { showMenu(global); });
}

void CurveCard::showMenu(const QPoint& global) {
    QMenu menu(this);
    menu.addAction(tr("Full size"), this, [this] { Q_EMIT expandRequested(this); });
    menu.addAction(tr("Fit"), this, [this] {
        chart_->fit();
        Q_EMIT xRangeChanged(this);
    });
    menu.addSeparator();
    const auto add_scale = [&](const QString& text, Qt::Orientation axis, AxisScale current) {
        QAction* action = menu.addAction(text);
        action->setCheckable(true);
        action->setChecked(current == AxisScale::log);
        connect(action, &QAction::triggered, this,
                [this, axis](bool log) { Q_EMIT scaleToggled(this, axis, log ? AxisScale::log : AxisScale::linear); });
    };
    add_scale(tr("Logarithmic y axis"), Qt::Vertical, spec_.y_scale);
    add_scale(tr("Logarithmic x axis"), Qt::Horizontal, spec_.x_scale);
    menu.addSeparator();
    menu.addAction(tr("Export…"), this, [this] { Q_EMIT exportRequested(this); });
    menu.exec(global);
}

void CurveCard::paintEvent(QPaintEvent*) {
    const Theme& theme = services_.theme().theme();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme.border, 1));
    painter.setBrush(theme.surface);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), Theme::card_radius, Theme::card_radius);
}

void CurveCard::setTheme(const Theme& theme) {
    title_->setFont(theme.strong);
    update();
    if (chart_ == nullptr) return;
    chart_->setTheme(theme);
    if (curves_) take(curves_);
}

void CurveCard::setSettings(const FigureSpec& settings) {
    FigureSpec spec = settings;
    spec.kind = FigureKind::curves;
    spec.metrics = spec_.metrics;
    if (spec == spec_) return;
    const bool other_x = spec.curve_x != spec_.curve_x || spec.x_scale != spec_.x_scale;
    const bool other_data = other_x || spec.smoothing != spec_.smoothing;
    spec_ = std::move(spec);
    if (other_x) {
        curves_.reset();
        linked_.reset();
    }
    if (chart_ == nullptr) return;
    if (curves_) take(curves_);
    if (other_x) chart_->fit();
    if (other_data) reload();
}

void CurveCard::setSources(std::vector<CurveSource> sources) {
    sources_ = std::move(sources);
    reload();
}

void CurveCard::reload() {
    if (chart_ == nullptr) return;
    if (!asked_) asked_ = Detail{linked_, default_columns};
    request();
}

void CurveCard::wantDetail(const AxisRange& x, int columns) {
    if (chart_ == nullptr) return;
    Detail wanted;
    wanted.columns = columns;
    // A logarithmic axis cannot be widened by a share of its linear span; it is read whole.
    if (chart_->isZoomed() && spec_.x_scale == AxisScale::linear) {
        const double margin = x.span() * range_margin;
        wanted.x = AxisRange{x.min - margin, x.max + margin};
    }
    if (asked_ && *asked_ == wanted) return;
    asked_ = wanted;
    request();
}

void CurveCard::request() {
    FigureSpec spec = spec_;
    if (asked_->x) {
        spec.x_min = asked_->x->min;
        spec.x_max = asked_->x->max;
    }
    const int columns =
        std::max(64, asked_->x ? static_cast<int>(asked_->columns * (1 + 2 * range_margin)) : asked_->columns);
    services_.bridge().query<CurveSet>(
        channel_,
        [cache = cache_, sources = sources_, spec, columns](Reader& reader) {
            const std::lock_guard lock(cache->mutex);
            return load_curves(reader, cache->cache, spec.metrics.front(), sources, spec, columns);
        },
        this,
        [this](const QueryAnswer<CurveSet>& curves) {
            if (curves) {
                take(*curves);
            } else {
                services_.showError(curves.error());
            }
        });
}

void CurveCard::take(std::shared_ptr<const CurveSet> curves) {
    curves_ = std::move(curves);
    if (chart_ == nullptr) return;
    chart_->setData(curves_chart(*curves_, spec_, services_.theme().theme()));
    chart_->setHighlighted(highlighted_);
    if (linked_) chart_->setXRange(*linked_);
    Q_EMIT dataChanged(this);
}

void CurveCard::setLinkedRange(const std::optional<AxisRange>& x) {
    const bool was_linked = linked_.has_value();
    linked_ = x;
    if (chart_ == nullptr) return;
    if (x) {
        chart_->setXRange(*x);
    } else if (was_linked) {
        chart_->fit();
    }
}

void CurveCard::setHighlighted(const QList<qint64>& runs) {
    highlighted_ = runs;
    if (chart_ != nullptr) chart_->setHighlighted(runs);
}

std::vector<LegendEntry> CurveCard::legend() const {
    return chart_ == nullptr ? std::vector<LegendEntry>{} : chart_->data().legend;
}

QString CurveCard::note() const {
    return chart_ == nullptr ? QString() : chart_->data().note;
}

} // namespace isoloss
