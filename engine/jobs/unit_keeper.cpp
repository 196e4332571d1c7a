#include "engine/jobs/unit_keeper.h"

#include "engine/base/log.h"
#include "engine/jobs/provenance.h"

#include <algorithm>

namespace isoloss {

namespace {

// Raised when a pass is cut into units another way.
constexpr const char* cut = "1";

std::string_view pass_name(MetricPass pass) {
    switch (pass) {
    case MetricPass::text_loss:
        return "text_loss";
    case MetricPass::masked_loss:
        return "masked_loss";
    case MetricPass::choice_scores:
        return "choice_scores";
    case MetricPass::choice_mutual_information:
        return "choice_mutual_information";
    case MetricPass::last_word:
        return "last_word";
    case MetricPass::membership:
        return "membership";
    case MetricPass::membership_lowercase:
        return "membership_lowercase";
    case MetricPass::fisher:
        return "fisher";
    case MetricPass::hessian:
        return "hessian";
    case MetricPass::eigenvalue:
        return "eigenvalue";
    case MetricPass::sharpness:
        return "sharpness";
    case MetricPass::probe:
        return "probe";
    }
    return {};
}

std::string conditions_of(MetricPass pass, const LoadedCheckpoint& checkpoint, const BackendInfo& backend) {
    Provenance conditions;
    conditions.add("cut", std::string_view(cut));
    for (const std::string_view key : metrics_of_pass(pass))
        conditions.add(key, find_metric(key)->version);
    conditions.add("checkpoint", std::string_view(checkpoint.content_hash));
    conditions.add("tokenizer", std::string_view(checkpoint.tokenizer->hash()));
    conditions.add("library", std::string_view(backend.library));
    conditions.add("device", std::string_view(checkpoint.model->device()));
    conditions.add("dtype", std::string_view(checkpoint.model->compute_type()));
    conditions.add("threads", static_cast<std::int64_t>(backend.threads));
    return conditions.text();
}

} // namespace

Expected<std::unique_ptr<UnitKeeper>> UnitKeeper::begin(Writer& writer, const JobRecord& job, MetricPass pass,
                                                        LoadedCheckpoint& checkpoint, const BackendInfo& backend) {
    Model& model = *checkpoint.model;
    PartialPassRecord record;
    record.checkpoint = job.checkpoint;
    record.pass = pass_name(pass);
    record.data_hash = job.data_hash;
    record.parameters = job.parameters;
    record.conditions = conditions_of(pass, checkpoint, backend);
    record.batch_tokens = checkpoint.batch_tokens;
    record.unit_tokens = checkpoint.batch_tokens * std::max(1, model.batches_at_once());
    PartialPass partial;
    ISOLOSS_TRY_VOID(writer.run(
        [&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(partial, session.begin_partial_pass(record));
            return {};
        },
        Durability::bulk));
    if (!partial.units.empty())
        log::info("{} of {} goes on behind {} units of an earlier turn", record.pass, job.checkpoint_label,
                  partial.units.size());
    model.set_batch_tokens(std::min(partial.record.batch_tokens, checkpoint.batch_tokens));
    return std::unique_ptr<UnitKeeper>(new UnitKeeper(writer, model, std::move(partial)));
}

UnitKeeper::UnitKeeper(Writer& writer, Model& model, PartialPass pass)
    : writer_(writer), model_(model), pass_(std::move(pass)) {
    for (const auto& [unit, numbers] : pass_.units)
        kept_ += numbers.size();
}

UnitKeeper::~UnitKeeper() {
    if (const auto stored = finish(); !stored)
        log::warn("A part of a measurement was not kept: {}", stored.error().text());
}

PassUnits UnitKeeper::units() {
    return PassUnits(model_, std::move(pass_.units), pass_.record.unit_tokens,
                     [this](std::int64_t unit, std::span<const double> numbers) { return keep(unit, numbers); });
}

Expected<void> UnitKeeper::finish() {
    return storing_.valid() ? storing_.get() : Expected<void>();
}

double UnitKeeper::seconds() const {
    return pass_.record.seconds + std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

Expected<void> UnitKeeper::keep(std::int64_t unit, std::span<const double> numbers) {
    // One waits at most, so that the disk may be slower than a batch only for a moment.
    ISOLOSS_TRY_VOID(finish());
    kept_ += numbers.size();
    if (numbers.size() > most_unit_numbers || kept_ > most_pass_numbers) return {};
    storing_ = writer_.submit([id = pass_.id, unit, kept = std::vector(numbers.begin(), numbers.end()),
                               batch_tokens = model_.batch_tokens(),
                               seconds = seconds()](WriteSession& session) -> Expected<void> {
        ISOLOSS_TRY_VOID(session.put_partial_unit(id, unit, kept));
        return session.update_partial_pass(id, batch_tokens, seconds);
    });
    return {};
}

} // namespace isoloss
