#include "ui/figures/scatter_figure.h"

#include "ui/figures/point_sizes.h"
#include "ui/figures/value_text.h"

#include <QCoreApplication>
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

namespace isoloss {
namespace {

constexpr qint64 line_base = qint64{1} << 48;
constexpr std::size_t most_error_bars = 60;   ///< above it, automatic error bars hide more than they show
constexpr std::size_t most_number_colors = 8; ///< more distinct numbers than these take the ramp
constexpr std::size_t most_legend_entries = 16;
constexpr int ramp_legend_steps = 5;
constexpr int mark_digits = 5;

QString tr(const char* text) {
    return QCoreApplication::translate("ScatterFigure", text);
}

QString mark_text(const FigureMark& mark) {
    const QString value = QString::number(mark.value, 'g', mark_digits).replace(u'-', QChar(0x2212));
    return mark.label.empty() ? value : qtext(mark.label) + u' ' + value;
}

/// Colours tell the first categories apart; further ones need the shape as well.
Marker marker_of(int index, const SeriesStyle& style) {
    return index < palette_size ? Marker::circle : style.marker;
}

/// Gives each table row its colour and collects the legend.
class Coloring {
public:
    Coloring(const CheckpointTable& table, const std::string& key, const std::vector<std::size_t>& rows,
             const Theme& theme)
        : theme_(theme), colors_(table.checkpoints.size(), theme.muted), markers_(table.checkpoints.size()) {
        const QuantityColumn* column = key == "run" ? nullptr : table.column(key);
        if (key.empty()) {
            for (const std::size_t row : rows)
                colors_[row] = theme.accent;
        } else if (column == nullptr) {
            by_run(table, rows);
        } else if (column->is_text) {
            by_text(*column, rows);
        } else {
            by_number(*column, rows);
        }
    }

    QColor color(std::size_t row) const { return colors_[row]; }

    Marker marker(std::size_t row) const { return markers_[row]; }

    std::vector<LegendEntry> take_legend() { return std::move(legend_); }

private:
    void by_run(const CheckpointTable& table, const std::vector<std::size_t>& rows) {
        std::set<RunId> seen;
        for (const std::size_t row : rows) {
            const RunRecord* run = table.run_of(row);
            if (run == nullptr) continue;
            const SeriesStyle style = theme_.series(run->color);
            colors_[row] = style.color;
            markers_[row] = marker_of(run->color, style);
            if (seen.insert(run->id).second) legend_.push_back(entry(qtext(run->name), style.color, markers_[row]));
        }
        shorten_legend();
    }

    void by_text(const QuantityColumn& column, const std::vector<std::size_t>& rows) {
        std::map<std::string, std::vector<std::size_t>> categories;
        for (const std::size_t row : rows)
            categories[column.texts[row]].push_back(row);
        int index = 0;
        for (const auto& [text, members] : categories) {
            if (text.empty()) {
                legend_.push_back({tr("not set"), theme_.muted, {}, {}});
                continue;
            }
            paint_category(qtext(text), index++, members);
        }
        shorten_legend();
    }

    void by_number(const QuantityColumn& column, const std::vector<std::size_t>& rows) {
        std::map<double, std::vector<std::size_t>> values;
        std::size_t undefined = 0;
        for (const std::size_t row : rows) {
            const auto& value = column.cells[row].value;
            if (value && std::isfinite(*value)) {
                values[*value].push_back(row);
            } else {
                ++undefined;
            }
        }
        if (values.size() <= most_number_colors) {
            int index = 0;
            for (const auto& [value, members] : values)
                paint_category(legend_number(column.key, value), index++, members);
        } else {
            ramp(column, values);
        }
        if (undefined > 0) legend_.push_back({tr("undefined"), theme_.muted, {}, {}});
    }

    void ramp(const QuantityColumn& column, const std::map<double, std::vector<std::size_t>>& values) {
        const double low = values.begin()->first, high = values.rbegin()->first;
        const bool logarithmic = low > 0 && high / low > 100;
        const auto place = [&](double value) {
            return logarithmic ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
        };
        for (const auto& [value, members] : values)
            for (const std::size_t row : members)
                colors_[row] = ramp_color(place(value), theme_);
        for (int i = 0; i < ramp_legend_steps; ++i) {
            const double share = static_cast<double>(i) / (ramp_legend_steps - 1);
            const double value = logarithmic ? low * std::pow(high / low, share) : std::lerp(low, high, share);
            legend_.push_back({legend_number(column.key, value), ramp_color(share, theme_), {}, {}});
        }
    }

    void paint_category(const QString& name, int index, const std::vector<std::size_t>& members) {
        const SeriesStyle style = theme_.series(index);
        for (const std::size_t row : members) {
            colors_[row] = style.color;
            markers_[row] = marker_of(index, style);
        }
        legend_.push_back(entry(name, style.color, marker_of(index, style)));
    }

    static LegendEntry entry(const QString& name, const QColor& color, Marker marker) {
        return {name, color, {}, marker == Marker::circle ? std::nullopt : std::optional<Marker>(marker)};
    }

    void shorten_legend() {
        if (legend_.size() <= most_legend_entries) return;
        const auto hidden = static_cast<int>(legend_.size() - most_legend_entries + 1);
        legend_.resize(most_legend_entries - 1);
        legend_.push_back({tr("and %1 more").arg(hidden), theme_.muted, {}, {}});
    }

    const Theme& theme_;
    std::vector<QColor> colors_;
    std::vector<Marker> markers_;
    std::vector<LegendEntry> legend_;
};

QString axis_title(const QuantityColumn& column, bool better_right) {
    QString title = qtext(column.title.empty() ? column.key : column.title);
    QStringList details;
    if (!column.unit.empty()) details << qtext(column.unit);
    if (better_right) details << tr("better to the right");
    if (!details.isEmpty()) title += QStringLiteral(" (%1)").arg(details.join(QStringLiteral(", ")));
    return title;
}

/// Why a cell cannot be drawn; empty when it can.
std::string obstacle(const QuantityColumn& column, std::size_t row, AxisScale scale) {
    const Cell& cell = column.cells[row];
    if (!cell.value) return cell.reason.empty() ? "have no " + column.key : column.key + ": " + cell.reason;
    if (!std::isfinite(*cell.value)) return "have a " + column.key + " that is not finite";
    if (scale == AxisScale::log && *cell.value <= 0)
        return "have a " + column.key + " at or below zero, which a logarithmic axis cannot show";
    return {};
}

struct Drawable {
    std::vector<std::size_t> rows;
    std::map<std::string, std::size_t> obstacles;
    std::size_t hidden = 0; ///< in runs that are not shown
};

Drawable drawable_rows(const CheckpointTable& table, const QuantityColumn& x, const QuantityColumn& y,
                       const FigureSpec& spec) {
    Drawable result;
    for (std::size_t row = 0; row < table.checkpoints.size(); ++row) {
        const RunRecord* run = table.run_of(row);
        if (run != nullptr && (!run->visible || run->archived)) {
            ++result.hidden;
            continue;
        }
        std::string reason = obstacle(x, row, spec.x_scale);
        if (reason.empty()) reason = obstacle(y, row, spec.y_scale);
        if (reason.empty()) {
            result.rows.push_back(row);
        } else {
            ++result.obstacles[reason];
        }
    }
    return result;
}

void add_remarks(const Drawable& drawable, const QuantityColumn& x, const QuantityColumn& y, ScatterFigure& figure) {
    std::vector<std::pair<std::string, std::size_t>> reasons(drawable.obstacles.begin(), drawable.obstacles.end());
    std::stable_sort(reasons.begin(), reasons.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    std::size_t undefined = 0;
    for (const auto& [reason, count] : reasons) {
        undefined += count;
        figure.remarks.push_back(count_text(static_cast<std::int64_t>(count)).toStdString() + " checkpoints " + reason);
    }
    for (const QuantityColumn* column : {&x, &y})
        if (!column->note.empty()) figure.remarks.push_back(column->title + ": " + column->note);
    const auto count = static_cast<std::int64_t>(drawable.rows.size());
    figure.chart.note = count == 1 ? tr("1 checkpoint") : tr("%1 checkpoints").arg(count_text(count));
    if (undefined > 0) figure.chart.note += tr(" · %1 undefined").arg(count_text(static_cast<std::int64_t>(undefined)));
    if (drawable.rows.empty() && drawable.hidden > 0 && reasons.empty()) {
        figure.chart.empty_text = tr("All runs are hidden or filtered out.");
    } else if (drawable.rows.empty()) {
        figure.chart.empty_text = tr("No checkpoint has both quantities.");
    }
}

/// Joins points of one line group in the order of the table: run, attempt, step.
void add_lines(const CheckpointTable& table, const FigureSpec& spec, const Theme& theme, ScatterFigure& figure) {
    if (spec.lines.empty()) return;
    const QuantityColumn* column = spec.lines == "run" ? nullptr : table.column(spec.lines);
    const auto group_of = [&](std::size_t row) -> std::string {
        if (column == nullptr) return std::to_string(table.checkpoints[row].run.value);
        if (column->is_text) return column->texts[row];
        const auto& value = column->cells[row].value;
        return value ? std::to_string(*value) : std::string();
    };
    std::map<std::string, std::vector<std::size_t>> groups; ///< chart points of each group
    for (std::size_t i = 0; i < figure.rows.size(); ++i)
        groups[group_of(figure.rows[i])].push_back(i);
    qint64 other = line_base << 1;
    for (auto& [name, members] : groups) {
        std::stable_sort(members.begin(), members.end(), [&](std::size_t a, std::size_t b) {
            const auto key = [&](std::size_t i) {
                const auto& step = table.checkpoints[figure.rows[i]].step;
                return step.value_or(std::numeric_limits<std::int64_t>::max());
            };
            return key(a) < key(b);
        });
        ChartPolyline line;
        const std::size_t first_row = figure.rows[members.front()];
        line.id = column == nullptr ? line_id(table.checkpoints[first_row].run) : other++;
        line.name = column == nullptr ? qtext(table.checkpoints[first_row].run_name) : qtext(name);
        line.color = figure.chart.points[members.front()].color;
        line.width = 1.0;
        for (const std::size_t i : members) {
            ChartPoint& point = figure.chart.points[i];
            if (point.color != line.color) line.color = theme.muted;
            point.line = line.id;
            line.points.emplace_back(point.x, point.y);
        }
        if (line.points.size() > 1) figure.chart.polylines.push_back(std::move(line));
    }
}

} // namespace

qint64 line_id(RunId run) {
    return line_base + run.value;
}

RunId run_of_line(qint64 id) {
    return RunId(id >= line_base ? id - line_base : 0);
}

bool x_descends(const FigureSpec& spec, Direction x_direction) {
    if (spec.x_order == AxisOrder::automatic) return x_direction == Direction::down;
    return spec.x_order == AxisOrder::descending;
}

QColor ramp_color(double share, const Theme& theme) {
    // Viridis at nine equal steps (matplotlib, CC0), without the end that vanishes on the background.
    static constexpr std::array<std::array<int, 3>, 9> viridis{{{68, 1, 84},
                                                                {71, 44, 122},
                                                                {59, 81, 139},
                                                                {44, 113, 142},
                                                                {33, 144, 141},
                                                                {39, 173, 129},
                                                                {92, 200, 99},
                                                                {170, 220, 50},
                                                                {253, 231, 37}}};
    const double low = theme.is_dark() ? 0.2 : 0.0, high = theme.is_dark() ? 1.0 : 0.86;
    const double position = std::lerp(low, high, std::clamp(share, 0.0, 1.0)) * (viridis.size() - 1);
    const auto below = std::min(static_cast<std::size_t>(position), viridis.size() - 2);
    const double rest = position - static_cast<double>(below);
    const auto channel = [&](std::size_t c) {
        return static_cast<int>(std::lround(std::lerp(viridis[below][c], viridis[below + 1][c], rest)));
    };
    return QColor(channel(0), channel(1), channel(2));
}

std::vector<std::string> scatter_keys(const FigureSpec& spec) {
    std::vector<std::string> keys;
    for (const std::string& key : {spec.x, spec.y, spec.colour, spec.lines, spec.size_by}) {
        const bool known = std::find(keys.begin(), keys.end(), key) != keys.end();
        if (!key.empty() && key != "run" && !known) keys.push_back(key);
    }
    return keys;
}

ScatterFigure scatter_figure(const CheckpointTable& table, const FigureSpec& spec, const Theme& theme) {
    ScatterFigure figure;
    ChartData& chart = figure.chart;
    const QuantityColumn* x = table.column(spec.x);
    const QuantityColumn* y = table.column(spec.y);
    if (x == nullptr || y == nullptr || x->is_text || y->is_text) {
        chart.empty_text = tr("Choose two quantities with numbers.");
        return figure;
    }
    const bool descending = x_descends(spec, x->direction);
    const bool better_right =
        (x->direction == Direction::down && descending) || (x->direction == Direction::up && !descending);
    chart.title = qtext(spec.title);
    chart.x.title = axis_title(*x, better_right && descending);
    chart.x.scale = spec.x_scale;
    chart.x.reversed = descending;
    chart.y.title = axis_title(*y, false);
    chart.y.scale = spec.y_scale;
    if (spec.x_min && spec.x_max) chart.x.fixed = AxisRange{*spec.x_min, *spec.x_max};
    if (spec.y_min && spec.y_max) chart.y.fixed = AxisRange{*spec.y_min, *spec.y_max};
    if (spec.band) chart.band = ChartBand{spec.band->centre, spec.band->half_width};

    for (const FigureMark& mark : spec.marks)
        chart.marks.push_back(
            {mark.axis == FigureMark::Axis::x ? Qt::Vertical : Qt::Horizontal, mark.value, mark_text(mark), {}});

    Drawable drawable = drawable_rows(table, *x, *y, spec);
    figure.rows = drawable.rows;
    const auto with_errors =
        static_cast<std::size_t>(std::count_if(figure.rows.begin(), figure.rows.end(), [&](std::size_t row) {
            return x->cells[row].standard_error || y->cells[row].standard_error;
        }));
    const bool error_bars = spec.error_bars == ErrorBars::shown ||
                            (spec.error_bars == ErrorBars::automatic && with_errors <= most_error_bars);
    Coloring coloring(table, spec.colour, figure.rows, theme);
    const PointSizes sizes(spec.size_by.empty() ? nullptr : table.column(spec.size_by), figure.rows);
    chart.sized = sizes.vary();
    chart.points.reserve(figure.rows.size());
    for (const std::size_t row : figure.rows) {
        ChartPoint point;
        point.id = table.checkpoints[row].id.value;
        point.x = *x->cells[row].value;
        point.y = *y->cells[row].value;
        if (error_bars) {
            point.x_error = x->cells[row].standard_error;
            point.y_error = y->cells[row].standard_error;
        }
        point.color = coloring.color(row);
        point.marker = coloring.marker(row);
        if (chart.sized) {
            point.size = sizes.diameter(row);
            point.hollow = sizes.undefined(row);
        }
        point.label = checkpoint_label(table.checkpoints[row]);
        chart.points.push_back(std::move(point));
    }
    chart.legend = coloring.take_legend();
    sizes.add_legend(theme, chart.legend);
    if (const std::string remark = sizes.remark(); !remark.empty()) figure.remarks.push_back(remark);
    add_lines(table, spec, theme, figure);
    add_remarks(drawable, *x, *y, figure);
    return figure;
}

} // namespace isoloss
