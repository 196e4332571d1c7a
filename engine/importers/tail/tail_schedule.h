#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace isoloss {

/// Decides when a path that has changed is imported again: at once after quiet, at most every 100 ms under a stream of
/// changes, and more and more seldom while nothing good comes of it. Knows no clock: the time is given. One thread.
class TailSchedule {
public:
    using Time = std::chrono::steady_clock::time_point;

    /// Changes of one write arrive one after the other; so long the first one waits for the rest.
    static constexpr std::chrono::milliseconds gathering{10};
    static constexpr std::chrono::milliseconds between_reads{100};
    static constexpr std::chrono::milliseconds first_retry{500};
    static constexpr std::chrono::seconds last_retry{60};
    /// What is slow to read is read seldom: so many times as long passes in between.
    static constexpr int rest = 4;
    /// A change of a file that could not be read is worth another look after this, however often it failed.
    static constexpr std::chrono::seconds patience{5};
    /// What still fails after so many tries is only looked at when it changes.
    static constexpr int most_retries = 8;

    enum class Outcome {
        taken,   ///< read as far as it goes
        nothing, ///< nothing that can be imported
        failed,  ///< could not be read; tried again without a change
    };

    /// It has changed. `quiet`: how long it should stay unchanged first.
    void changed(const std::filesystem::path& path, Time now, std::chrono::milliseconds quiet = gathering);

    /// The path and everything below it are no longer of interest.
    void forget(const std::filesystem::path& path);

    /// What is to be imported now; each is answered once and told of with settle().
    std::vector<std::filesystem::path> take_due(Time now);

    /// What came of an import that took so long. Answers how often in a row it was not `taken`.
    int settle(const std::filesystem::path& path, Outcome outcome, Time now, std::chrono::milliseconds took = {});

    /// When take_due() has something; nothing while all is quiet.
    std::optional<Time> next() const;

private:
    struct Entry {
        std::optional<Time> due;
        std::optional<Time> read; ///< when it was imported last
        int fruitless = 0;        ///< times in a row
        std::chrono::milliseconds took{};

        std::chrono::milliseconds back_off() const;
    };

    void set_due(const std::filesystem::path& path, Entry& entry, Time due);
    void drop_quiet_ones(Time now);

    std::map<std::filesystem::path, Entry> entries_;
    std::set<std::pair<Time, std::filesystem::path>> queue_; ///< by when they are due
};

} // namespace isoloss
