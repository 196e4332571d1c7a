#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isoloss {

using MegatronNumbers = std::vector<std::pair<std::string, double>>;

/// What the lines of a training log tell, one after the other.
class MegatronEvents {
public:
    virtual ~MegatronEvents() = default;

    /// " iteration 200/ 148693 | lm loss: 1.0E+01 | …". `wall_time`: UTC seconds, NaN when the line has no date.
    virtual void training(std::int64_t iteration, double wall_time, const MegatronNumbers& numbers) = 0;
    /// "validation loss at iteration 200 | lm loss value: … |". `iteration`: none at the end of training.
    virtual void evaluation(std::string_view group, std::optional<std::int64_t> iteration,
                            const MegatronNumbers& numbers) = 0;
    /// The list of arguments begins: the program was started.
    virtual void arguments_begin() = 0;
    /// `json`: null, a boolean, a number or a text.
    virtual void argument(std::string_view name, std::string json) = 0;
    virtual void checkpoint_saved(std::int64_t iteration) = 0;
    /// "[before the start of training step] datetime: 2022-10-15 15:10:02": the time where the program ran, taken as
    /// UTC.
    virtual void date(double seconds) = 0;
    virtual void finished() = 0;
};

/// Reads the text logs of Megatron-LM, of what came from it (Megatron-DeepSpeed, GPT-NeoX) and of others with the same
/// lines. Lines of several ranks may be mixed and carry prefixes ("0: ", "[default7]:"), dates and colours; of a torn
/// line only what is closed with a bar counts. One thread.
class MegatronLines {
public:
    void read(std::string_view line, MegatronEvents& events);

    /// Values of training lines that were no numbers, as "64.3TFLOPS" or what was torn.
    std::int64_t no_numbers() const { return no_numbers_; }

    /// Whether the list of arguments is being read; kept for when the log goes on.
    bool in_arguments() const { return in_arguments_; }

    void set_in_arguments(bool inside) { in_arguments_ = inside; }

private:
    void read_bars(std::string_view line, MegatronEvents& events);
    void read_argument(std::string_view line, MegatronEvents& events);
    void read_others(std::string_view line, MegatronEvents& events);

    std::string plain_; ///< the line without colours
    MegatronNumbers numbers_;
    std::int64_t no_numbers_ = 0;
    bool in_arguments_ = false;
};

/// Whether a file that begins like this is surely such a log: a training line, the list of arguments, or the command.
bool is_megatron_log(std::string_view head);

} // namespace isoloss
