#include "engine/store/points_plan.h"

#include "engine/store/sqlite_api.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace isoloss {

namespace {

constexpr char is_run = 'r', is_metric = 'm', is_attempt = 'a';
constexpr char at_step = '=', from_step = 'f', behind_step = '>', to_step = 't', before_step = '<';

// Guesses for the planner: nothing is known of the run and the metric before the statement runs.
constexpr double usual_points = 1e6, start_cost = 100, hopeless_cost = 1e99;
constexpr double share_of_range = 0.25, share_of_step = 0.001;

/// What a constraint is good for; 0: nothing.
char meaning_of(PointsColumn column, int operation) {
    const bool is_equal = operation == SQLITE_INDEX_CONSTRAINT_EQ;
    if (column == PointsColumn::run) return is_equal ? is_run : 0;
    if (column == PointsColumn::metric) return is_equal ? is_metric : 0;
    if (column == PointsColumn::attempt) return is_equal ? is_attempt : 0;
    if (column != PointsColumn::step) return 0;
    switch (operation) {
    case SQLITE_INDEX_CONSTRAINT_EQ:
        return at_step;
    case SQLITE_INDEX_CONSTRAINT_GE:
        return from_step;
    case SQLITE_INDEX_CONSTRAINT_GT:
        return behind_step;
    case SQLITE_INDEX_CONSTRAINT_LE:
        return to_step;
    case SQLITE_INDEX_CONSTRAINT_LT:
        return before_step;
    default:
        return 0;
    }
}

/// The order of the cursor that makes sorting needless, if one does.
std::optional<PointQuery::Order> order_asked_for(const sqlite3_index_info& index) {
    constexpr PointsColumn by_step[] = {PointsColumn::step, PointsColumn::run_id, PointsColumn::attempt};
    constexpr PointsColumn by_run[] = {PointsColumn::run_id, PointsColumn::attempt};
    const std::span terms(index.aOrderBy, static_cast<std::size_t>(std::max(index.nOrderBy, 0)));
    const auto begins = [&](std::span<const PointsColumn> columns) {
        return !terms.empty() && terms.size() <= columns.size() &&
               std::equal(terms.begin(), terms.end(), columns.begin(), [](const auto& term, PointsColumn column) {
                   return term.desc == 0 && static_cast<PointsColumn>(term.iColumn) == column;
               });
    };
    if (begins(by_step)) return PointQuery::Order::by_step;
    if (begins(by_run)) return PointQuery::Order::by_run;
    return std::nullopt;
}

constexpr std::int64_t lowest_step = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t highest_step = std::numeric_limits<std::int64_t>::max();

/// The steps next to a number: the lowest that is not below it, the highest that is not above it; one and the same for
/// a whole number. A number beyond all steps has none on that side.
struct NextSteps {
    std::optional<std::int64_t> not_below, not_above;
};

/// Nothing for what is no number.
std::optional<NextSteps> steps_next_to(sqlite3_value* argument) {
    switch (sqlite3_value_numeric_type(argument)) {
    case SQLITE_INTEGER: {
        const std::int64_t step = sqlite3_value_int64(argument);
        return NextSteps{step, step};
    }
    case SQLITE_FLOAT: {
        const double number = sqlite3_value_double(argument);
        if (number >= 0x1p63) return NextSteps{std::nullopt, highest_step};
        if (number < -0x1p63) return NextSteps{lowest_step, std::nullopt};
        return NextSteps{static_cast<std::int64_t>(std::ceil(number)), static_cast<std::int64_t>(std::floor(number))};
    }
    default:
        return std::nullopt;
    }
}

std::optional<std::int64_t> step_after(std::optional<std::int64_t> step) {
    return step && *step < highest_step ? std::optional(*step + 1) : std::nullopt;
}

std::optional<std::int64_t> step_before(std::optional<std::int64_t> step) {
    return step && *step > lowest_step ? std::optional(*step - 1) : std::nullopt;
}

/// Narrows the steps by a comparison with `argument`; false when no step is left.
bool narrow(PointQuery& query, char meaning, sqlite3_value* argument) {
    const auto next = steps_next_to(argument);
    // Text and bytes come behind all numbers: SQLite compares by itself.
    if (!next) return true;
    std::optional<std::int64_t> first = lowest_step, last = highest_step;
    if (meaning == at_step || meaning == from_step) first = next->not_below;
    if (meaning == at_step || meaning == to_step) last = next->not_above;
    // With 1 or 1.5 the steps behind are those from 2.
    if (meaning == behind_step) first = next->not_above ? step_after(next->not_above) : lowest_step;
    if (meaning == before_step) last = next->not_below ? step_before(next->not_below) : highest_step;
    if (!first || !last) return false;
    query.first_step = std::max(query.first_step, *first);
    query.last_step = std::min(query.last_step, *last);
    return query.first_step <= query.last_step;
}

std::string text_of(sqlite3_value* argument) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(argument));
    if (text == nullptr) return {};
    return {text, static_cast<std::size_t>(sqlite3_value_bytes(argument))};
}

} // namespace

PointsPlan plan_points(sqlite3_index_info& index) {
    PointsPlan plan;
    bool names_run = false, names_metric = false;
    double rows = usual_points;
    for (int i = 0; i < index.nConstraint; ++i) {
        const auto& constraint = index.aConstraint[i];
        const char meaning = meaning_of(static_cast<PointsColumn>(constraint.iColumn), constraint.op);
        if (meaning == 0) continue;
        const bool is_argument = meaning == is_run || meaning == is_metric;
        names_run |= meaning == is_run;
        names_metric |= meaning == is_metric;
        if (constraint.usable == 0) {
            plan.is_possible &= !is_argument;
            continue;
        }
        // A second comparison with an argument (WHERE run = …) is left to SQLite.
        if (is_argument && plan.meanings.find(meaning) != plan.meanings.npos) continue;
        plan.meanings += meaning;
        index.aConstraintUsage[i].argvIndex = static_cast<int>(plan.meanings.size());
        // The others only narrow what is decoded: SQLite compares once more, by its own rules.
        index.aConstraintUsage[i].omit = is_argument ? 1 : 0;
        if (!is_argument) rows *= meaning == at_step ? share_of_step : share_of_range;
    }
    const auto order = order_asked_for(index);
    plan.order = order.value_or(PointQuery::Order::by_run);
    index.orderByConsumed = order ? 1 : 0;
    index.estimatedRows = static_cast<sqlite3_int64>(rows) + 1;
    // SQLite also tries plans for a part of the conditions (of an OR), so a missing argument is no error yet.
    index.estimatedCost = names_run && names_metric ? rows + start_cost : hopeless_cost;
    return plan;
}

std::optional<PointQuery> point_query(PointQuery::Order order, std::string_view meanings, sqlite3_value** arguments) {
    PointQuery query;
    query.order = order;
    for (std::size_t i = 0; i < meanings.size(); ++i) {
        sqlite3_value* argument = arguments[i];
        const int type = sqlite3_value_type(argument);
        if (type == SQLITE_NULL) return std::nullopt;
        switch (meanings[i]) {
        case is_run:
            if (type == SQLITE_INTEGER)
                query.run = sqlite3_value_int64(argument);
            else
                query.run = text_of(argument);
            break;
        case is_metric:
            query.metric = text_of(argument);
            break;
        case is_attempt:
            if (sqlite3_value_numeric_type(argument) == SQLITE_INTEGER) query.attempt = sqlite3_value_int64(argument);
            break;
        default:
            if (!narrow(query, meanings[i], argument)) return std::nullopt;
        }
    }
    return query;
}

std::optional<std::size_t> place_of(PointsColumn argument, std::string_view meanings) {
    const std::size_t place = meanings.find(argument == PointsColumn::run ? is_run : is_metric);
    return place == meanings.npos ? std::nullopt : std::optional(place);
}

} // namespace isoloss
