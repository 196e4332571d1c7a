#include "ui/figures/figure_content.h"

#include "engine/store/reader.h"
#include "ui/figures/comparability.h"
#include "ui/figures/curve_cache.h"

#include <algorithm>
#include <cmath>

namespace isoloss {
namespace {

constexpr double columns_per_point = 4; ///< detail of curves on paper: four columns for each 1/72 inch

Expected<FigureContent> load_scatter(Reader& reader, const FigureSpec& spec, const Theme& theme) {
    ISOLOSS_TRY(const CheckpointTable table, load_checkpoint_table(reader, spec.filter, scatter_keys(spec)));
    for (const std::string& key : {spec.x, spec.y, spec.size_by}) {
        if (key.empty()) continue;
        const QuantityColumn* column = table.column(key);
        if (column == nullptr || column->is_text) {
            return fail(ErrorKind::usage, "\"" + key + "\" is no quantity with numbers",
                        "Choose one that `isoloss query --of values` lists");
        }
    }
    ScatterFigure figure = scatter_figure(table, spec, theme);
    if (figure.chart.points.empty()) {
        std::string why;
        for (const std::string& remark : figure.remarks)
            why += (why.empty() ? ": " : "; ") + remark;
        return fail(ErrorKind::not_found, "There is nothing to draw" + why,
                    "Choose other quantities or a wider filter");
    }
    ISOLOSS_TRY(const std::string warning, comparability_warning(reader, table, spec.x));
    FigureContent content;
    content.marks = figure.chart.points.size();
    content.remarks = std::move(figure.remarks);
    if (!warning.empty()) content.remarks.insert(content.remarks.begin(), warning);
    content.charts.push_back(std::move(figure.chart));
    return content;
}

Expected<FigureContent> load_curve_charts(Reader& reader, const FigureSpec& spec, const Theme& theme) {
    ISOLOSS_TRY(const CurveScene scene, scene_of_figure(reader, spec));
    const int columns = static_cast<int>(std::ceil(spec.size.width_mm / 25.4 * 72 * columns_per_point));
    CurveCache cache;
    FigureContent content;
    for (const FigureChart& chart : spec.charts) {
        ISOLOSS_TRY(const CurveSet set, load_curves(reader, cache, chart, scene, spec, columns));
        if (set.curves.empty()) content.remarks.push_back("no shown run has " + chart.shown_title());
        content.marks += set.curves.size();
        content.charts.push_back(curves_chart(set, spec, theme));
    }
    if (content.marks == 0) {
        return fail(ErrorKind::not_found,
                    "There is nothing to draw: no shown run has " + (spec.charts.size() == 1
                                                                         ? spec.charts.front().shown_title()
                                                                         : std::string("one of these metrics")),
                    "Choose another metric or a wider filter");
    }
    return content;
}

} // namespace

Expected<FigureContent> load_figure(Reader& reader, const FigureSpec& spec, const Theme& theme) {
    return spec.kind == FigureKind::scatter ? load_scatter(reader, spec, theme)
                                            : load_curve_charts(reader, spec, theme);
}

} // namespace isoloss
