#include "ui/figures/figure_spec.h"

#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "ui/figures/curves_recipe.h"
#include "ui/figures/recipe_members.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace isoloss {
namespace {

constexpr std::string_view recipe_format = "figure";
constexpr std::int64_t recipe_version = 1;

constexpr Names<FigureKind, 2> kind_names{{{FigureKind::scatter, "scatter"}, {FigureKind::curves, "curves"}}};
constexpr Names<AxisScale, 3> scale_names{
    {{AxisScale::linear, "linear"}, {AxisScale::log, "log"}, {AxisScale::symlog, "symlog"}}};
constexpr Names<AxisOrder, 3> order_names{
    {{AxisOrder::automatic, "automatic"}, {AxisOrder::ascending, "ascending"}, {AxisOrder::descending, "descending"}}};
constexpr Names<ErrorBars, 3> error_bar_names{
    {{ErrorBars::automatic, "automatic"}, {ErrorBars::hidden, "hidden"}, {ErrorBars::shown, "shown"}}};
constexpr Names<FigureMark::Axis, 2> mark_axis_names{{{FigureMark::Axis::x, "x"}, {FigureMark::Axis::y, "y"}}};

std::string band_json(const FigureBand& band) {
    return "{\"centre\": " + number_text(band.centre) + ", \"half_width\": " + number_text(band.half_width) + "}";
}

std::string marks_json(const std::vector<FigureMark>& marks) {
    std::string list;
    for (const FigureMark& mark : marks)
        list += (list.empty() ? "" : ", ") + ("{\"axis\": " + json_quote(name_of(mark_axis_names, mark.axis))) +
                ", \"value\": " + number_text(mark.value) + ", \"label\": " + json_quote(mark.label) + "}";
    return "[" + list + "]";
}

std::string size_json(const FigureSize& size) {
    return "{\"width_mm\": " + number_text(size.width_mm) + ", \"height_mm\": " + number_text(size.height_mm) +
           ", \"dpi\": " + number_text(static_cast<std::int64_t>(size.dpi)) + "}";
}

void read_band(MemberReader& reader, FigureSpec& spec) {
    const rapidjson::Value* member = reader.member("band");
    if (member == nullptr || member->IsNull()) return;
    const auto centre = json_number(*member, "centre");
    const auto half_width = json_number(*member, "half_width");
    if (!centre || !half_width || !std::isfinite(*centre) || !(*half_width > 0) || !std::isfinite(*half_width))
        return reader.wrong("band", "needs a finite centre and a positive half_width");
    spec.band = FigureBand{*centre, *half_width};
}

void read_marks(MemberReader& reader, FigureSpec& spec) {
    const rapidjson::Value* member = reader.member("marks");
    if (member == nullptr) return;
    if (!member->IsArray()) return reader.wrong("marks", "is no list");
    for (const auto& element : member->GetArray()) {
        const auto axis = json_string(element, "axis");
        const auto value = json_number(element, "value");
        if ((axis != "x" && axis != "y") || !value || !std::isfinite(*value))
            return reader.wrong("marks", "needs an axis, x or y, and a finite value for each line");
        spec.marks.push_back({axis == "x" ? FigureMark::Axis::x : FigureMark::Axis::y, *value,
                              std::string(json_string(element, "label").value_or(std::string_view()))});
    }
}

void read_size(MemberReader& reader, FigureSpec& spec) {
    const rapidjson::Value* member = reader.member("size");
    if (member == nullptr) return;
    const double width = json_number(*member, "width_mm").value_or(spec.size.width_mm);
    const double height = json_number(*member, "height_mm").value_or(spec.size.height_mm);
    const std::int64_t dpi = json_int(*member, "dpi").value_or(spec.size.dpi);
    const auto sensible = [](double mm) { return mm >= 10 && mm <= 2000; };
    if (!sensible(width) || !sensible(height)) return reader.wrong("size", "is outside 10 to 2,000 mm");
    if (dpi < 30 || dpi > 2400) return reader.wrong("size", "has a dpi outside 30 to 2,400");
    spec.size = FigureSize{width, height, static_cast<int>(dpi)};
}

} // namespace

std::string FigureChart::shown_title() const {
    if (!title.empty()) return title;
    std::string names;
    for (const FigureMetric& metric : metrics)
        names += (names.empty() ? "" : ", ") + metric.name;
    return names;
}

bool FigureChart::has_right_axis() const {
    return std::ranges::any_of(metrics, [](const FigureMetric& metric) { return metric.side == YSide::right; });
}

std::string recipe_json(const FigureSpec& spec) {
    MemberWriter out;
    out.text("isoloss", recipe_format);
    out.raw("version", number_text(recipe_version));
    out.text("kind", name_of(kind_names, spec.kind));
    out.optional_text("title", spec.title);
    out.optional_text("filter", spec.filter);
    if (spec.kind == FigureKind::scatter) {
        out.text("x", spec.x);
        out.text("y", spec.y);
        out.text("colour", spec.colour);
        out.text("lines", spec.lines);
        out.optional_text("size_by", spec.size_by);
        out.text("x_order", name_of(order_names, spec.x_order));
        out.text("error_bars", name_of(error_bar_names, spec.error_bars));
        if (spec.band) out.raw("band", band_json(*spec.band));
        if (!spec.marks.empty()) out.raw("marks", marks_json(spec.marks));
    } else {
        write_curves(out, spec);
    }
    out.text("x_scale", name_of(scale_names, spec.x_scale));
    out.text("y_scale", name_of(scale_names, spec.y_scale));
    out.optional_number("x_min", spec.x_min);
    out.optional_number("x_max", spec.x_max);
    out.optional_number("y_min", spec.y_min);
    out.optional_number("y_max", spec.y_max);
    out.raw("size", size_json(spec.size));
    return out.finish();
}

Expected<FigureSpec> parse_recipe(std::string_view json, std::string_view file) {
    ISOLOSS_TRY(const rapidjson::Document document, parse_json(json, file, JsonLimits{1 << 20, 20}));
    if (!document.IsObject() || json_string(document, "isoloss") != recipe_format) {
        return fail(Error{ErrorKind::foreign, std::string(file), "member isoloss", "is no figure recipe of Isoloss",
                          "Give a file that Isoloss exported"});
    }
    if (json_int(document, "version").value_or(0) > recipe_version) {
        return fail(Error{ErrorKind::newer, std::string(file), "member version", "was written by a newer Isoloss",
                          "Update Isoloss"});
    }
    FigureSpec spec;
    MemberReader reader(document, file);
    reader.choice("kind", kind_names, spec.kind);
    reader.text("title", spec.title);
    reader.text("filter", spec.filter);
    reader.text("x", spec.x);
    reader.text("y", spec.y);
    reader.text("colour", spec.colour);
    reader.text("lines", spec.lines);
    reader.text("size_by", spec.size_by);
    reader.choice("x_order", order_names, spec.x_order);
    reader.choice("error_bars", error_bar_names, spec.error_bars);
    read_band(reader, spec);
    read_marks(reader, spec);
    read_curves(reader, spec);
    reader.choice("x_scale", scale_names, spec.x_scale);
    reader.choice("y_scale", scale_names, spec.y_scale);
    reader.optional_number("x_min", spec.x_min);
    reader.optional_number("x_max", spec.x_max);
    reader.optional_number("y_min", spec.y_min);
    reader.optional_number("y_max", spec.y_max);
    read_size(reader, spec);
    if (spec.kind == FigureKind::scatter && (spec.x.empty() || spec.y.empty()))
        reader.wrong(spec.x.empty() ? "x" : "y", "is missing");
    if (spec.kind == FigureKind::curves && spec.curve_x == CurveX::series && spec.curve_x_series.empty())
        reader.wrong("curve_x_series", "is missing");
    if (spec.kind == FigureKind::curves && spec.charts.empty()) reader.wrong("metrics", "is missing or empty");
    if (reader.error()) return fail(*reader.error());
    return spec;
}

} // namespace isoloss
