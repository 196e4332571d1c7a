#include "engine/store/sql_views.h"

#include "engine/store/connection.h"

#include <string>

namespace isoloss {

namespace {

// Tables are named with their schema, so that a temporary table of the user hides none of them. A text that is not
// known is NULL here, not empty.
constexpr SqlView views[] = {
    {"runs", R"sql(
SELECT r.id AS run_id, r.name AS run, nullif(r.group_name, '') AS group_name,
    (SELECT json_group_array(tag) FROM (SELECT t.tag FROM main.run_tag t WHERE t.run_id = r.id ORDER BY t.tag)) AS tags,
    r.status,
    coalesce(r.started_at, (SELECT min(a.started_at) FROM main.attempt a WHERE a.run_id = r.id)) AS started_at,
    (SELECT coalesce(max(a.attempt), 0) FROM main.attempt a WHERE a.run_id = r.id) AS attempts,
    (SELECT count(*) FROM main.series s WHERE s.run_id = r.id) AS metrics,
    (SELECT coalesce(sum(s.points), 0) FROM main.series s WHERE s.run_id = r.id) AS points,
    (SELECT max(s.last_step) FROM main.series s WHERE s.run_id = r.id AND s.points > 0) AS last_step,
    (SELECT count(*) FROM main.checkpoint c WHERE c.run_id = r.id) AS checkpoints,
    r.config, nullif(r.notes, '') AS notes, r.archived
FROM main.run r WHERE NOT r.trashed)sql"},

    {"metrics", R"sql(
SELECT s.run_id, r.name AS run, s.name AS metric, s.points, s.nonfinite,
    iif(s.points > 0, s.first_step, NULL) AS first_step, iif(s.points > 0, s.last_step, NULL) AS last_step,
    s.last, s.min, s.max, s.attempts
FROM main.series s JOIN main.run r ON r.id = s.run_id WHERE NOT r.trashed)sql"},

    {"checkpoints", R"sql(
SELECT c.id AS checkpoint_id, c.run_id, r.name AS run, c.attempt, c.step, c.tokens,
    nullif(c.tokens_source, '') AS tokens_source, c.flops, nullif(c.flops_source, '') AS flops_source,
    c.parameter_count AS parameters, nullif(c.architecture, '') AS architecture, nullif(c.path, '') AS path,
    nullif(c.format, '') AS format, nullif(c.content_hash, '') AS content_hash
FROM main.checkpoint c JOIN main.run r ON r.id = c.run_id WHERE NOT r.trashed)sql"},

    {"quantities", R"sql(
SELECT q.id AS quantity_id, q.key AS quantity, q.kind, nullif(q.metric, '') AS metric,
    nullif(q.subject, '') AS subject, nullif(q.filter, '') AS filter, q.shots, nullif(q.version, '') AS version,
    nullif(q.unit, '') AS unit, q.direction
FROM main.quantity q)sql"},

    {"checkpoint_values", R"sql(
SELECT v.id AS value_id, v.checkpoint_id, c.run_id, r.name AS run, c.attempt, c.step, v.quantity_id,
    q.key AS quantity, v.value, v.standard_error, v.n, v.n_skipped, v.status, nullif(v.reason, '') AS reason,
    nullif(q.unit, '') AS unit, q.direction, v.recorded_at, v.provenance
FROM main.value v JOIN main.quantity q ON q.id = v.quantity_id JOIN main.checkpoint c ON c.id = v.checkpoint_id
    JOIN main.run r ON r.id = c.run_id
WHERE NOT r.trashed AND NOT EXISTS (SELECT 1 FROM main.value newer WHERE newer.checkpoint_id = v.checkpoint_id
    AND newer.quantity_id = v.quantity_id AND (newer.recorded_at, newer.id) > (v.recorded_at, v.id)))sql"},

    {"item_outcomes", R"sql(
SELECT o.value_id, v.checkpoint_id, v.run, v.step, v.quantity, o.position, o.item_id, i.task, i.key AS item,
    nullif(i.text, '') AS text, i.choices, i.gold, o.chosen, o.correct, o.tokens, o.log_likelihoods
FROM temp.checkpoint_values v JOIN main.outcome o ON o.value_id = v.value_id JOIN main.item i ON i.id = o.item_id)sql"},
};

} // namespace

std::span<const SqlView> sql_views() {
    return views;
}

Expected<void> create_sql_views(Connection& connection) {
    for (const SqlView& view : views)
        ISOLOSS_TRY_VOID(connection.execute_script("CREATE TEMP VIEW IF NOT EXISTS " + std::string(view.name) + " AS" +
                                                   std::string(view.select)));
    return {};
}

} // namespace isoloss
