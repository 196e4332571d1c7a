// One chart of the curves page in full size, its cursors and its table of values.
#include "ui/figures/curve_cache.h"
#include "ui/figures/curve_range_values.h"
#include "ui/pages/curve_card.h"
#include "ui/pages/curve_values_panel.h"
#include "ui/pages/curves_page.h"
#include "ui/ui_services.h"
#include "widgets/axis_ticks.h"
#include "widgets/chart_legend.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedLayout>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

namespace isoloss {
namespace {

constexpr int legend_height = 88; ///< four rows: the chart is what the page is for

} // namespace

void CurvesPage::makeFull() {
    auto* back = new QToolButton(full_);
    back->setText(tr("← All charts"));
    back->setToolTip(tr("Back to the grid (Esc)"));
    connect(back, &QToolButton::clicked, this, &CurvesPage::showGrid);
    values_button_->setText(tr("Values"));
    values_button_->setToolTip(tr("The values under the cursor and over the range, as a table (V)"));
    values_button_->setCheckable(true);
    values_button_->setChecked(true);
    connect(values_button_, &QToolButton::toggled, this, [this](bool shown) {
        values_->setVisible(shown);
        showLegend();
        showValues();
    });
    auto* header = new QHBoxLayout;
    header->setSpacing(Theme::unit);
    header->addWidget(back);
    header->addWidget(full_hint_, 1);
    header->addWidget(values_button_);

    auto* upper = new QWidget(full_splitter_);
    upper->setLayout(full_layout_);
    full_layout_->setContentsMargins(0, 0, 0, 0);
    full_layout_->setSpacing(Theme::unit);
    full_layout_->addWidget(full_legend_);
    full_legend_->setMaximumHeight(legend_height);
    full_splitter_->addWidget(upper);
    full_splitter_->addWidget(values_);
    full_splitter_->setStretchFactor(0, 3);
    full_splitter_->setStretchFactor(1, 1);
    full_splitter_->setChildrenCollapsible(false);
    full_splitter_->setHandleWidth(Theme::unit);
    full_splitter_->setProperty("quiet", true); // the gap between its parts is enough
    connect(values_, &CurveValuesPanel::runClicked, this, &CurvesPage::highlight);
    connect(values_, &CurveValuesPanel::copied, this,
            [this](int rows) { services_.showMessage(tr("Copied the values of %1 curves").arg(rows)); });

    auto* layout = new QVBoxLayout(full_);
    layout->setContentsMargins(0, 0, 14, 12);
    layout->setSpacing(Theme::unit);
    layout->addLayout(header);
    layout->addWidget(full_splitter_, 1);
}

void CurvesPage::linkFixedCursors(const std::vector<double>& cursors) {
    fixed_cursors_ = cursors;
    for (const auto& [id, card] : cards_)
        if (card->chart() != nullptr) card->chart()->setFixedCursors(cursors);
    values_timer_.start();
}

void CurvesPage::showFull(const std::string& id) {
    const auto found = cards_.find(id);
    if (found == cards_.end() || found->second == full_card_) return;
    if (full_card_ != nullptr) showGrid();
    full_card_ = found->second;
    full_layout_->insertWidget(0, full_card_, 1);
    full_card_->show();
    full_hint_->setText(tr("Esc goes back"));
    full_card_->setLinkedRange(linked_range_);
    full_card_->setActive(true);
    full_card_->chart()->setFixedCursors(fixed_cursors_);
    full_card_->chart()->setHoverTableVisible(false); // the table below says more
    showLegend();
    showValues();
    views_->setCurrentWidget(full_);
    if (full_card_->chart() != nullptr) full_card_->chart()->setFocus();
}

// The table of values is a legend too.
void CurvesPage::showLegend() {
    if (full_card_ == nullptr || !full_card_->picture()) return;
    const ChartData& chart = full_card_->picture()->chart;
    full_legend_->setEntries(values_button_->isChecked() ? std::vector<LegendEntry>() : chart.legend, chart.note);
    full_legend_->setVisible(!values_button_->isChecked() || !chart.note.isEmpty());
}

void CurvesPage::leaveFull() {
    if (full_card_ == nullptr) return;
    full_layout_->removeWidget(full_card_);
    if (full_card_->chart() != nullptr) full_card_->chart()->setHoverTableVisible(true);
    full_card_ = nullptr;
    views_->setCurrentWidget(scroll_);
}

void CurvesPage::showGrid() {
    if (full_card_ == nullptr) return;
    leaveFull();
    arrange();
}

void CurvesPage::showValues() {
    if (full_card_ == nullptr || !full_card_->picture() || !values_->isVisibleTo(full_)) return;
    const std::shared_ptr<const CurveCard::Picture> picture = full_card_->picture();
    values_->setChart(picture->chart);

    FigureSpec spec = full_card_->spec();
    std::optional<AxisRange> range = linked_range_;
    if (fixed_cursors_.size() == 2) {
        const auto [low, high] = std::minmax(fixed_cursors_[0], fixed_cursors_[1]);
        range = AxisRange{low, high};
    }
    const ChartAxis& x = picture->chart.x;
    if (range) {
        spec.x_min = range->min;
        spec.x_max = range->max;
        const double step = range->span() / 1000;
        const QString words = fixed_cursors_.size() == 2 ? tr("%1 to %2, between the cursors") : tr("%1 to %2, shown");
        values_->setRangeText(words.arg(axis_value_text(x, range->min, step), axis_value_text(x, range->max, step)));
    } else {
        values_->setRangeText(tr("all of the curves; c sets two cursors"));
    }
    services_.bridge().query<std::vector<CurveRangeValues>>(
        values_channel_,
        [cache = cache_, picture, spec](Reader& reader) -> Expected<std::vector<CurveRangeValues>> {
            return range_values(reader, *cache, picture->curves, spec);
        },
        this,
        [this, picture](const QueryAnswer<std::vector<CurveRangeValues>>& values) {
            if (!values) return services_.showError(values.error());
            if (full_card_ != nullptr && full_card_->picture() == picture) values_->setRangeValues(**values);
        });
}

} // namespace isoloss
