#include "engine/checkpoints/config_fields.h"

#include <array>
#include <cmath>

namespace isoloss {

namespace {

struct NamedActivation {
    std::string_view name;
    Activation activation;
};

// gelu_pytorch_tanh, gelu_fast and gelu_new are one formula, silu and swish as well.
constexpr std::array activations{
    NamedActivation{"gelu_new", Activation::gelu_new},  NamedActivation{"gelu_pytorch_tanh", Activation::gelu_new},
    NamedActivation{"gelu_fast", Activation::gelu_new}, NamedActivation{"gelu", Activation::gelu},
    NamedActivation{"gelu_python", Activation::gelu},   NamedActivation{"relu", Activation::relu},
    NamedActivation{"silu", Activation::silu},          NamedActivation{"swish", Activation::silu}};

} // namespace

const rapidjson::Value* ConfigFields::find(std::string_view key) const {
    const auto* value = json_member(object_, key);
    return value == nullptr || value->IsNull() ? nullptr : value;
}

bool ConfigFields::is_null(std::string_view key) const {
    const auto* value = json_member(object_, key);
    return value != nullptr && value->IsNull();
}

std::int64_t ConfigFields::whole_from(std::int64_t least, std::string_view key, std::int64_t fallback,
                                      std::int64_t most) {
    if (!has(key)) return fallback;
    const auto value = json_int(object_, key);
    if (!value || *value < least) {
        refuse(key, json_text(*find(key)) + " is not a whole number ≥ " + std::to_string(least));
        return fallback;
    }
    if (*value > most) {
        refuse(key, std::to_string(*value) + " is impossible; at most " + std::to_string(most) + " is accepted");
        return fallback;
    }
    return *value;
}

std::int64_t ConfigFields::count(std::string_view key, std::int64_t fallback, std::int64_t most,
                                 std::string_view alias) {
    return whole_from(1, !has(key) && !alias.empty() ? alias : key, fallback, most);
}

std::int64_t ConfigFields::whole(std::string_view key, std::int64_t fallback, std::int64_t most) {
    return whole_from(0, key, fallback, most);
}

double ConfigFields::positive(std::string_view key, double fallback) {
    const auto* value = find(key);
    if (value == nullptr) return fallback;
    if (value->IsNumber() && std::isfinite(value->GetDouble()) && value->GetDouble() > 0) return value->GetDouble();
    refuse(key, json_text(*value) + " is not a number > 0");
    return fallback;
}

bool ConfigFields::flag(std::string_view key, bool fallback) {
    const auto* value = find(key);
    if (value == nullptr) return fallback;
    if (!value->IsBool()) refuse(key, json_text(*value) + " is neither true nor false");
    return value->IsBool() ? value->GetBool() : fallback;
}

std::string_view ConfigFields::text(std::string_view key, std::string_view fallback) {
    const auto* value = find(key);
    if (value == nullptr) return fallback;
    if (!value->IsString()) refuse(key, json_text(*value) + " is not a string");
    return value->IsString() ? json_view(*value) : fallback;
}

Activation ConfigFields::activation(std::string_view key, std::string_view fallback) {
    const std::string_view name = text(key, fallback);
    std::string known;
    for (const NamedActivation& row : activations) {
        if (row.name == name) return row.activation;
        known += (known.empty() ? "" : ", ") + std::string(row.name);
    }
    unsupported(key, "unknown activation " + json_quote(name) + "; known are " + known);
    return Activation::gelu;
}

std::optional<std::int32_t> ConfigFields::token(std::string_view key, std::optional<std::int32_t> fallback,
                                                std::int64_t vocabulary) {
    std::int64_t id = fallback ? *fallback : -1;
    if (const auto* value = json_member(object_, key)) {
        if (value->IsArray() && !value->Empty()) value = &(*value)[0];
        id = value->IsInt64() ? value->GetInt64() : -1;
        if (!value->IsInt64() && !value->IsNull() && !value->IsArray())
            refuse(key, json_text(*value) + " is not a token id");
    }
    if (id < 0 || id >= vocabulary) return std::nullopt;
    return static_cast<std::int32_t>(id);
}

void ConfigFields::only(std::string_view key, bool harmless, std::string_view feature) {
    if (flag(key, harmless) != harmless)
        unsupported(key, "the model has " + std::string(feature) + ", which Isoloss does not compute");
}

void ConfigFields::refuse(std::string_view key, std::string reason, ErrorKind kind, std::string remedy) {
    if (!error_) error_ = Error{kind, file_, "key " + std::string(key), std::move(reason), std::move(remedy)};
}

void ConfigFields::unsupported(std::string_view key, std::string reason) {
    refuse(key, std::move(reason), ErrorKind::unsupported,
           "Scores of this checkpoint can be imported; to measure it, export it as TorchScript (model_type "
           "\"torchscript\", see packaging/docs/models.md)");
}

void ConfigFields::take(Error error) {
    if (!error_) error_ = std::move(error);
}

void ConfigFields::refuse_inside(std::string_view key, const ConfigFields& inside) {
    if (!inside.error_ || error_) return;
    error_ = inside.error_;
    error_->place = "key " + std::string(key) + "." + inside.error_->place.substr(std::string_view("key ").size());
}

} // namespace isoloss
