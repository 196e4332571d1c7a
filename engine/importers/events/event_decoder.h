#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// One scalar of an event file. `bits` keeps the value exactly: the bits of a float, or of a double when `wide`.
struct EventScalar {
    std::string_view tag; ///< as logged, any bytes; valid during the call
    std::int64_t step = 0;
    double wall_time = 0; ///< UTC seconds, NaN when unknown
    std::uint64_t bits = 0;
    bool wide = false;
};

/// What the hparams plugin and the session log say about the whole run.
struct EventRunFacts {
    std::string config; ///< JSON object of hyperparameters, empty when none came
    enum class Ending { unknown, running, finished, crashed } ending = Ending::unknown;
    std::optional<double> started_at; ///< UTC seconds, as logged by the hparams plugin
};

/// Receives the decoded content of event files in file order.
class EventSink {
public:
    virtual ~EventSink() = default;
    virtual void scalar(const EventScalar& scalar) = 0;
    virtual void session_start() = 0; ///< SessionLog START
    virtual void facts(const EventRunFacts& facts) = 0;
};

/// What was seen and not taken, for the report.
struct EventCounts {
    std::int64_t records = 0;
    std::int64_t bad_checksums = 0;
    std::int64_t malformed = 0;        ///< records whose protobuf contradicts itself
    std::int64_t oversized = 0;        ///< records stepped over by their length
    std::int64_t unsupported = 0;      ///< tensors that are no scalars, strings under a scalar tag
    std::int64_t inexact_integers = 0; ///< int64 values beyond 2^53, rounded to double
};

/// Decodes the Event messages of one file (FORMATS.md, TensorBoard event files). Metadata comes only with the first
/// value of a tag, so the decoder remembers which tags belong to the `scalars` plugin.
class EventDecoder {
public:
    EventDecoder() = default;
    EventDecoder(EventDecoder&&) = default;
    EventDecoder& operator=(EventDecoder&&) = default;

    /// JSON array of the tags that are known to be scalar tensors, for going on in a later import.
    std::string state() const;
    void restore(std::string_view state);

    /// A record that is damaged inside is counted and gives nothing.
    void decode(std::span<const std::byte> event, EventSink& sink);

    EventCounts counts;

private:
    /// One Summary.Value as it lies in the record.
    struct Value {
        std::string_view tag;
        std::optional<std::uint32_t> simple_bits;
        std::span<const std::byte> tensor;
        std::span<const std::byte> metadata;
        bool has_tensor = false;
        bool is_media = false; ///< image, histogram or audio: a value, but no scalar
    };

    bool decode_summary(std::span<const std::byte> summary);
    void take(const Value& value, std::int64_t step, double wall_time, EventSink& sink);
    void add_scalar_tag(std::string_view tag);
    bool is_scalar_tag(std::string_view tag);

    using Tags = std::map<std::string, std::size_t, std::less<>>;

    Tags scalar_tags_; ///< with their place in tag_order_
    std::vector<Tags::const_iterator> tag_order_;
    std::size_t next_tag_ = 0;  ///< loggers repeat their tags in one order: the place of the tag that likely comes next
    std::vector<Value> values_; ///< of the record at hand
};

} // namespace isoloss
