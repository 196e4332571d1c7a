#include "engine/demo/demo_training.h"

#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/demo/character_tokenizer.h"
#include "engine/demo/event_log_writer.h"
#include "engine/demo/masked_sentences.h"
#include "engine/demo/safetensors_writer.h"

#include <algorithm>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

/// Wall times count one second a step from 2026-01-01 on, so that the same seed gives the same bytes.
constexpr double first_wall_time = 1767225600;
constexpr std::int64_t validation_interval = 50;
constexpr std::uint64_t validation_masks_seed = 1;

double wall_time(std::int64_t step) {
    return first_wall_time + static_cast<double>(step);
}

/// Seeds of everything random in a run follow from the suite, the run's name and what it is for.
std::uint64_t seed_of(const DemoPlan& plan, const DemoRun& run, const char* purpose) {
    const std::string text =
        std::to_string(plan.seed) + " " + plan.languages[run.language].key + " " + run.name() + " " + purpose;
    return std::stoull(content_hash(text).substr(0, 15), nullptr, 16);
}

Hyperparameters hyperparameters(const DemoPlan& plan, const DemoRun& run) {
    const OptimiserOptions& optimiser = run.arm.optimiser;
    const auto number = [](auto value) { return static_cast<double>(value); };
    Hyperparameters made;
    made.values = {{"language", plan.languages[run.language].title},
                   {"algorithm", run.arm.algorithm},
                   {"optimizer", std::string(optimiser.kind == OptimiserKind::adamw ? "AdamW" : "SGD")},
                   {"learning_rate", optimiser.learning_rate},
                   {"warmup_steps", number(optimiser.warmup)},
                   {"cooldown_steps", number(optimiser.cooldown)},
                   {"weight_decay", optimiser.weight_decay},
                   {"batch_size", number(demo_batch)},
                   {"steps", number(run.steps())},
                   {"width", number(run.arm.shape.width)},
                   {"adversary_strength", run.arm.adversary},
                   {"seed", number(run.seed)}};
    if (optimiser.kind == OptimiserKind::sgd) made.values.emplace_back("momentum", optimiser.momentum);
    made.metrics = {"val/loss"};
    made.group_name = run.arm.name;
    made.start_time = first_wall_time;
    return made;
}

/// Writes down what happens.
class Recorder final : public TrainingObserver {
public:
    Recorder(const DemoPlan& plan, const DemoRun& run, const Architecture& architecture, fs::path folder,
             const std::function<void()>& stepped)
        : run_(run), language_(*plan.languages[run.language].language), architecture_(architecture),
          folder_(std::move(folder)), stepped_(stepped),
          sentences_(language_, demo_batch, seed_of(plan, run, "sentences")),
          log_(folder_ /
                   ("events.out.tfevents." + std::to_string(static_cast<std::int64_t>(first_wall_time)) + ".demo"),
               first_wall_time) {
        log_.add_hyperparameters(hyperparameters(plan, run));
    }

    void fill(TrainingBatch& batch) override { sentences_.fill(batch); }

    bool wants_validation(std::int64_t step) const override {
        return step % validation_interval == 0 || wants_checkpoint(step);
    }

    bool wants_checkpoint(std::int64_t step) const override {
        for (int i = 0; i < run_.arm.checkpoints; ++i)
            if (checkpoint_step(i) == step) return true;
        return false;
    }

    Expected<void> stepped(const TrainingRecord& record) override {
        const auto add = [&](const char* tag, double value) {
            log_.add_scalar(tag, record.step, wall_time(record.step), static_cast<float>(value));
        };
        add("train/loss", record.loss);
        add("train/learning_rate", record.learning_rate);
        add("train/grad_norm", record.gradient_norm);
        if (run_.arm.adversary != 0) add("train/probe_loss", record.probe_loss);
        stepped_();
        return {};
    }

    Expected<void> validated(std::int64_t step, double loss) override {
        log_.add_scalar("val/loss", step, wall_time(step), static_cast<float>(loss));
        return {};
    }

    Expected<void> reached(std::int64_t step, const TensorSource& weights) override {
        const fs::path checkpoint = folder_ / ("checkpoint-" + std::to_string(step));
        std::error_code error;
        fs::create_directories(checkpoint, error);
        if (error)
            return fail({ErrorKind::io,
                         path_text(checkpoint),
                         {},
                         "cannot be made: " + error.message(),
                         "Check the free space and the rights of the folder"});
        ISOLOSS_TRY_VOID(
            write_file_atomically(checkpoint / "config.json", demo_config_json(architecture_, pad_token(language_))));
        ISOLOSS_TRY_VOID(write_character_tokenizer(checkpoint, letters_of(language_), language_.length()));
        return write_safetensors(checkpoint / "model.safetensors", weights);
    }

    Expected<void> finish() {
        log_.add_session_end(wall_time(run_.steps()));
        return log_.write();
    }

private:
    const DemoRun& run_;
    const Language& language_;
    const Architecture& architecture_;
    fs::path folder_;
    const std::function<void()>& stepped_;
    MaskedSentences sentences_;
    EventLogWriter log_;
};

} // namespace

Expected<void> train_demo_run(Backend& backend, const DemoPlan& plan, const DemoRun& run,
                              const std::vector<LabelledSentence>& held_out, const fs::path& folder,
                              const fs::path& scratch, const std::function<void()>& stepped,
                              const CancellationToken& token) {
    const Language& language = *plan.languages[run.language].language;
    std::error_code error;
    fs::remove_all(scratch, error);
    if (!error) fs::create_directories(scratch, error);
    if (!error) fs::create_directories(folder.parent_path(), error);
    if (error)
        return fail({ErrorKind::io,
                     path_text(scratch),
                     {},
                     "cannot be prepared: " + error.message(),
                     "Check the free space and the rights of the folder"});

    const Architecture architecture = demo_architecture(language, run.arm.shape);
    RandomSource random(seed_of(plan, run, "weights"));
    const InitialWeights weights(architecture, random);
    const auto validation = with_one_mask(language, held_out, validation_masks_seed);
    TrainingTask task{.architecture = architecture,
                      .weights = weights,
                      .optimiser = run.arm.optimiser,
                      .adversary = {run.arm.adversary, demo_adversary_penalty, {}},
                      .steps = run.steps(),
                      .validation = validation};
    for (const LabelKind& kind : language.label_kinds())
        task.adversary.classes.push_back(static_cast<int>(kind.classes.size()));
    Recorder recorder(plan, run, architecture, scratch, stepped);
    ISOLOSS_TRY_VOID(backend.train(task, recorder, token));
    ISOLOSS_TRY_VOID(recorder.finish());
    fs::rename(scratch, folder, error);
    if (error)
        return fail({ErrorKind::io,
                     path_text(folder),
                     {},
                     "cannot be put in place: " + error.message(),
                     "Check the rights of the folder, then run the demo again"});
    return {};
}

} // namespace isoloss
