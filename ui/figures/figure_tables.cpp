#include "ui/figures/figure_tables.h"

#include "engine/analysis/checkpoint_table.h"
#include "engine/base/csv_text.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/series/smoothing.h"
#include "engine/store/reader.h"
#include "ui/figures/curves_figure.h"
#include "ui/figures/figure_content.h"
#include "ui/figures/scatter_figure.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>

namespace isoloss {
namespace {

constexpr std::string_view recipe_comment = "# recipe: ";

std::string number_field(const std::optional<double>& value) {
    return value ? number_text(*value) : std::string();
}

/// The recipe on one line: JSON ignores the line ends that recipe_json puts between members.
std::string recipe_line(const FigureSpec& spec) {
    std::string line = recipe_json(spec);
    std::replace(line.begin(), line.end(), '\n', ' ');
    return std::string(recipe_comment) + line + '\n';
}

Expected<FigureTable> scatter_csv(Reader& reader, const FigureSpec& spec) {
    ISOLOSS_TRY(const CheckpointTable table, load_checkpoint_table(reader, spec.filter, scatter_keys(spec)));
    ScatterFigure figure = scatter_figure(table, spec, Theme::light());
    const QuantityColumn* x = table.column(spec.x);
    const QuantityColumn* y = table.column(spec.y);
    if (figure.rows.empty() || x == nullptr || y == nullptr)
        return fail(ErrorKind::not_found, "There is nothing to write: no checkpoint has both quantities",
                    "Choose other quantities or a wider filter");
    const QuantityColumn* colour = table.column(spec.colour);
    const bool with_colour = colour != nullptr && colour != x && colour != y;
    const QuantityColumn* size = figure.chart.sized ? table.column(spec.size_by) : nullptr;
    const bool with_size = size != nullptr && size != x && size != y && size != colour;

    FigureTable result;
    result.remarks = figure.remarks;
    result.text = recipe_line(spec);
    for (const std::string& remark : figure.remarks)
        result.text += "# " + remark + '\n';
    for (const FigureMark& mark : spec.marks)
        result.text += "# line at " + std::string(mark.axis == FigureMark::Axis::x ? "x" : "y") + " = " +
                       number_text(mark.value) + (mark.label.empty() ? "" : ": " + mark.label) + '\n';
    result.text += "run,attempt,step," + csv_text_field(x->key) + ',' + csv_text_field(x->key + " stderr") + ',' +
                   csv_text_field(y->key) + ',' + csv_text_field(y->key + " stderr");
    if (with_colour) result.text += ',' + csv_text_field(colour->key);
    if (with_size) result.text += ',' + csv_text_field(size->key);
    if (spec.band) result.text += ",in_band";
    result.text += '\n';
    for (const std::size_t row : figure.rows) {
        const CheckpointRecord& checkpoint = table.checkpoints[row];
        result.text += csv_text_field(checkpoint.run_name) + ',' + std::to_string(checkpoint.attempt) + ',' +
                       (checkpoint.step ? std::to_string(*checkpoint.step) : std::string("final"));
        for (const QuantityColumn* column : {x, y})
            result.text +=
                ',' + number_field(column->cells[row].value) + ',' + number_field(column->cells[row].standard_error);
        if (with_colour)
            result.text +=
                ',' + (colour->is_text ? csv_text_field(colour->texts[row]) : number_field(colour->cells[row].value));
        if (with_size) result.text += ',' + number_field(size->cells[row].value);
        if (spec.band) {
            const bool inside = std::abs(*x->cells[row].value - spec.band->centre) <= spec.band->half_width;
            result.text += inside ? ",1" : ",0";
        }
        result.text += '\n';
    }
    result.rows = figure.rows.size();
    return result;
}

/// The smoothed value of every point, attempt after attempt: it runs on over restarts and passes over points
/// that a later attempt replaced, as it does on the screen.
std::vector<std::vector<std::optional<double>>> smoothed_columns(const std::vector<PointsOfAttempt>& attempts,
                                                                 const Smoothing& smoothing) {
    std::vector<std::vector<std::optional<double>>> columns(attempts.size());
    std::vector<double> shown;
    std::vector<std::pair<std::size_t, std::size_t>> places;
    for (std::size_t a = 0; a < attempts.size(); ++a) {
        const PointColumns& points = attempts[a].points;
        columns[a].resize(points.size());
        std::int64_t replaced_from = std::numeric_limits<std::int64_t>::max();
        for (std::size_t later = a + 1; later < attempts.size(); ++later)
            if (!attempts[later].points.steps.empty())
                replaced_from = std::min(replaced_from, attempts[later].points.steps.front());
        for (std::size_t i = 0; i < points.size() && points.steps[i] < replaced_from; ++i) {
            shown.push_back(points.value(i));
            places.emplace_back(a, i);
        }
    }
    const std::vector<double> values = smoothed(shown, smoothing);
    for (std::size_t i = 0; i < values.size(); ++i)
        columns[places[i].first][places[i].second] = values[i];
    return columns;
}

Expected<void> append_series(Reader& reader, const FigureSpec& spec, const CurveSource& source, std::string_view metric,
                             FigureTable& result) {
    std::vector<std::string> damaged;
    ISOLOSS_TRY(const std::vector<PointsOfAttempt> attempts, reader.points(source.series, {}, {}, &damaged));
    result.remarks.insert(result.remarks.end(), damaged.begin(), damaged.end());
    std::vector<std::vector<std::optional<double>>> smoothed_values;
    if (spec.smoothing.active()) smoothed_values = smoothed_columns(attempts, spec.smoothing);
    for (std::size_t a = 0; a < attempts.size(); ++a) {
        const PointColumns& points = attempts[a].points;
        const std::string prefix = csv_text_field(source.run.name) + ',' + csv_text_field(metric) + ',' +
                                   std::to_string(attempts[a].attempt) + ',';
        for (std::size_t i = 0; i < points.size(); ++i) {
            result.text += prefix;
            result.text += std::to_string(points.steps[i]);
            result.text += ',';
            if (!std::isnan(points.wall_times[i])) result.text += number_text(points.wall_times[i]);
            result.text += ',';
            result.text +=
                points.is_float32() ? number_text(static_cast<float>(points.value(i))) : number_text(points.value(i));
            if (!smoothed_values.empty()) result.text += ',' + number_field(smoothed_values[a][i]);
            result.text += '\n';
        }
        result.rows += points.size();
    }
    return {};
}

Expected<FigureTable> curves_csv(Reader& reader, const FigureSpec& spec) {
    ISOLOSS_TRY(const CurveScene scene, scene_of_figure(reader, spec));

    FigureTable result;
    result.text = recipe_line(spec);
    if (spec.smoothing.active())
        result.text += "# smoothed, on over restarts: " + smoothing_formula(spec.smoothing) + '\n';
    result.text += "run,metric,attempt,step,wall_time,value";
    result.text += spec.smoothing.active() ? ",smoothed\n" : "\n";
    std::set<SeriesId> written;
    for (const FigureChart& chart : spec.charts) {
        const std::vector<CurveSource> sources = scene.series->sources(scene.runs, chart);
        for (const CurveSource& source : sources)
            if (written.insert(source.series).second)
                ISOLOSS_TRY_VOID(append_series(reader, spec, source, chart.metrics[source.metric].name, result));
        if (sources.empty()) result.remarks.push_back("no shown run has " + chart.shown_title());
    }
    if (result.rows == 0)
        return fail(ErrorKind::not_found, "There is nothing to write: no shown run has these metrics",
                    "Choose another metric or a wider filter");
    return result;
}

/// Text for TeX: the characters that have a meaning there are escaped.
std::string tex_text(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        switch (c) {
        case '\\':
            escaped += "\\textbackslash{}";
            break;
        case '^':
            escaped += "\\textasciicircum{}";
            break;
        case '~':
            escaped += "\\textasciitilde{}";
            break;
        case '&':
        case '%':
        case '$':
        case '#':
        case '_':
        case '{':
        case '}':
            escaped += '\\';
            escaped += c;
            break;
        default:
            escaped += c;
        }
    }
    return escaped;
}

std::string tex_color(const QColor& color) {
    return "{rgb,255:red," + std::to_string(color.red()) + ";green," + std::to_string(color.green()) + ";blue," +
           std::to_string(color.blue()) + "}";
}

std::string axis_options(const ChartData& chart, const FigureSpec& spec, double height_mm) {
    std::string options = "  width=" + number_text(spec.size.width_mm) + "mm, height=" + number_text(height_mm) +
                          "mm,\n  xlabel={" + tex_text(chart.x.title.toStdString()) + "}, ylabel={" +
                          tex_text(chart.y.title.toStdString()) + "},\n  title={" +
                          tex_text(chart.title.toStdString()) + "},\n  grid=major, legend pos=outer north east,\n";
    if (chart.x.scale == AxisScale::log) options += "  xmode=log,\n";
    if (chart.y.scale == AxisScale::log) options += "  ymode=log,\n";
    if (chart.x.reversed) options += "  x dir=reverse,\n";
    // pgfplots fits its axes to plots alone, so that lines across them need the limits of the other formats.
    if (!chart.marks.empty()) {
        const ChartRange range = data_range(chart);
        options += "  xmin=" + number_text(range.x.min) + ", xmax=" + number_text(range.x.max) +
                   ",\n  ymin=" + number_text(range.y.min) + ", ymax=" + number_text(range.y.max) + ",\n";
    }
    return options;
}

/// One plot of a chart: its rows of x, y, x error, y error. All plots share one data file and pick their rows by
/// number.
struct Block {
    std::string name;
    QColor color;
    bool connected = true;
    Marker marker = Marker::circle;
    bool with_errors = false;
    bool sized = false; ///< rows have a fifth number, the radius of the mark in points
    bool hollow = false;
    std::vector<std::string> rows = {};
};

/// Radius of a mark in points for a diameter in logical pixels.
double tex_radius(double diameter) {
    return std::round(diameter * 20) / 100;
}

const char* tex_mark(Marker marker) {
    switch (marker) {
    case Marker::circle:
        return "*";
    case Marker::square:
        return "square*";
    case Marker::triangle:
        return "triangle*";
    case Marker::triangle_down:
        return "triangle*, mark options={rotate=180}";
    case Marker::diamond:
        return "diamond*";
    case Marker::plus:
        return "+";
    case Marker::cross:
        return "x";
    }
    return "*";
}

/// A plot without a name takes no place in the legend: its entries belong to the plots in their order.
std::string plot_options(const Block& block) {
    std::string options =
        block.connected ? std::string("no marks") : std::string("only marks, mark=") + tex_mark(block.marker);
    const std::string color = tex_color(block.color);
    if (block.sized) {
        options += ", scatter, scatter src=y, visualization depends on={\\thisrow{radius}\\as\\pointradius}, "
                   "scatter/@pre marker code/.append style={/tikz/mark size=\\pointradius}, "
                   "scatter/use mapped color={draw=" +
                   color + ", fill=" + (block.hollow ? "none" : color) + "}";
    } else if (!block.connected) {
        options += ", mark size=" + number_text(tex_radius(ChartPoint().size)) + "pt";
    }
    if (block.name.empty()) options += ", forget plot";
    options += ", color=" + color;
    if (block.with_errors) options += ", error bars/.cd, x dir=both, x explicit, y dir=both, y explicit";
    return options;
}

std::vector<Block> blocks_of(const ChartData& chart) {
    std::vector<Block> blocks;
    for (const ChartLine& line : chart.lines) {
        Block block{line.name.toStdString(), line.color};
        if (!line.curve) continue;
        for (const LineStretch& stretch : *line.curve) {
            for (std::size_t i = 0; i < stretch.size(); ++i) {
                const auto add = [&](double x, float y) {
                    block.rows.push_back(number_text(x) + ' ' + number_text(y) + " 0 0");
                };
                add(stretch.x_first[i], stretch.first[i]);
                if (stretch.min[i] < stretch.max[i]) {
                    add(stretch.x_first[i], stretch.min[i]);
                    add(stretch.x_last[i], stretch.max[i]);
                    add(stretch.x_last[i], stretch.last[i]);
                }
            }
            block.rows.emplace_back("nan nan 0 0");
        }
        blocks.push_back(std::move(block));
    }
    for (const ChartPolyline& line : chart.polylines) {
        Block block{{}, line.color};
        for (const QPointF& point : line.points)
            block.rows.push_back(number_text(point.x()) + ' ' + number_text(point.y()) + " 0 0");
        blocks.push_back(std::move(block));
    }
    std::map<std::tuple<QRgb, Marker, bool>, Block> by_style;
    for (const ChartPoint& point : chart.points) {
        Block& block = by_style
                           .try_emplace({point.color.rgb(), point.marker, point.hollow},
                                        Block{{}, point.color, false, point.marker, false, chart.sized, point.hollow})
                           .first->second;
        block.with_errors |= point.x_error || point.y_error;
        block.rows.push_back(number_text(point.x) + ' ' + number_text(point.y) + ' ' +
                             number_text(point.x_error.value_or(0)) + ' ' + number_text(point.y_error.value_or(0)));
        if (chart.sized) block.rows.back() += ' ' + number_text(tex_radius(point.size));
    }
    std::set<std::string> named;
    for (auto& [style, block] : by_style) {
        for (const LegendEntry& entry : chart.legend)
            if (!entry.size && entry.color.isValid() && block.name.empty() &&
                entry.color.rgb() == std::get<QRgb>(style) &&
                entry.marker.value_or(Marker::circle) == std::get<Marker>(style) &&
                named.insert(entry.text.toStdString()).second)
                block.name = entry.text.toStdString();
        blocks.push_back(std::move(block));
    }
    return blocks;
}

/// Lines across the axes with their labels: of a vertical one at its foot, on the side with more room, of a horizontal
/// one at its right end.
std::string mark_lines(const ChartData& chart) {
    const auto limit = [](const char* name) { return std::string("\\pgfkeysvalueof{/pgfplots/") + name + "}"; };
    const AxisRange x = data_range(chart).x;
    std::string tex;
    for (const ChartMark& mark : chart.marks) {
        const std::string value = number_text(mark.value);
        std::string from, to;
        bool label_left = true;
        if (mark.orientation == Qt::Vertical) {
            from = value + "," + limit("ymax");
            to = value + "," + limit("ymin");
            label_left = (mark.value > (x.min + x.max) / 2) != chart.x.reversed;
        } else {
            from = limit(chart.x.reversed ? "xmax" : "xmin") + "," + value;
            to = limit(chart.x.reversed ? "xmin" : "xmax") + "," + value;
        }
        tex += "\\draw[gray, dashed] (axis cs:" + from + ") -- (axis cs:" + to + ") node[anchor=south " +
               (label_left ? "east" : "west") + ", font=\\footnotesize] {" + tex_text(mark.label.toStdString()) +
               "};\n";
    }
    return tex;
}

/// Entries that belong to no plot: what the sizes of the marks mean.
std::string size_legend(const ChartData& chart) {
    std::string tex;
    if (!chart.sized) return tex;
    for (const LegendEntry& entry : chart.legend) {
        if (entry.color.isValid() && !entry.size) continue;
        tex += entry.size ? "\\addlegendimage{only marks, mark=" + std::string(entry.hollow ? "o" : "*") +
                                ", mark size=" + number_text(tex_radius(*entry.size)) +
                                "pt, color=" + tex_color(entry.color) + "}\n"
                          : "\\addlegendimage{empty legend}\n";
        tex += "\\addlegendentry{" + tex_text(entry.text.toStdString()) + "}\n";
    }
    return tex;
}

} // namespace

Expected<FigureTable> figure_csv(Reader& reader, const FigureSpec& spec) {
    return spec.kind == FigureKind::scatter ? scatter_csv(reader, spec) : curves_csv(reader, spec);
}

Expected<FigureSpec> recipe_of_csv(std::string_view text, std::string_view file) {
    if (!text.starts_with(recipe_comment)) {
        return fail(Error{ErrorKind::not_found, std::string(file), "line 1", "holds no recipe of a figure",
                          "Give a file that Isoloss exported"});
    }
    text.remove_prefix(recipe_comment.size());
    return parse_recipe(text.substr(0, text.find('\n')), file);
}

Expected<PgfplotsFigure> figure_pgfplots(Reader& reader, const FigureSpec& spec, std::string_view data_name) {
    ISOLOSS_TRY(const FigureContent content, load_figure(reader, spec, Theme::light()));
    PgfplotsFigure result;
    result.remarks = content.remarks;
    std::string recipe = recipe_line(spec);
    recipe.front() = '%';
    result.tex = recipe + "% needs \\usepackage{pgfplots} and \\pgfplotsset{compat=1.16}\n\\begin{tikzpicture}\n";
    const auto charts = static_cast<double>(content.charts.size());
    const bool sized =
        std::any_of(content.charts.begin(), content.charts.end(), [](const ChartData& chart) { return chart.sized; });
    result.data = sized ? "block x y xerr yerr radius\n" : "block x y xerr yerr\n";
    int block_number = 0;
    double shift = 0;
    for (const ChartData& chart : content.charts) {
        const double height = spec.size.height_mm / charts;
        result.tex +=
            "\\begin{axis}[\n" + axis_options(chart, spec, height) + "  yshift=-" + number_text(shift) + "mm,\n]\n";
        shift += height;
        for (const Block& block : blocks_of(chart)) {
            const std::string number = std::to_string(block_number++);
            for (const std::string& row : block.rows)
                result.data += number + ' ' + row + (sized && !block.sized ? " 0\n" : "\n");
            result.rows += block.rows.size();
            result.tex += "\\addplot[unbounded coords=jump, restrict expr to domain={\\thisrow{block}}{" + number +
                          ":" + number + "}, " + plot_options(block) + "]\n  table[" +
                          (block.with_errors ? "x error=xerr, y error=yerr, " : "") + "x=x, y=y] {" +
                          std::string(data_name) + "};\n";
            if (!block.name.empty()) result.tex += "\\addlegendentry{" + tex_text(block.name) + "}\n";
        }
        result.tex += size_legend(chart) + mark_lines(chart);
        result.tex += "\\end{axis}\n";
    }
    result.tex += "\\end{tikzpicture}\n";
    return result;
}

} // namespace isoloss
