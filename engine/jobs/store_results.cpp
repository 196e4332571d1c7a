#include "engine/jobs/store_results.h"

#include "engine/inference/metric_catalogue.h"

#include <algorithm>
#include <cmath>

namespace isoloss {

namespace {

Direction direction_of(MetricDirection direction) {
    switch (direction) {
    case MetricDirection::up:
        return Direction::up;
    case MetricDirection::down:
        return Direction::down;
    case MetricDirection::descriptive:
        return Direction::descriptive;
    }
    return Direction::descriptive;
}

QuantityRecord quantity_of(const MetricInfo& metric, const DatasetRecord& dataset) {
    QuantityRecord quantity;
    quantity.key = measured_quantity_key(metric.key, dataset.name);
    quantity.kind = QuantityKind::measured;
    quantity.metric = metric.key;
    quantity.subject = dataset.name;
    quantity.version = metric.version;
    quantity.unit = metric.unit;
    quantity.direction = direction_of(metric.direction);
    return quantity;
}

std::string provenance_of(const MetricInfo& metric, const MetricResult& result, const PassResult& pass,
                          const PassContext& context) {
    Provenance provenance;
    provenance.add("metric", metric.key);
    provenance.add("metric_version", metric.version);
    provenance.add("metric_source", metric.provenance);
    provenance.add("data", std::string_view(context.dataset.name));
    provenance.add("data_hash", std::string_view(context.dataset.hash));
    provenance.add("data_path", std::string_view(context.dataset.path));
    provenance.add("tokenizer", std::string_view(context.checkpoint.tokenizer->kind()));
    provenance.add("tokenizer_hash", std::string_view(context.checkpoint.tokenizer->hash()));
    provenance.add("checkpoint_hash", std::string_view(context.checkpoint.content_hash));
    provenance.add("device", std::string_view(context.checkpoint.model->device()));
    provenance.add("dtype", std::string_view(context.checkpoint.model->compute_type()));
    if (const auto& precision = context.checkpoint.precision) {
        Provenance apart;
        apart.add("mean", precision->mean);
        apart.add("largest", precision->largest);
        apart.add("predictions", precision->predictions);
        provenance.add_object("log_prob_difference_from_float32", apart);
    }
    provenance.add("seed", static_cast<std::int64_t>(context.parameters.seed));
    if (context.parameters.limit) provenance.add("limit", *context.parameters.limit);
    provenance.add(pass.provenance);
    provenance.add("n", result.n);
    provenance.add("library", std::string_view(context.backend.library));
    provenance.add("threads", static_cast<std::int64_t>(context.backend.threads));
    provenance.add("batch_tokens", context.checkpoint.model->batch_tokens());
    provenance.add("seconds", context.seconds);
    if (context.seconds > 0 && context.progress.done > 0)
        provenance.add(context.progress.unit + "_per_second",
                       static_cast<double>(context.progress.done) / context.seconds);
    return provenance.text();
}

ValueRecord value_of(const MetricResult& result, const PassContext& context) {
    ValueRecord value;
    value.checkpoint = context.checkpoint.id;
    value.value = result.estimate.value;
    value.standard_error = result.estimate.standard_error;
    value.n = result.n;
    value.n_skipped = result.n_skipped;
    value.reason = result.reason;
    if (!value.value) {
        value.status = ValueStatus::undefined;
        if (value.reason.empty()) value.reason = "there was nothing to measure";
    } else if (!std::isfinite(*value.value)) {
        value.status = ValueStatus::nonfinite;
        if (context.checkpoint.model->has_nonfinite_weights())
            value.reason += std::string(value.reason.empty() ? "" : "; ") + "the weights contain NaN or infinity";
        else if (value.reason.empty())
            value.reason = "the model gives numbers that are not finite";
    } else if (!result.reason.empty()) {
        value.status = ValueStatus::partial;
    }
    return value;
}

} // namespace

std::string measured_quantity_key(std::string_view metric, std::string_view dataset) {
    return std::string(metric) + "[" + std::string(dataset) + "]";
}

std::string measured_variant(const JobRecord& job) {
    return "data " + job.data_hash + " parameters " + job.parameters;
}

Expected<std::optional<ValueRecord>> find_measured_value(Reader& reader, const JobRecord& job) {
    ISOLOSS_TRY(const auto values, reader.values(job.checkpoint));
    const std::string key = measured_quantity_key(job.metric, job.dataset_name), variant = measured_variant(job);
    const auto newest = std::ranges::find(values, key, &ValueRecord::quantity_key);
    if (newest == values.end()) return std::nullopt;
    if (newest->variant == variant) return *newest;
    ISOLOSS_TRY(const auto history, reader.value_history(job.checkpoint, newest->quantity));
    const auto found = std::ranges::find(history, variant, &ValueRecord::variant);
    return found == history.end() ? std::nullopt : std::optional(*found);
}

Expected<void> store_results(WriteSession& session, const std::vector<JobRecord>& jobs, const PassResult& pass,
                             const PassContext& context) {
    for (const JobRecord& job : jobs) {
        const MetricInfo* metric = find_metric(job.metric);
        const auto found = pass.metrics.find(job.metric);
        if (metric == nullptr || found == pass.metrics.end()) {
            ISOLOSS_TRY_VOID(session.finish_job(job.id, JobState::failed, "the pass does not answer " + job.metric));
            continue;
        }
        const MetricResult& result = found->second;
        ValueRecord value = value_of(result, context);
        ISOLOSS_TRY(value.quantity, session.ensure_quantity(quantity_of(*metric, context.dataset)));
        value.provenance = provenance_of(*metric, result, pass, context);
        value.variant = measured_variant(job);
        ISOLOSS_TRY(const ValueId id, session.put_value(value));
        ISOLOSS_TRY_VOID(session.put_outcomes(id, result.outcomes));
        ISOLOSS_TRY_VOID(session.set_job_device(job.id, context.checkpoint.model->device()));
        ISOLOSS_TRY_VOID(session.set_job_seconds(job.id, context.seconds));
        ISOLOSS_TRY_VOID(session.set_job_progress(job.id, static_cast<double>(context.progress.done),
                                                  static_cast<double>(context.progress.done), context.progress.unit));
        ISOLOSS_TRY_VOID(session.finish_job(job.id, JobState::done, {}));
    }
    ISOLOSS_TRY_VOID(session.drop_partial_pass(context.partial));
    CheckpointRecord files;
    files.content_hash = context.checkpoint.content_hash;
    return session.update_checkpoint(context.checkpoint.id, files);
}

} // namespace isoloss
