#include "engine/series/x_source.h"

#include "engine/base/number_text.h"
#include "engine/series/config_numbers.h"
#include "engine/series/logged_xs.h"
#include "engine/series/x_names.h"
#include "engine/store/reader.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>

namespace isoloss {

namespace {

// A larger batch may be one whose trainer counts it in tokens.
constexpr double most_sequences = 65536;

// "2,048", and what is too long for that as "1.18e9".
std::string words_of(double number) {
    if (number == std::floor(number) && number < 1e7) {
        std::string text = number_text(static_cast<std::int64_t>(number));
        for (auto place = static_cast<std::ptrdiff_t>(text.size()) - 3; place > 0; place -= 3)
            text.insert(static_cast<std::size_t>(place), ",");
        return text;
    }
    if (number < 1e7) return number_text(number);
    const auto exponent = static_cast<int>(std::floor(std::log10(number)));
    char mantissa[32];
    std::snprintf(mantissa, sizeof mantissa, "%.4g", number / std::pow(10, exponent));
    return std::string(mantissa) + 'e' + std::to_string(exponent);
}

// Finds the sources of one run.
class Finder {
public:
    static Expected<Finder> of(Reader& reader, LoggedXs& logged, RunId id) {
        ISOLOSS_TRY(const auto run, reader.run(id));
        if (!run) return fail(ErrorKind::not_found, "there is no run " + std::to_string(id.value));
        ISOLOSS_TRY(auto series, reader.series(id));
        return Finder(reader, logged, *run, std::move(series));
    }

    Expected<XSource> tokens();
    Expected<XSource> flops();
    Expected<XSource> epochs();
    Expected<XSource> series(std::string_view name);

private:
    struct Batch {
        double sequences = 0;
        std::string numbers; ///< "8 × 4"
        std::string names;   ///< "batch_size × gradient_accumulation_steps"
        std::string remark;
    };

    struct Parameters {
        double count = 0;
        std::string from;
    };

    Finder(Reader& reader, LoggedXs& logged, const RunRecord& run, std::vector<SeriesRecord> series)
        : reader_(reader), logged_(logged), id_(run.id), run_("run " + run.name), series_(std::move(series)),
          config_(run.config) {}

    Expected<const std::vector<CheckpointRecord>*> checkpoints();
    Expected<std::optional<XSource>> logged_count(std::span<const x_names::LoggedName> names, const XWords& words,
                                                  double times = 1);
    Expected<std::optional<XSource>> of_checkpoints(std::optional<double> CheckpointRecord::*count,
                                                    const XWords& words);
    std::optional<Batch> batch() const;
    XSource tokens_of_config(XWords words) const;
    Expected<std::optional<Parameters>> parameters();

    Reader& reader_;
    LoggedXs& logged_;
    RunId id_;
    std::string run_; ///< in words
    std::vector<SeriesRecord> series_;
    ConfigNumbers config_;
    std::optional<std::vector<CheckpointRecord>> checkpoints_;
};

Expected<const std::vector<CheckpointRecord>*> Finder::checkpoints() {
    if (!checkpoints_) {
        ISOLOSS_TRY(checkpoints_, reader_.checkpoints(id_));
    }
    return &*checkpoints_;
}

Expected<std::optional<XSource>> Finder::logged_count(std::span<const x_names::LoggedName> names, const XWords& words,
                                                      double times) {
    for (const auto& [name, factor] : names)
        for (const SeriesRecord& record : series_) {
            if (plain_name(record.name) != name || !(record.min < record.max)) continue;
            ISOLOSS_TRY(auto x, logged_.get(reader_, record.id));
            if (!x->counts_up()) continue;
            XSource source{StepToX::logged(std::move(x), factor * times), words};
            source.words.provenance = words.title + (times == 1 ? " logged as " : " = ") + record.name;
            if (factor != 1) source.words.provenance += " × " + words_of(factor);
            return source;
        }
    return std::nullopt;
}

Expected<std::optional<XSource>> Finder::of_checkpoints(std::optional<double> CheckpointRecord::*count,
                                                        const XWords& words) {
    ISOLOSS_TRY(const auto* const all, checkpoints());
    std::vector<const CheckpointRecord*> known;
    for (const CheckpointRecord& checkpoint : *all)
        if (checkpoint.step && checkpoint.*count) known.push_back(&checkpoint);
    std::sort(known.begin(), known.end(), [](const CheckpointRecord* a, const CheckpointRecord* b) {
        return std::pair(a->attempt, *a->step) < std::pair(b->attempt, *b->step);
    });
    auto x = std::make_shared<LoggedX>();
    for (const CheckpointRecord* checkpoint : known)
        x->add(checkpoint->attempt, *checkpoint->step, *(checkpoint->*count));
    x->finish();
    if (!x->counts_up()) return std::nullopt;
    XSource source{StepToX::logged(std::move(x)), words};
    source.words.provenance = words.title + " of " + std::to_string(known.size()) + " checkpoints";
    return source;
}

std::optional<Finder::Batch> Finder::batch() const {
    const bool is_whole = config_.find(x_names::beside_whole_batch).has_value();
    const std::span<const std::string_view> whole_names(x_names::whole_batch);
    if (const auto whole = config_.find(is_whole ? whole_names : whole_names.first(whole_names.size() - 1)))
        return Batch{whole->value, words_of(whole->value), whole->path, {}};
    const auto per_device = config_.find(x_names::device_batch);
    const auto at_once = per_device ? per_device : config_.find(x_names::batch);
    if (!at_once) return std::nullopt;
    Batch batch{at_once->value, words_of(at_once->value), at_once->path, {}};
    const auto multiply = [&](const ConfigNumber& number) {
        batch.sequences *= number.value;
        batch.numbers += " × " + words_of(number.value);
        batch.names += " × " + number.path;
    };
    if (const auto accumulation = config_.find(x_names::accumulation)) multiply(*accumulation);
    const auto devices = config_.find(x_names::devices);
    if (per_device && devices)
        multiply(*devices);
    else if (per_device)
        batch.remark = ", on one device as far as it says";
    else if (devices && devices->value > 1)
        batch.remark = ", not times " + devices->path + " = " + words_of(devices->value);
    return batch;
}

XSource Finder::tokens_of_config(XWords words) const {
    if (const auto per_step = config_.find(x_names::tokens_per_step)) {
        words.provenance =
            words.title + " = " + words_of(per_step->value) + " × step from the config (" + per_step->path + ')';
        return {StepToX::times_step(per_step->value), std::move(words)};
    }
    const auto sequences = batch();
    const auto length = config_.find(x_names::length);
    if (!sequences || !length) {
        words.missing = run_ + " logs no tokens, and its config has no " + (sequences ? "" : "batch size") +
                        (!sequences && !length ? " and no " : "") + (length ? "" : "sequence length");
        return {std::nullopt, std::move(words)};
    }
    if (sequences->sequences > most_sequences) {
        words.missing = run_ + " logs no tokens, and whether " + sequences->numbers + " (" + sequences->names +
                        ") are sequences or tokens is not known";
        return {std::nullopt, std::move(words)};
    }
    words.provenance = words.title + " = " + sequences->numbers + " × " + words_of(length->value) +
                       " × step from the config (" + sequences->names + " × " + length->path + ')' + sequences->remark;
    return {StepToX::times_step(sequences->sequences * length->value), std::move(words)};
}

Expected<XSource> Finder::tokens() {
    const XWords words{"tokens", "tokens", {}, {}};
    ISOLOSS_TRY(auto source, logged_count(x_names::tokens, words));
    if (source) return *std::move(source);
    if (const auto length = config_.find(x_names::length)) {
        ISOLOSS_TRY(source, logged_count(x_names::samples, words, length->value));
        if (source) {
            source->words.provenance += " × " + words_of(length->value) + " from the config (" + length->path + ')';
            return *std::move(source);
        }
    }
    ISOLOSS_TRY(source, of_checkpoints(&CheckpointRecord::tokens, words));
    if (source) return *std::move(source);
    return tokens_of_config(words);
}

Expected<std::optional<Finder::Parameters>> Finder::parameters() {
    if (const auto number = config_.find(x_names::parameters))
        return Parameters{number->value, "from config." + number->path};
    ISOLOSS_TRY(const auto* const all, checkpoints());
    for (const CheckpointRecord& checkpoint : *all)
        if (checkpoint.parameter_count && *checkpoint.parameter_count > 0)
            return Parameters{static_cast<double>(*checkpoint.parameter_count), "of its checkpoints"};
    return std::nullopt;
}

Expected<XSource> Finder::flops() {
    XWords words{"FLOPs", "FLOP", {}, {}};
    ISOLOSS_TRY(auto source, logged_count(x_names::flops, words));
    if (source) return *std::move(source);
    ISOLOSS_TRY(source, of_checkpoints(&CheckpointRecord::flops, words));
    if (source) return *std::move(source);
    ISOLOSS_TRY(const auto parameters, this->parameters());
    ISOLOSS_TRY(const XSource tokens, this->tokens());
    if (!parameters || !tokens.map) {
        words.missing = run_ + " logs no FLOPs, and for 6·N·D " +
                        (parameters ? "its tokens are not known: " + tokens.words.missing
                                    : std::string("its number of parameters is not known"));
        return XSource{std::nullopt, std::move(words)};
    }
    words.provenance = words.title + " = 6·N·D, N = " + words_of(parameters->count) + ' ' + parameters->from +
                       ", D: " + tokens.words.provenance;
    return XSource{tokens.map->scaled(6 * parameters->count), std::move(words)};
}

Expected<XSource> Finder::epochs() {
    XWords words{"epoch", "epochs", {}, {}};
    ISOLOSS_TRY(auto source, logged_count(x_names::epochs, words));
    if (source) return *std::move(source);
    if (const auto steps = config_.find(x_names::steps_per_epoch)) {
        words.provenance =
            words.title + " = step / " + words_of(steps->value) + " from the config (" + steps->path + ')';
        return XSource{StepToX::times_step(1, steps->value), std::move(words)};
    }
    words.missing = run_ + " logs no epochs";
    return XSource{std::nullopt, std::move(words)};
}

Expected<XSource> Finder::series(std::string_view name) {
    XWords words{std::string(name), {}, {}, {}};
    const auto found =
        std::find_if(series_.begin(), series_.end(), [&](const SeriesRecord& record) { return record.name == name; });
    if (found == series_.end()) {
        words.missing = run_ + " has no series " + words.title;
        return XSource{std::nullopt, std::move(words)};
    }
    ISOLOSS_TRY(auto x, logged_.get(reader_, found->id));
    return XSource{StepToX::logged(std::move(x)), std::move(words)};
}

} // namespace

Expected<XSource> find_x_source(Reader& reader, LoggedXs& logged, RunId run, CurveX x, std::string_view name) {
    ISOLOSS_TRY(Finder finder, Finder::of(reader, logged, run));
    switch (x) {
    case CurveX::tokens:
        return finder.tokens();
    case CurveX::flops:
        return finder.flops();
    case CurveX::epoch:
        return finder.epochs();
    case CurveX::series:
        return finder.series(name);
    case CurveX::step:
    case CurveX::relative_time:
    case CurveX::wall_time:
        break;
    }
    return fail(ErrorKind::internal, "steps and times are not looked for in a run");
}

} // namespace isoloss
