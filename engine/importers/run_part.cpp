#include "engine/importers/run_part.h"

namespace isoloss {

namespace {

// Texts of a key, of provenance, of an item, with what the allocator adds.
constexpr std::size_t bytes_of_point = 24, bytes_of_value = 700, bytes_of_outcome = 500, bytes_of_series = 96;

} // namespace

std::size_t held_bytes(const RunPart& part) {
    std::size_t bytes = part.points.size() * bytes_of_point + part.new_series.size() * bytes_of_series;
    for (const RunFacts& facts : part.facts)
        bytes += facts.config.size();
    for (const ImportedCheckpoint& checkpoint : part.checkpoints)
        for (const ImportedValue& value : checkpoint.values)
            bytes += bytes_of_value + value.outcomes.size() * bytes_of_outcome;
    for (const SourceRecord& source : part.sources)
        bytes += source.state.size();
    return bytes;
}

} // namespace isoloss
