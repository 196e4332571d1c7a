#pragma once

#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "engine/series/chunk_blocks.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace isoloss {

class Reader;

/// Steps of an attempt, both ends included, over which x only rises or only falls. Neighbouring parts share the step at
/// which x turns.
struct MonotonePart {
    std::int64_t first_step = 0, last_step = 0;
    double least_x = 0, most_x = 0;
    bool falls = false;
    bool scattered = false; ///< x turns too often to tell the parts: all of the attempt, in no order of x
};

/// x as it was logged: known at some steps of each attempt, a straight line between two of them, unknown before the
/// first and after the last. Of several values at one step the last counts; those that are not finite are left out.
class LoggedX {
public:
    /// Of an attempt; one that turns more often has a single, scattered part.
    static constexpr std::size_t most_parts = 20'000;

    /// Takes what the series got since the last call.
    Expected<void> read(Reader& reader, SeriesId series);

    /// The next value of an attempt; steps never decrease.
    void add(int attempt, std::int64_t step, double x);
    /// To be called when all is added.
    void finish();

    /// NaN where it is not known. `near` is the place of the last answer, to begin the search at.
    double at(int attempt, std::int64_t step, std::size_t& near) const;
    std::span<const MonotonePart> parts(int attempt) const;

    /// Whether it is a count of something: it rises, and within no attempt it ever falls.
    bool counts_up() const;
    /// The smallest x > 0 at any step; none when there is none.
    std::optional<double> least_positive() const;
    std::size_t bytes() const;

private:
    struct Attempt {
        std::vector<std::int64_t> steps;
        std::vector<double> xs;
        std::vector<MonotonePart> parts;

        void add(std::int64_t step, double x);
    };

    std::map<int, Attempt> attempts_;
    std::vector<ChunkSpan> chunks_; ///< that were read
};

} // namespace isoloss
