#include "engine/store/exchange.h"

#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/store/record_rows.h"

#include <limits>

namespace isoloss {

namespace {

/// One JSON object, member by member; what is empty or not known is left out.
class Object {
public:
    Object& text(std::string_view name, std::string_view value) {
        return value.empty() ? *this : literal(name, json_quote(value));
    }

    template <typename Number>
    Object& number(std::string_view name, const std::optional<Number>& value) {
        if constexpr (std::is_same_v<Number, double>)
            return value ? literal(name, number_text(*value)) : *this;
        else
            return value ? literal(name, number_text(static_cast<std::int64_t>(*value))) : *this;
    }

    Object& literal(std::string_view name, std::string_view value) {
        text_ += (text_.empty() ? "{" : ",") + json_quote(name) + ":";
        text_ += value;
        return *this;
    }

    std::string json() const { return (text_.empty() ? "{" : text_) + "}"; }

private:
    std::string text_;
};

std::string run_json(const ExchangedJob& job) {
    std::string identities;
    for (const RunIdentity& identity : job.identities)
        identities +=
            (identities.empty() ? "[" : ",[") + json_quote(identity.kind) + "," + json_quote(identity.key) + "]";
    return Object().text("name", job.run_name).literal("identities", "[" + identities + "]").json();
}

std::string checkpoint_json(const CheckpointRecord& checkpoint) {
    return Object()
        .number("attempt", std::optional(checkpoint.attempt))
        .number("step", checkpoint.step)
        .text("path", checkpoint.path)
        .text("format", checkpoint.format)
        .text("content_hash", checkpoint.content_hash)
        .number("parameter_count", checkpoint.parameter_count)
        .text("architecture", checkpoint.architecture)
        .json();
}

std::string dataset_json(const DatasetRecord& dataset) {
    return Object()
        .text("name", dataset.name)
        .text("kind", dataset_kind_name(dataset.kind))
        .text("path", dataset.path)
        .text("hash", dataset.hash)
        .number("bytes", std::optional(dataset.bytes))
        .literal("details", dataset.details.empty() ? "{}" : dataset.details)
        .json();
}

std::string job_members(const ExchangedJob& job) {
    return Object()
        .literal("run", run_json(job))
        .literal("checkpoint", checkpoint_json(job.checkpoint))
        .literal("data", dataset_json(job.dataset))
        .text("metric", job.metric)
        .literal("parameters", job.parameters)
        .json();
}

std::string numbers_json(std::span<const double> numbers) {
    std::string json;
    for (const double number : numbers)
        json += (json.empty() ? "" : ",") + number_text(number);
    return "[" + json + "]";
}

tl::unexpected<Error> missing(std::string_view name) {
    return fail({ErrorKind::damaged, {}, std::string(name), "is missing or of another type", {}});
}

std::string text_of(const rapidjson::Value& object, std::string_view name) {
    return std::string(json_string(object, name).value_or(""));
}

Expected<const rapidjson::Value*> object_of(const rapidjson::Value& object, std::string_view name) {
    const rapidjson::Value* member = object.IsObject() ? json_member(object, name) : nullptr;
    if (member == nullptr || !member->IsObject()) return missing(name);
    return member;
}

/// A whole number that fits an int.
std::optional<int> small_int(const rapidjson::Value& object, std::string_view name) {
    const auto number = json_int(object, name);
    if (!number || *number < 0 || *number > std::numeric_limits<int>::max()) return std::nullopt;
    return static_cast<int>(*number);
}

Expected<void> read_run(const rapidjson::Value& run, ExchangedJob& job) {
    job.run_name = text_of(run, "name");
    const rapidjson::Value* identities = json_member(run, "identities");
    if (identities == nullptr || !identities->IsArray() || identities->Empty()) return missing("identities");
    for (const auto& identity : identities->GetArray()) {
        if (!identity.IsArray() || identity.Size() != 2 || !identity[0].IsString() || !identity[1].IsString())
            return missing("identities");
        job.identities.push_back({std::string(json_view(identity[0])), std::string(json_view(identity[1]))});
    }
    return {};
}

Expected<void> read_checkpoint(const rapidjson::Value& json, CheckpointRecord& checkpoint) {
    const auto attempt = small_int(json, "attempt");
    if (!attempt || *attempt < 1) return missing("attempt");
    checkpoint.attempt = *attempt;
    checkpoint.step = json_int(json, "step");
    checkpoint.path = text_of(json, "path");
    checkpoint.format = text_of(json, "format");
    checkpoint.content_hash = text_of(json, "content_hash");
    checkpoint.parameter_count = json_int(json, "parameter_count");
    checkpoint.architecture = text_of(json, "architecture");
    return {};
}

Expected<void> read_dataset(const rapidjson::Value& json, DatasetRecord& dataset) {
    dataset.name = text_of(json, "name");
    const auto kind = dataset_kind_named(text_of(json, "kind"));
    if (!kind) return missing("kind");
    dataset.kind = *kind;
    dataset.path = text_of(json, "path");
    dataset.hash = text_of(json, "hash");
    dataset.bytes = json_int(json, "bytes").value_or(0);
    if (const auto* details = json_member(json, "details"); details != nullptr && details->IsObject())
        dataset.details = json_text(*details);
    if (dataset.name.empty()) return missing("name");
    if (dataset.hash.empty()) return missing("hash");
    return {};
}

template <typename Enum, std::size_t size>
Enum one_of(std::string_view name, const Enum (&all)[size], std::string_view (*name_of)(Enum), Enum otherwise) {
    for (const Enum one : all)
        if (name_of(one) == name) return one;
    return otherwise;
}

QuantityRecord quantity_from(const rapidjson::Value& json) {
    QuantityRecord quantity;
    quantity.key = text_of(json, "key");
    quantity.kind = QuantityKind::measured;
    quantity.metric = text_of(json, "metric");
    quantity.subject = text_of(json, "subject");
    quantity.version = text_of(json, "version");
    quantity.unit = text_of(json, "unit");
    quantity.direction =
        one_of(text_of(json, "direction"), {Direction::up, Direction::down}, direction_name, Direction::descriptive);
    return quantity;
}

ValueRecord value_from(const rapidjson::Value& json) {
    ValueRecord value;
    value.value = json_number(json, "value");
    value.standard_error = json_number(json, "stderr");
    value.n = json_int(json, "n");
    value.n_skipped = json_int(json, "n_skipped").value_or(0);
    value.status = value_status_of(text_of(json, "status"));
    value.reason = text_of(json, "reason");
    value.variant = text_of(json, "variant");
    value.recorded_at = json_number(json, "recorded_at").value_or(0);
    if (const auto* provenance = json_member(json, "provenance"); provenance != nullptr && provenance->IsObject())
        value.provenance = json_text(*provenance);
    return value;
}

} // namespace

std::string exchange_json(const ExchangedJob& job) {
    return job_members(job);
}

std::string exchange_json(const ExchangedValue& value) {
    const QuantityRecord& quantity = value.quantity;
    const std::string quantity_json = Object()
                                          .text("key", quantity.key)
                                          .text("metric", quantity.metric)
                                          .text("subject", quantity.subject)
                                          .text("version", quantity.version)
                                          .text("unit", quantity.unit)
                                          .text("direction", direction_name(quantity.direction))
                                          .json();
    const std::string value_json = Object()
                                       .number("value", value.value.value)
                                       .number("stderr", value.value.standard_error)
                                       .number("n", value.value.n)
                                       .number("n_skipped", std::optional(value.value.n_skipped))
                                       .text("status", value_status_name(value.value.status))
                                       .text("reason", value.value.reason)
                                       .text("variant", value.value.variant)
                                       .number("recorded_at", std::optional(value.value.recorded_at))
                                       .literal("provenance", value.value.provenance)
                                       .json();
    return Object()
        .literal("job", job_members(value.job))
        .literal("quantity", quantity_json)
        .literal("value", value_json)
        .number("outcomes", std::optional(value.outcomes))
        .json();
}

std::string exchange_json(const OutcomeRecord& outcome) {
    return Object()
        .text("task", outcome.item.task)
        .text("key", outcome.item.key)
        .text("doc_hash", outcome.item.doc_hash)
        .text("text", outcome.item.text)
        .literal("choices", texts_to_json(outcome.item.choices))
        .number("gold", outcome.item.gold)
        .number("correct", outcome.correct)
        .number("chosen", outcome.chosen)
        .literal("log_likelihoods", numbers_json(outcome.log_likelihoods))
        .number("tokens", outcome.tokens)
        .json();
}

Expected<ExchangedJob> exchanged_job(const rapidjson::Value& json) {
    ExchangedJob job;
    ISOLOSS_TRY(const auto* run, object_of(json, "run"));
    ISOLOSS_TRY(const auto* checkpoint, object_of(json, "checkpoint"));
    ISOLOSS_TRY(const auto* data, object_of(json, "data"));
    ISOLOSS_TRY(const auto* parameters, object_of(json, "parameters"));
    ISOLOSS_TRY_VOID(read_run(*run, job));
    ISOLOSS_TRY_VOID(read_checkpoint(*checkpoint, job.checkpoint));
    ISOLOSS_TRY_VOID(read_dataset(*data, job.dataset));
    job.parameters = json_text(*parameters);
    job.metric = text_of(json, "metric");
    if (job.metric.empty()) return missing("metric");
    return job;
}

Expected<ExchangedValue> exchanged_value(const rapidjson::Value& json) {
    ExchangedValue value;
    ISOLOSS_TRY(const auto* job, object_of(json, "job"));
    ISOLOSS_TRY(const auto* quantity, object_of(json, "quantity"));
    ISOLOSS_TRY(const auto* number, object_of(json, "value"));
    ISOLOSS_TRY(value.job, exchanged_job(*job));
    value.quantity = quantity_from(*quantity);
    if (value.quantity.key.empty()) return missing("key");
    value.value = value_from(*number);
    value.outcomes = json_int(json, "outcomes").value_or(0);
    if (value.outcomes < 0) return missing("outcomes");
    return value;
}

Expected<OutcomeRecord> exchanged_outcome(const rapidjson::Value& json) {
    if (!json.IsObject()) return missing("outcome");
    OutcomeRecord outcome;
    outcome.item.task = text_of(json, "task");
    outcome.item.key = text_of(json, "key");
    outcome.item.doc_hash = text_of(json, "doc_hash");
    outcome.item.text = text_of(json, "text");
    outcome.item.gold = small_int(json, "gold");
    outcome.correct = json_number(json, "correct");
    outcome.chosen = small_int(json, "chosen");
    outcome.tokens = json_int(json, "tokens");
    if (outcome.item.key.empty()) return missing("key");
    if (const auto* choices = json_member(json, "choices"); choices != nullptr && choices->IsArray())
        outcome.item.choices = texts_from_json(json_text(*choices));
    const auto* numbers = json_member(json, "log_likelihoods");
    if (numbers == nullptr || !numbers->IsArray()) return missing("log_likelihoods");
    for (const auto& number : numbers->GetArray()) {
        const auto one = json_as_number(number);
        if (!one) return missing("log_likelihoods");
        outcome.log_likelihoods.push_back(*one);
    }
    return outcome;
}

} // namespace isoloss
