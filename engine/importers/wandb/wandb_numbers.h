#pragma once

#include "engine/importers/wandb/wandb_record.h"

#include <cstdint>
#include <rapidjson/document.h>
#include <string>
#include <string_view>
#include <unordered_set>

namespace isoloss {

/// What was seen among logged values and is no number, or not exactly the one that was logged.
struct WandbValueCounts {
    std::int64_t media = 0; ///< pictures, tables, sounds, …
    std::int64_t histograms = 0;
    std::int64_t texts = 0;
    std::int64_t lists = 0;
    std::int64_t flags = 0;   ///< taken as 0 and 1
    std::int64_t inexact = 0; ///< integers that no double holds
    std::int64_t overflowed = 0;
    std::int64_t broken = 0; ///< no JSON, or keys and values nested too deep
};

/// Receives what a record logs by name. Names are valid during the call.
class WandbValueSink {
public:
    virtual ~WandbValueSink() = default;
    virtual void number(std::string_view name, double value) = 0;

    virtual void text(std::string_view /*name*/, std::string_view /*json*/) {}
};

/// Turns the items of records into named numbers: keys that are nested join with ".", whether they were logged as the
/// parts of a key or as a JSON object; true and false are 1 and 0; NaN and infinities come bare or quoted. Names that
/// begin with "_" are W&B's own and left out, and so are objects with a `_type`, which are media. One thread.
class WandbNumbers {
public:
    void read(const WandbItems& items, WandbValueSink& sink);

    /// The same for one value under its name.
    void read(std::string_view name, std::string_view json, WandbValueSink& sink);

    /// The number of one value, such as that of `_step`; counts nothing.
    static std::optional<double> number(std::string_view json);

    WandbValueCounts counts;

private:
    bool find_media(const WandbItems& items);
    bool is_media(const WandbItem& item);
    void read_value(std::string_view name, std::string_view json, WandbValueSink& sink);
    void read_object(std::string_view name, std::string_view json, WandbValueSink& sink);
    void take_member(std::string_view name, const rapidjson::Value& value, WandbValueSink& sink);

    std::unordered_set<std::string> media_; ///< keys whose parts tell of media, in the record at hand
    std::string name_;
};

/// The item of this name at the top; nothing when there is none.
std::optional<std::string_view> wandb_item(const WandbItems& items, std::string_view name);

} // namespace isoloss
