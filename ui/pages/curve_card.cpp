#include "ui/pages/curve_card.h"

#include "ui/figures/curve_cache.h"
#include "ui/figures/value_text.h"
#include "ui/ui_services.h"
#include "widgets/axis_transform.h"
#include "widgets/elided_label.h"

#include <QContextMenuEvent>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPainter>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

namespace isoloss {
namespace {

constexpr int default_columns = 600;
/// How far beyond what is shown curves are read, so that panning does not uncover white at once.
constexpr double range_margin = 0.25;
/// How close what is shown may come to the end of what was read before more is read, as a share of what is shown.
constexpr double spare_margin = 0.1;

/// The range widened on both sides by a share of what is seen of it.
AxisRange widened(const AxisRange& range, AxisScale scale) {
    ChartAxis axis;
    axis.scale = scale;
    return zoomed(AxisTransform(axis, range, 0, 1), 0.5, 1 + 2 * range_margin);
}

} // namespace

CurveCard::CurveCard(UiServices& services, std::shared_ptr<CurveCache> cache, CurveChart chart, QWidget* parent)
    : QWidget(parent), services_(services), cache_(std::move(cache)), id_(std::move(chart.id)) {
    spec_.kind = FigureKind::curves;
    spec_.charts = {std::move(chart.figure)};
    title_ = new ElidedLabel(QString(), this);
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
    showTitle();
    setTheme(services_.theme().theme());
}

void CurveCard::showTitle() {
    const QString title = qtext(figure().shown_title());
    title_->setText(title);
    setAccessibleName(title);
}

void CurveCard::editTitle() {
    if (title_edit_ != nullptr) return;
    title_edit_ = new QLineEdit(qtext(figure().title), this);
    title_edit_->setPlaceholderText(qtext(figure().shown_title()));
    title_edit_->setAccessibleName(tr("Title of the chart"));
    title_edit_->setGeometry(title_->geometry());
    const auto leave = [this](bool keep) {
        if (title_edit_ == nullptr) return;
        QLineEdit* edit = std::exchange(title_edit_, nullptr);
        const QString text = edit->text().trimmed();
        edit->hide();
        edit->deleteLater();
        if (keep && utf8(text) != figure().title) Q_EMIT titleEdited(this, text);
    };
    connect(title_edit_, &QLineEdit::editingFinished, this, [leave] { leave(true); });
    auto* cancel = new QAction(title_edit_);
    cancel->setShortcut(Qt::Key_Escape);
    cancel->setShortcutContext(Qt::WidgetShortcut);
    title_edit_->addAction(cancel);
    connect(cancel, &QAction::triggered, this, [leave] { leave(false); });
    title_edit_->show();
    title_edit_->setFocus(Qt::OtherFocusReason);
    title_edit_->selectAll();
}

void CurveCard::setActive(bool active) {
    if (active == (chart_ != nullptr)) return;
    if (active) {
        makeChart();
        if (picture_) take(picture_);
        reload();
    } else {
        channel_.drop();
        loading_ = false;
        asked_.reset();
        delete chart_;
        chart_ = nullptr;
    }
}

void CurveCard::makeChart() {
    chart_ = new ChartView(this);
    chart_->setTheme(services_.theme().theme());
    chart_->setUndoStack(&services_.undo());
    chart_->setAccessibleName(accessibleName());
    chart_->setCardVisible(false);
    static_cast<QVBoxLayout*>(layout())->insertWidget(1, chart_, 1);
    connect(chart_, &ChartView::detailWanted, this, &CurveCard::wantDetail);
    connect(chart_, &ChartView::rangeChanged, this, [this] { Q_EMIT xRangeChanged(this); });
    connect(chart_, &ChartView::cursorMoved, this, [this](double x) { Q_EMIT cursorMoved(this, x); });
    connect(chart_, &ChartView::fixedCursorsChanged, this,
            [this](const std::vector<double>& cursors) { Q_EMIT fixedCursorsChanged(this, cursors); });
    connect(chart_, &ChartView::hovered, this, [this](const QList<HoverRow>& rows) { Q_EMIT hovered(this, rows); });
    connect(chart_, &ChartView::lineClicked, this, &CurveCard::runClicked);
    connect(chart_, &ChartView::isolateRequested, this, [this](qint64 id) { Q_EMIT runClicked(id, Qt::NoModifier); });
    connect(chart_, &ChartView::axisScaleChanged, this,
            [this](Qt::Orientation axis, AxisScale scale) { Q_EMIT scaleToggled(this, axis, scale); });
    connect(chart_, &ChartView::contextMenuRequested, this,
            [this](const QPoint& global) { Q_EMIT menuRequested(this, global); });
}

void CurveCard::contextMenuEvent(QContextMenuEvent* event) {
    Q_EMIT menuRequested(this, event->globalPos());
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
    reload();
}

void CurveCard::setSettings(const FigureSpec& settings) {
    FigureSpec spec = settings;
    spec.kind = FigureKind::curves;
    spec.charts = spec_.charts;
    if (spec == spec_) return;
    if (spec.curve_x != spec_.curve_x || spec.curve_x_series != spec_.curve_x_series || spec.x_scale != spec_.x_scale) {
        fit_next_ = true;
        linked_.reset();
        asked_.reset();
    }
    spec_ = std::move(spec);
    reload();
}

void CurveCard::setFigure(FigureChart figure) {
    if (figure == this->figure()) return;
    spec_.charts = {std::move(figure)};
    showTitle();
    reload();
}

void CurveCard::setScene(std::shared_ptr<const CurveScene> scene) {
    scene_ = std::move(scene);
    reload();
}

bool CurveCard::shows(std::string_view metric) const {
    return std::ranges::any_of(figure().metrics, [&](const FigureMetric& shown) { return shown.name == metric; });
}

void CurveCard::reload() {
    if (chart_ == nullptr || !scene_) return;
    if (!asked_) asked_ = Detail{linked_, default_columns};
    request();
}

void CurveCard::wantDetail(const AxisRange& x, int columns) {
    if (chart_ == nullptr || !scene_ || fit_next_) return;
    Detail wanted;
    wanted.columns = columns;
    if (chart_->isZoomed(Qt::Horizontal)) wanted.x = widened(x, spec_.x_scale);
    if (asked_ && (*asked_ == wanted || asked_->serves(x, wanted, spec_.x_scale))) return;
    asked_ = wanted;
    request();
}

// A pan needs nothing new as long as it stays, with something to spare, in what was read at the same detail.
bool CurveCard::Detail::serves(const AxisRange& shown, const Detail& wanted, AxisScale scale) const {
    if (!x || !wanted.x || columns != wanted.columns) return false;
    ChartAxis axis;
    axis.scale = scale;
    const AxisTransform read(axis, *x, 0, 1);
    const double length = read.position(wanted.x->max) - read.position(wanted.x->min);
    const double spare = spare_margin / (1 + 2 * range_margin);
    return std::abs(length - 1) < 1e-6 && read.position(shown.min) >= spare && read.position(shown.max) <= 1 - spare;
}

void CurveCard::request() {
    FigureSpec spec = spec_;
    if (asked_->x) {
        spec.x_min = asked_->x->min;
        spec.x_max = asked_->x->max;
    }
    const int columns =
        std::max(64, asked_->x ? static_cast<int>(asked_->columns * (1 + 2 * range_margin)) : asked_->columns);
    loading_ = true;
    services_.bridge().query<Picture>(
        channel_,
        [cache = cache_, scene = scene_, spec, columns, ask = services_.bridge().helpOfOtherQueries(),
         theme = services_.theme().theme()](Reader& reader) -> Expected<Picture> {
            const FigureChart& chart = spec.charts.front();
            Picture picture;
            ISOLOSS_TRY(picture.curves, load_curves(reader, *cache, chart, *scene, spec, columns, ask));
            FigureSpec shown = spec; // the range that was read is wider than the one to be shown
            shown.x_min.reset();
            shown.x_max.reset();
            picture.chart = curves_chart(picture.curves, shown, theme);
            return picture;
        },
        this,
        [this](const QueryAnswer<Picture>& picture) {
            loading_ = false;
            if (picture) {
                take(*picture);
            } else {
                services_.showError(picture.error());
            }
        });
}

void CurveCard::take(std::shared_ptr<const Picture> picture) {
    picture_ = std::move(picture);
    if (chart_ == nullptr) return;
    const bool fit = std::exchange(fit_next_, false);
    chart_->setData(picture_->chart, fit ? ChartView::RangePolicy::fit : ChartView::RangePolicy::keep);
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
        chart_->fit(Qt::Horizontal);
    }
}

void CurveCard::setHighlighted(const QList<qint64>& runs) {
    highlighted_ = runs;
    if (chart_ != nullptr) chart_->setHighlighted(runs);
}

} // namespace isoloss
