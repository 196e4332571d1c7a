#pragma once

#include "engine/importers/wandb/wandb_record.h"

#include <cstdint>
#include <initializer_list>
#include <rapidjson/document.h>
#include <string>
#include <string_view>

namespace isoloss {

/// The config that a log builds up, and what else it says about the run and has no place of its own: that goes under
/// `_wandb`, the one key that scripts cannot use. W&B's own members there (usage statistics) are left out. One thread.
class WandbConfig {
public:
    /// More than this is no config: what comes then is left out.
    static constexpr std::int64_t most_members = 10'000;
    static constexpr std::size_t most_bytes = 16u << 20;

    WandbConfig();

    /// Sets what a record sets; false when the value is no JSON or there are too many.
    bool set(const WandbItem& item);
    void set(std::string_view key, const rapidjson::Value& value);
    void remove(const WandbItem& item);

    /// A member of `_wandb`, by its path; an empty text or an absent number says nothing.
    void tell(std::initializer_list<std::string_view> path, std::string_view text);
    void tell(std::initializer_list<std::string_view> path, double number);
    void tell(std::initializer_list<std::string_view> path, const rapidjson::Value& value);

    void tell(const WandbRunInfo& run);
    void tell(const WandbEnvironment& environment);

    /// Whether a script's own config was set.
    bool was_set() const { return was_set_; }

    /// JSON object of what came since the last call; empty for nothing.
    std::string take();

private:
    bool has_room(std::size_t bytes);
    rapidjson::Value& at(std::span<const std::string_view> path);
    void tell(const WandbGit& git);

    rapidjson::Document document_;
    std::int64_t members_ = 0; ///< set, removed or told so far
    std::size_t bytes_ = 0;
    bool was_set_ = false;
};

} // namespace isoloss
