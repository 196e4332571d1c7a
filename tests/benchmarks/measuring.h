#pragma once

#include "engine/base/error.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

/// What benchmarks share: costs, medians, a folder that goes away, and lines of a table that hold a figure against its
/// anchor and its goal.
namespace isoloss::bench {

[[noreturn]] inline void give_up(const std::string& reason) {
    std::fprintf(stderr, "%s\n", reason.c_str());
    std::exit(1);
}

template <typename T>
T require(Expected<T> expected) {
    if (!expected) give_up(expected.error().text());
    if constexpr (!std::is_void_v<T>) return std::move(*expected);
}

/// Seconds on the clock.
double seconds_of(const auto& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

inline double median(std::vector<double> numbers) {
    std::ranges::sort(numbers);
    return numbers[numbers.size() / 2];
}

/// A new folder for large files, removed at the end. TMPDIR says where.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "isoloss-bench-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) give_up("there can be no folder " + name);
        path_ = name;
    }

    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

enum class Goal { at_least, at_most };

/// One line: what, the figure, its anchor, the ratio, the goal and whether it is reached.
inline void print_goal(const char* what, const std::string& measured, const std::string& anchor, double ratio,
                       Goal goal, double bound) {
    const bool reached = goal == Goal::at_least ? ratio >= bound : ratio <= bound;
    std::printf("%-36s %16s %16s %8.2f   %s %-5g %s\n", what, measured.c_str(), anchor.c_str(), ratio,
                goal == Goal::at_least ? ">=" : "<=", bound, reached ? "reached" : "MISSED");
}

inline void print_header(const char* title) {
    std::printf("%-36s %16s %16s %8s   %s\n", title, "measured", "anchor", "ratio", "goal");
}

inline std::string figure(double number, int digits, const char* unit) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f%s", digits, number, unit);
    return text;
}

} // namespace isoloss::bench
