#pragma once

#include "engine/base/error.h"
#include "engine/base/json.h"
#include "engine/inference/architecture.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace isoloss {

/// Far above every model that exists; what is larger is a fault of the file.
struct ConfigLimits {
    static constexpr std::int64_t layers = 10'000;
    static constexpr std::int64_t width = 1 << 20;
    static constexpr std::int64_t mlp_width = 16 * width;
    static constexpr std::int64_t heads = 1 << 16;
    static constexpr std::int64_t vocabulary = 1 << 24;
    static constexpr std::int64_t positions = 1 << 28;
    static constexpr std::int64_t token_types = 1 << 16;
    static constexpr std::int64_t image_side = 1 << 14;
    static constexpr std::int64_t channels = 1 << 10;
};

/// Reads members of one JSON object with defaults and keeps the first fault, so that a family's fields can be listed
/// one below the other. null is as good as missing.
class ConfigFields {
public:
    /// `object` outlives it; `file` is for messages.
    ConfigFields(const rapidjson::Value& object, std::string file) : object_(object), file_(std::move(file)) {}

    const rapidjson::Value* find(std::string_view key) const;

    bool has(std::string_view key) const { return find(key) != nullptr; }

    bool is_null(std::string_view key) const;

    /// A whole number from 1 to `most`; `alias` is the name that other configs give it.
    std::int64_t count(std::string_view key, std::int64_t fallback, std::int64_t most, std::string_view alias = {});
    /// A whole number from 0 to `most`.
    std::int64_t whole(std::string_view key, std::int64_t fallback, std::int64_t most);
    double positive(std::string_view key, double fallback);
    bool flag(std::string_view key, bool fallback);
    std::string_view text(std::string_view key, std::string_view fallback);
    Activation activation(std::string_view key, std::string_view fallback);
    /// One id or, with several ways to end a text, a list of which the first is taken. Ids that the model has no
    /// embedding for are as good as none: the defaults of the originals do not fit small vocabularies.
    std::optional<std::int32_t> token(std::string_view key, std::optional<std::int32_t> fallback,
                                      std::int64_t vocabulary);

    /// A key that is read and understood only where it says `harmless`; else the model has `feature`, which cannot be
    /// computed.
    void only(std::string_view key, bool harmless, std::string_view feature);

    void refuse(std::string_view key, std::string reason, ErrorKind kind = ErrorKind::damaged,
                std::string remedy = "Check that config.json belongs to this checkpoint");
    void unsupported(std::string_view key, std::string reason);
    /// Keeps a fault of another file that belongs to the config.
    void take(Error error);
    /// Takes over the fault of fields that lie inside `key`.
    void refuse_inside(std::string_view key, const ConfigFields& inside);

    const std::optional<Error>& error() const { return error_; }

    const std::string& file() const { return file_; }

private:
    std::int64_t whole_from(std::int64_t least, std::string_view key, std::int64_t fallback, std::int64_t most);

    const rapidjson::Value& object_;
    std::string file_;
    std::optional<Error> error_;
};

} // namespace isoloss
