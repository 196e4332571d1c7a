#pragma once

#include "engine/base/error.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace isoloss {

/// What a run was started with, as the hparams plugin keeps it.
struct Hyperparameters {
    using Value = std::variant<double, std::string, bool>;
    std::vector<std::pair<std::string, Value>> values; ///< names are unique
    std::vector<std::string> metrics;                  ///< tags of the scalars to compare runs by
    std::string group_name;                            ///< of runs that differ in their seed only; may be empty
    double start_time = 0;                             ///< UTC seconds
};

/// Writes a TensorBoard event file as SummaryWriter does (FORMATS.md, TensorBoard event files). Records gather in
/// memory until `write`. Wall times are UTC seconds. One thread.
class EventLogWriter {
public:
    /// The file's name must contain "tfevents".
    EventLogWriter(std::filesystem::path file, double wall_time);

    void add_scalar(std::string_view tag, std::int64_t step, double wall_time, float value);

    /// Names of hyperparameters and metrics, and the session's start with the values.
    void add_hyperparameters(const Hyperparameters& parameters);

    /// The session ended well.
    void add_session_end(double end_time);

    /// Puts all records into the file, in place of what it held.
    Expected<void> write() const;

private:
    void add_record(std::string_view event);
    void add_hparams_record(std::string_view tag, double wall_time, std::string_view plugin_data);

    std::filesystem::path file_;
    std::string records_;
};

} // namespace isoloss
