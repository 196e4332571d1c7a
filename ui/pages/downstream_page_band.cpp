#include "engine/store/project.h"
#include "ui/figures/value_text.h"
#include "ui/pages/downstream_page_p.h"
#include "ui/pages/plane_defaults.h"
#include "ui/ui_services.h"
#include "widgets/chart_view.h"

#include <QAction>
#include <algorithm>
#include <cmath>
#include <set>

namespace isoloss {
namespace {

constexpr std::size_t least_setting_values = 3; ///< with fewer, a setting only tells two recipes apart

} // namespace

void DownstreamPage::placeDefaultBand() {
    if (band_offered_ || figure_.chart.points.empty()) return;
    band_offered_ = true;
    if (!spec_.band && is_loss_like(spec_.x)) spec_.band = default_band(points());
    if (spec_.band) figure_.chart.band = ChartBand{spec_.band->centre, spec_.band->half_width};
}

std::vector<LossScorePoint> DownstreamPage::points() const {
    std::vector<LossScorePoint> result;
    std::map<RunId, std::size_t> runs;
    const QuantityColumn* x = table_->column(spec_.x);
    for (std::size_t i = 0; i < figure_.rows.size(); ++i) {
        const std::size_t row = figure_.rows[i];
        const CheckpointRecord& checkpoint = table_->checkpoints[row];
        LossScorePoint point;
        point.run = runs.try_emplace(checkpoint.run, runs.size()).first->second;
        point.step = checkpoint.step ? static_cast<double>(*checkpoint.step) : HUGE_VAL;
        point.loss = figure_.chart.points[i].x;
        point.loss_error =
            row < loss_errors_.size() && loss_errors_[row] ? loss_errors_[row] : x->cells[row].standard_error;
        point.score = figure_.chart.points[i].y;
        result.push_back(point);
    }
    return result;
}

std::vector<QString> DownstreamPage::runNames() const {
    std::vector<QString> names;
    std::set<RunId> seen;
    for (const std::size_t row : figure_.rows)
        if (seen.insert(table_->checkpoints[row].run).second) names.push_back(qtext(table_->checkpoints[row].run_name));
    return names;
}

void DownstreamPage::setBand(const std::optional<FigureBand>& band) {
    figure_.chart.band = band ? std::optional<ChartBand>({band->centre, band->half_width}) : std::nullopt;
    if (chart_->band() != figure_.chart.band) chart_->setBand(figure_.chart.band);
    band_action_->setChecked(band.has_value());
    panel_->setBand(band);
    analysis_channel_.drop();
    if (band) analysis_timer_.start();
}

void DownstreamPage::analyse() {
    if (!table_ || !spec_.band) return;
    std::vector<QuantityOfPoints> quantities;
    std::set<std::vector<std::optional<std::size_t>>> known;
    for (const std::string& key : analysis_keys_) {
        const QuantityColumn* column = table_->column(key);
        if (column == nullptr || column->is_text || key == spec_.x || key == spec_.y) continue;
        QuantityOfPoints quantity{key, {}};
        for (const std::size_t row : figure_.rows)
            quantity.values.push_back(column->cells[row].value.value_or(std::nan("")));
        auto ranks = dense_ranks(quantity.values);
        const auto highest = std::max_element(ranks.begin(), ranks.end());
        const std::size_t distinct = highest != ranks.end() && *highest ? **highest + 1 : 0;
        const std::size_t wanted = isSetting(key) ? least_setting_values : 2;
        if (distinct < wanted) continue;
        const bool is_new = known.insert(std::move(ranks)).second;
        if (is_new || !isSetting(key)) quantities.push_back(std::move(quantity));
    }
    services_.bridge().query<EqualLossReport>(
        analysis_channel_,
        [points = points(), quantities = std::move(quantities), band = *spec_.band](Reader&) {
            return Expected<EqualLossReport>(at_equal_loss(points, quantities, band.centre, band.half_width));
        },
        this,
        [this](const QueryAnswer<EqualLossReport>& report) {
            if (report && table_) showReport(**report);
        });
}

void DownstreamPage::showReport(const EqualLossReport& report) {
    EqualLossText text;
    text.report = report;
    if (!warning_.empty()) text.report.warning = warning_;
    text.quantities_offered = report.quantities_tried;
    // What was observed comes before what was set, both strongest first.
    std::stable_partition(text.report.quantities.begin(), text.report.quantities.end(),
                          [this](const EqualLossCorrelation& quantity) { return !isSetting(quantity.key); });
    const QuantityColumn* x = table_->column(spec_.x);
    const QuantityColumn* y = table_->column(spec_.y);
    text.loss_title = is_loss_like(spec_.x) ? tr("loss") : tr("x");
    text.score_title = tr("score");
    text.loss_unit = x == nullptr ? QString() : qtext(x->unit);
    std::set<RunId> runs;
    for (const std::size_t i : report.inside) {
        if (i >= figure_.rows.size()) return; // the figure has changed since; a newer report is on its way
        const std::size_t row = figure_.rows[i];
        const CheckpointRecord& checkpoint = table_->checkpoints[row];
        const ChartPoint& point = figure_.chart.points[i];
        runs.insert(checkpoint.run);
        text.inside.push_back({checkpoint.id, checkpoint_label(checkpoint), point.color, point.x, point.y,
                               y == nullptr ? std::nullopt : y->cells[row].standard_error});
    }
    text.runs_inside = static_cast<int>(runs.size());
    const std::vector<QString> names = runNames();
    for (const std::size_t run : report.runs_not_crossing)
        if (run < names.size()) text.runs_not_crossing << names[run];
    for (const EqualLossCorrelation& quantity : text.report.quantities) {
        const QuantityColumn* column = table_->column(quantity.key);
        text.quantity_titles.push_back(
            qtext(column == nullptr || column->title.empty() ? quantity.key : column->title));
    }
    panel_->setText(std::move(text));
    Q_EMIT reportChanged();
}

bool DownstreamPage::isSetting(const std::string& key) const {
    const QuantityChoice* choice = choices_ ? choices_->find(key) : nullptr;
    return choice != nullptr && choice->group == "Config";
}

} // namespace isoloss
