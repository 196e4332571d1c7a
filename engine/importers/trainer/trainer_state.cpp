#include "engine/importers/trainer/trainer_state.h"

#include "engine/base/json_events.h"
#include "engine/base/number_text.h"
#include "engine/checkpoints/checkpoint_folder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <set>
#include <span>
#include <unordered_set>

namespace isoloss {

namespace {

constexpr std::size_t most_values_of_row = 100'000;
constexpr std::uint64_t small_file = 1u << 20;
constexpr std::size_t tail_bytes = 64u << 10;

constexpr std::array settings{"num_train_epochs", "max_steps",  "train_batch_size", "logging_steps",
                              "eval_steps",       "save_steps", "trial_name"};

enum class Stop { at_end, before_history };

// Of values of one name in a row the last counts; answers how many went.
std::int64_t keep_last_of_each(std::vector<std::pair<std::string, double>>& values) {
    std::unordered_set<std::string_view> names;
    for (const auto& [name, value] : values)
        names.insert(name);
    const auto repeated = static_cast<std::int64_t>(values.size() - names.size());
    if (repeated == 0) return 0;
    names.clear();
    std::vector<std::pair<std::string, double>> kept;
    for (auto value = values.rbegin(); value != values.rend(); ++value)
        if (names.insert(value->first).second) kept.push_back(*value);
    values.assign(kept.rbegin(), kept.rend());
    return repeated;
}

class StateReader final : public JsonEvents {
public:
    StateReader(TrainerState& state, const std::function<bool(const TrainerRow&)>& each, Stop stop)
        : state_(state), each_(each), stop_(stop) {}

    bool null() override { return true; }

    bool boolean(bool value) override {
        if (depth_ == 1) set(value ? "true" : "false");
        if (depth_ == 3 && in_history_) ++state_.no_numbers;
        return true;
    }

    bool number(double value, std::optional<std::int64_t> integer) override {
        if (depth_ == 3 && in_history_) {
            add(value, integer);
        } else if (depth_ == 1) {
            take(value, integer);
            set(integer ? std::to_string(*integer) : number_text(value));
        } else if (depth_ == 2 && name_ == "trial_params") {
            add_trial(number_text(value));
        }
        return true;
    }

    bool text(std::string_view value) override {
        if (depth_ == 3 && in_history_) {
            const bool is_number = value == "NaN" || value == "Infinity" || value == "-Infinity";
            if (is_number)
                add(*parse_double(value), std::nullopt);
            else
                ++state_.no_numbers;
        } else if (depth_ == 1) {
            if (name_ == "best_model_checkpoint" && !state_.best_step)
                if (const auto step = step_in_name(std::filesystem::path(value).filename().string()))
                    state_.best_step = step->step;
            set(json_quote(value));
        } else if (depth_ == 2 && name_ == "trial_params") {
            add_trial(json_quote(value));
        }
        return true;
    }

    bool begin_object() override {
        ++depth_;
        if (depth_ == 3 && in_history_) {
            row_.values.clear();
            step_.reset();
        } else if (depth_ == 4 && in_history_) {
            ++state_.no_numbers;
        }
        return true;
    }

    bool key(std::string_view name) override {
        if (depth_ == 1) {
            if (!names_.emplace(name).second) ++state_.mends.repeated_keys;
            name_ = name;
            in_history_ = name == "log_history";
            state_.is_history = state_.is_history || in_history_;
            if (in_history_ && stop_ == Stop::before_history && state_.global_step) return false;
        } else if (depth_ == 3 || depth_ == 2) {
            inner_name_ = name;
        }
        return true;
    }

    bool end_object() override {
        if (depth_-- != 3 || !in_history_) return true;
        bool go_on = true;
        state_.mends.repeated_keys += keep_last_of_each(row_.values);
        if (step_) {
            row_.step = *step_;
            go_on = each_(row_);
        } else {
            ++state_.rows_without_step;
        }
        ++row_.number;
        return go_on;
    }

    bool begin_array() override {
        if (depth_ == 3 && in_history_) ++state_.no_numbers;
        ++depth_;
        return true;
    }

    bool end_array() override {
        --depth_;
        return true;
    }

    void finish() {
        if (!trial_.empty()) put("trial_params", "{" + trial_ + "}");
        if (!config_.empty()) state_.config = "{" + config_ + "}";
    }

private:
    void add(double value, std::optional<std::int64_t> integer) {
        if (inner_name_ != "step") {
            if (row_.values.size() < most_values_of_row) row_.values.emplace_back(inner_name_, value);
            return;
        }
        const bool is_whole = std::abs(value) < 9e15 && value == std::floor(value);
        step_ = integer || !is_whole ? integer : std::optional(static_cast<std::int64_t>(value));
    }

    void take(double value, std::optional<std::int64_t> integer) {
        if (name_ == "global_step") state_.global_step = integer;
        if (name_ == "max_steps") state_.max_steps = integer;
        if (name_ == "best_global_step") state_.best_step = integer;
        if (name_ == "total_flos" && value > 0) state_.total_flos = value;
        if (name_ == "num_input_tokens_seen" && value > 0) state_.tokens = value;
    }

    void set(const std::string& json) {
        if (std::find(settings.begin(), settings.end(), name_) != settings.end()) put(name_, json);
    }

    void put(const std::string& name, const std::string& json) {
        config_ += (config_.empty() ? "" : ",") + json_quote(name) + ":" + json;
    }

    void add_trial(const std::string& json) {
        trial_ += (trial_.empty() ? "" : ",") + json_quote(inner_name_) + ":" + json;
    }

    TrainerState& state_;
    const std::function<bool(const TrainerRow&)>& each_;
    Stop stop_;
    std::set<std::string, std::less<>> names_; ///< of the state's members so far
    int depth_ = 0;
    bool in_history_ = false;
    std::string name_;       ///< the key of the state at hand
    std::string inner_name_; ///< the key within it
    TrainerRow row_;
    std::optional<std::int64_t> step_; ///< of the row at hand
    std::string config_, trial_;       ///< members of JSON objects
};

const std::function<bool(const TrainerRow&)> pass_over = [](const TrainerRow&) { return true; };

// `  "name": number` as the state's own member: two spaces deep, as the trainer writes it.
std::optional<double> member_in_tail(std::string_view tail, std::string_view name) {
    const std::string begin = "\n  \"" + std::string(name) + "\": ";
    const std::size_t at = tail.rfind(begin);
    if (at == tail.npos) return std::nullopt;
    const std::string_view rest = tail.substr(at + begin.size());
    const auto value = parse_double(rest.substr(0, rest.find_first_of(",\n\r}")));
    return value && *value > 0 ? value : std::nullopt;
}

} // namespace

Expected<void> read_trainer_state(const InputFile& file, TrainerState& state,
                                  const std::function<bool(const TrainerRow&)>& each) {
    StateReader reader(state, each, Stop::at_end);
    const auto read = read_json_events(file, reader, {}, &state.mends);
    reader.finish();
    if (!read) return fail(read.error());
    return {};
}

Expected<TrainerState> read_trainer_step(const InputFile& file) {
    TrainerState state;
    StateReader reader(state, pass_over, Stop::before_history);
    const auto read = read_json_events(file, reader);
    if (!read && !state.global_step) return fail(read.error());
    return state;
}

TrainerState read_trainer_totals(const InputFile& file) {
    TrainerState state;
    if (file.size() <= small_file) {
        static_cast<void>(read_trainer_state(file, state, pass_over)); // what is whole was read
        return state;
    }
    std::string tail(tail_bytes, '\0');
    const auto count = file.read_some(file.size() - tail.size(), std::as_writable_bytes(std::span(tail)));
    tail.resize(count.value_or(0));
    state.total_flos = member_in_tail(tail, "total_flos");
    state.tokens = member_in_tail(tail, "num_input_tokens_seen");
    return state;
}

bool is_trainer_state(std::string_view head) {
    if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
    const std::size_t first = head.find_first_not_of(" \t\r\n");
    return first != head.npos && head[first] == '{' && head.find("\"global_step\"") != head.npos &&
           head.find("\"log_history\"") != head.npos;
}

} // namespace isoloss
