#include "app/commands/command.h"
#include "app/exit_code.h"

#include <CLI/CLI.hpp>
#include <spdlog/fmt/fmt.h>

#ifdef ISOLOSS_GUI
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "ui/figure_export.h"

#include <QApplication>
#include <cmath>
#include <map>
#endif

namespace isoloss {

#ifdef ISOLOSS_GUI

namespace {

struct ExportArguments {
    std::string project;
    std::string source; ///< a view's name or a recipe file
    std::vector<std::string> scatter;
    std::vector<std::string> curves;
    std::string colour, lines, size, title;
    std::string filter;
    std::string output;
    std::vector<double> band;
    std::vector<std::string> x_marks, y_marks; ///< LABEL=VALUE
    std::string x;
    bool log_x = false, log_y = false, error_bars = false;
    double smoothing = 0, gaussian = 0, running_mean = 0;
    std::string group, centre, spread, attempts;
    double percentile = 25;
    std::vector<std::string> curve_marks;
    bool members = false, without_outliers = false, symlog_y = false;
    double width_mm = 0, height_mm = 0;
    int dpi = 0;
};

Expected<FigureSpec> spec_of_view(Reader& reader, const std::string& name) {
    ISOLOSS_TRY(const auto views, reader.views());
    std::string known;
    for (const ViewRecord& view : views) {
        if (view.name == name) return parse_recipe(view.body, "view " + name);
        known += (known.empty() ? "" : ", ") + view.name;
    }
    return fail({ErrorKind::not_found,
                 {},
                 {},
                 "there is no view " + json_quote(name) + " and no such recipe file",
                 known.empty() ? "The project has no views yet; use --scatter or --curves" : "Views: " + known});
}

Expected<void> add_marks(const std::vector<std::string>& texts, FigureMark::Axis axis, FigureSpec& spec) {
    for (const std::string& text : texts) {
        const std::size_t equals = text.rfind('=');
        const auto value = equals == std::string::npos ? std::nullopt : parse_double(text.substr(equals + 1));
        if (!value || !std::isfinite(*value))
            return fail(ErrorKind::usage, json_quote(text) + " names no line",
                        "Give a label and a number, for example \"entropy floor=1.4712\"");
        spec.marks.push_back({axis, *value, text.substr(0, equals)});
    }
    return {};
}

const std::map<std::string, CurveX> curve_x_words{
    {"step", CurveX::step},   {"tokens", CurveX::tokens},          {"flops", CurveX::flops},
    {"epoch", CurveX::epoch}, {"relative", CurveX::relative_time}, {"wall", CurveX::wall_time}};
const std::map<std::string, BandCentre> centre_words{{"mean", BandCentre::mean}, {"median", BandCentre::median}};
const std::map<std::string, BandSpread> spread_words{
    {"none", BandSpread::none},       {"sd", BandSpread::standard_deviation}, {"se", BandSpread::standard_error},
    {"ci95", BandSpread::t_interval}, {"minmax", BandSpread::min_max},        {"percentile", BandSpread::percentiles}};
const std::map<std::string, AttemptRule> attempt_words{
    {"last", AttemptRule::last_wins}, {"all", AttemptRule::all}, {"split", AttemptRule::split}};

/// What only curves have. Words were checked when they were parsed.
void set_curve_options(const ExportArguments& arguments, FigureSpec& spec) {
    if (arguments.smoothing > 0) spec.smoothing = {SmoothingKind::ema, arguments.smoothing};
    if (arguments.gaussian > 0) spec.smoothing = {SmoothingKind::gaussian, arguments.gaussian};
    if (arguments.running_mean > 0) spec.smoothing = {SmoothingKind::running_mean, arguments.running_mean};
    if (const auto x = curve_x_words.find(arguments.x); x != curve_x_words.end()) {
        spec.curve_x = x->second;
    } else if (!arguments.x.empty()) {
        spec.curve_x = CurveX::series;
        spec.curve_x_series = arguments.x;
    }
    if (!arguments.group.empty()) spec.groups.by = arguments.group;
    if (!arguments.centre.empty()) spec.groups.centre = centre_words.at(arguments.centre);
    if (!arguments.spread.empty()) spec.groups.spread = spread_words.at(arguments.spread);
    if (arguments.percentile != FigureGroups().percentile) spec.groups.percentile = arguments.percentile;
    if (arguments.members) spec.groups.members = true;
    if (!arguments.attempts.empty()) spec.attempts = attempt_words.at(arguments.attempts);
    if (arguments.without_outliers) spec.without_outliers = true;
    if (arguments.symlog_y) spec.y_scale = AxisScale::symlog;
    for (const std::string& mark : arguments.curve_marks)
        (mark == "min" ? spec.mark_min : mark == "max" ? spec.mark_max : spec.mark_last) = true;
}

Expected<FigureSpec> figure_spec(Reader& reader, const ExportArguments& arguments) {
    FigureSpec spec;
    if (!arguments.source.empty()) {
        std::error_code ignored;
        if (std::filesystem::is_regular_file(arguments.source, ignored)) {
            ISOLOSS_TRY(spec, read_recipe(arguments.source));
        } else {
            ISOLOSS_TRY(spec, spec_of_view(reader, arguments.source));
        }
    } else if (!arguments.scatter.empty()) {
        spec.kind = FigureKind::scatter;
        spec.x = arguments.scatter[0];
        spec.y = arguments.scatter[1];
    } else if (!arguments.curves.empty()) {
        spec.kind = FigureKind::curves;
        for (const std::string& metric : arguments.curves)
            spec.charts.push_back(FigureChart::of(metric));
    } else {
        return fail(ErrorKind::usage, "nothing to draw was named",
                    "Name a view or a recipe, or use --scatter X Y or --curves METRIC");
    }
    // What is given on the command line wins over the recipe.
    if (!arguments.colour.empty()) spec.colour = arguments.colour;
    if (!arguments.lines.empty()) spec.lines = arguments.lines == "none" ? "" : arguments.lines;
    if (!arguments.size.empty()) spec.size_by = arguments.size == "none" ? "" : arguments.size;
    if (!arguments.filter.empty()) spec.filter = arguments.filter;
    if (!arguments.title.empty()) spec.title = arguments.title;
    if (arguments.log_x) spec.x_scale = AxisScale::log;
    if (arguments.log_y) spec.y_scale = AxisScale::log;
    if (arguments.error_bars) spec.error_bars = ErrorBars::shown;
    set_curve_options(arguments, spec);
    if (!arguments.band.empty()) spec.band = FigureBand{arguments.band[0], arguments.band[1]};
    ISOLOSS_TRY_VOID(add_marks(arguments.x_marks, FigureMark::Axis::x, spec));
    ISOLOSS_TRY_VOID(add_marks(arguments.y_marks, FigureMark::Axis::y, spec));
    if (arguments.width_mm > 0) {
        spec.size.height_mm *= arguments.width_mm / spec.size.width_mm; // keeps its shape
        spec.size.width_mm = arguments.width_mm;
    }
    if (arguments.height_mm > 0) spec.size.height_mm = arguments.height_mm;
    if (arguments.dpi > 0) spec.size.dpi = arguments.dpi;
    return spec;
}

Expected<void> export_to_file(const ExportArguments& arguments, const CommandContext& context) {
    ISOLOSS_TRY(const auto project, open_for_reading(arguments.project));
    ISOLOSS_TRY(const auto reader, project->reader());
    ISOLOSS_TRY(const FigureSpec spec, figure_spec(*reader, arguments));

    qputenv("QT_QPA_PLATFORM", "offscreen");
    int argc = 1;
    char name[] = "isoloss";
    char* argv[] = {name, nullptr};
    const QApplication application(argc, argv);
    ISOLOSS_TRY(const FigureReport report, export_figure(*reader, spec, arguments.output));

    if (context.json) {
        std::string remarks;
        for (const auto& remark : report.remarks)
            remarks += (remarks.empty() ? "" : ",") + json_quote(remark);
        fmt::print("{{\"file\":{},\"points\":{},\"remarks\":[{}]}}\n", json_quote(arguments.output), report.points,
                   remarks);
    } else if (!context.quiet) {
        fmt::print("{}: {} points\n", arguments.output, report.points);
        for (const auto& remark : report.remarks)
            fmt::print("Note: {}\n", remark);
    }
    return {};
}

template <typename Value>
std::vector<std::string> words_of(const std::map<std::string, Value>& values) {
    std::vector<std::string> words;
    for (const auto& [word, value] : values)
        words.push_back(word);
    return words;
}

void add_curve_options(CLI::App& command, ExportArguments& arguments) {
    command.add_option("--x", arguments.x,
                       "Of curves: step, tokens, flops, epoch, relative, wall, or the name of another series [step]");
    auto* smoothing = command.add_option("--smoothing", arguments.smoothing, "Weight of the debiased moving average")
                          ->check(CLI::Range(0.0, most_smoothing(SmoothingKind::ema)));
    auto* gaussian = command.add_option("--gaussian", arguments.gaussian, "Smooth by a Gaussian: its sd in points")
                         ->check(CLI::Range(0.0, most_smoothing(SmoothingKind::gaussian)))
                         ->excludes(smoothing);
    command.add_option("--running-mean", arguments.running_mean, "Smooth by the mean of so many points, centred")
        ->check(CLI::Range(0.0, most_smoothing(SmoothingKind::running_mean)))
        ->excludes(smoothing)
        ->excludes(gaussian);
    command.add_option("--group", arguments.group, "Draw a band for the runs of each value of a field, e.g. config.lr");
    command.add_option("--centre", arguments.centre, "Line of a band")->check(CLI::IsMember(words_of(centre_words)));
    command.add_option("--spread", arguments.spread, "Width of a band")->check(CLI::IsMember(words_of(spread_words)));
    command.add_option("--percentile", arguments.percentile, "P of a band from percentile P to 100 - P")
        ->check(CLI::Range(0.0, 50.0))
        ->capture_default_str();
    command.add_flag("--members", arguments.members, "Keep the runs of a group faint behind their band");
    command.add_option("--attempts", arguments.attempts, "Where a run was resumed: the last wins, all points, split")
        ->check(CLI::IsMember(words_of(attempt_words)));
    command.add_flag("--without-outliers", arguments.without_outliers, "Leave a few extreme values out of the y range");
    command.add_option("--mark", arguments.curve_marks, "Mark these places of curves")
        ->check(CLI::IsMember({"min", "max", "last"}))
        ->allow_extra_args(false);
    command.add_flag("--symlog-y", arguments.symlog_y, "Symmetric logarithmic y axis");
}

} // namespace

void add_export_command(CLI::App& app, CommandContext& context) {
    auto* command = app.add_subcommand("export", "Draw a figure or write its numbers, without a display");
    auto arguments = std::make_shared<ExportArguments>();
    command->add_option("-p,--project", arguments->project, "Project file")->required();
    auto* source = command->add_option("source", arguments->source,
                                       "Name of a saved view, a recipe (.json), or a figure that was exported before");
    auto* scatter = command
                        ->add_option("--scatter", arguments->scatter,
                                     "Two quantities, for example wikitext/bits_per_byte 'mean(*/acc)'")
                        ->expected(2)
                        ->excludes(source);
    command->add_option("--curves", arguments->curves, "Metrics, one chart each")->excludes(source)->excludes(scatter);
    command->add_option("--colour,--color", arguments->colour, "What colours the points: run, group, any quantity");
    command->add_option("--lines", arguments->lines, "What joins the points: run, group, none");
    command->add_option("--size", arguments->size, "What the areas of the points stand for: any quantity, none");
    command->add_option("--filter", arguments->filter, "Only what passes this filter");
    command->add_option("--band", arguments->band, "Band of equal loss: centre and half width")->expected(2);
    command
        ->add_option("--mark-x", arguments->x_marks, "A line across the figure at an x: LABEL=VALUE; may be repeated")
        ->allow_extra_args(false);
    command->add_option("--mark-y", arguments->y_marks, "The same at a y")->allow_extra_args(false);
    add_curve_options(*command, *arguments);
    command->add_flag("--log-x", arguments->log_x, "Logarithmic x axis");
    command->add_flag("--log-y", arguments->log_y, "Logarithmic y axis");
    command->add_flag("--error-bars", arguments->error_bars, "Draw standard errors");
    command->add_option("--title", arguments->title, "Title above the figure");
    command->add_option("--width", arguments->width_mm, "Width in mm; the height follows unless --height is given")
        ->check(CLI::Range(10.0, 2000.0));
    command->add_option("--height", arguments->height_mm, "Height in mm")->check(CLI::Range(10.0, 2000.0));
    command->add_option("--dpi", arguments->dpi, "Resolution of PNG")->check(CLI::Range(30, 2400));
    command->add_option("-o,--output", arguments->output, "File; its ending chooses: png, svg, pdf, csv, tex")
        ->required();
    command->add_flag("--json", context.json, "Print what was written as one JSON object");
    command->callback([&context, arguments] {
        context.run = [&context, arguments] {
            const auto done = export_to_file(*arguments, context);
            return done ? exit_status::done : report_error(done.error(), context);
        };
    });
}

#else

void add_export_command(CLI::App& app, CommandContext& context) {
    auto* command = app.add_subcommand("export", "Not in this build: figures need Qt (see README.md)");
    command->allow_extras();
    command->callback([&context] {
        context.run = [&context] {
            return report_error({ErrorKind::unsupported,
                                 {},
                                 {},
                                 "this Isoloss was built without Qt and cannot draw",
                                 "Use a build with the window, or `isoloss query --csv` for the numbers"},
                                context);
        };
    });
}

#endif

} // namespace isoloss
