#pragma once

#include "tests/support/fake_backend.h"
#include "tests/support/project_fixture.h"
#include "tests/support/safetensors_file.h"

#include "engine/jobs/engine_thread.h"
#include "engine/jobs/measure.h"

#include <QDir>

namespace isoloss::test {

/// Makes a checkpoint folder of a GPT-2 with 8 positions whose tokenizer knows a, b, c, d (0 to 3) and the space (4).
inline void write_checkpoint_folder(const QString& folder) {
    QVERIFY(QDir().mkpath(folder));
    write_bytes(folder + "/config.json", R"({"model_type": "gpt2", "vocab_size": 5, "n_embd": 4, "n_layer": 1,
        "n_head": 1, "n_positions": 8})");
    write_bytes(folder + "/tokenizer.json",
                R"({"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        "post_processor": null, "decoder": {"type": "ByteLevel"},
        "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2, "d": 3, "Ġ": 4}, "merges": []}})");
    write_bytes(folder + "/model.safetensors",
                safetensors_bytes(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", QByteArray(4, '\0')));
}

/// Makes a checkpoint folder of a BERT with 8 positions; its tokenizer has the mask (5) besides.
inline void write_masked_checkpoint_folder(const QString& folder) {
    QVERIFY(QDir().mkpath(folder));
    write_bytes(folder + "/config.json", R"({"model_type": "bert", "vocab_size": 6, "hidden_size": 4,
        "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8, "max_position_embeddings": 8})");
    write_bytes(folder + "/tokenizer.json",
                R"({"version": "1.0", "truncation": null, "padding": null, "added_tokens": [{"id": 5,
        "content": "[MASK]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
        "special": true}], "normalizer": null,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        "post_processor": null, "decoder": {"type": "ByteLevel"},
        "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2, "d": 3, "Ġ": 4}, "merges": []}})");
    write_bytes(folder + "/tokenizer_config.json", R"({"mask_token": "[MASK]"})");
    write_bytes(folder + "/model.safetensors",
                safetensors_bytes(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", QByteArray(4, '\0')));
}

/// A project with checkpoints that a fake backend measures.
class MeasuredProject {
public:
    explicit MeasuredProject(int checkpoint_count = 1, PredictionKind kind = PredictionKind::next_token) {
        for (int i = 0; i < checkpoint_count; ++i) {
            const QString folder = path("checkpoint-" + std::to_string(i));
            if (kind == PredictionKind::masked_token)
                write_masked_checkpoint_folder(folder);
            else
                write_checkpoint_folder(folder);
            add_checkpoint(i, folder.toStdString());
        }
        write_bytes(path("five.txt"), "aabcd");
    }

    ProjectFixture& fixture() { return fixture_; }

    Project& project() { return fixture_.project(); }

    FakeModelState& state() { return *state_; }

    const std::vector<CheckpointId>& checkpoints() const { return checkpoints_; }

    QString path(const std::string& name) const { return QString::fromStdString((fixture_.folder() / name).string()); }

    std::filesystem::path file(const std::string& name) const { return fixture_.folder() / name; }

    void add_checkpoint(int step, const std::string& folder) {
        const auto added = fixture_.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const auto run, session.ensure_run({"checkpoint_folder", "r"}, "r"));
            ISOLOSS_TRY(const auto checkpoint, session.ensure_checkpoint(run, 1, step));
            CheckpointRecord record;
            record.path = folder;
            checkpoints_.push_back(checkpoint);
            return session.update_checkpoint(checkpoint, record);
        });
        if (!added) throw std::runtime_error(added.error().text());
    }

    MeasureQueued queue(std::vector<std::string> metrics, const std::string& data, MeasureParameters parameters = {}) {
        return value_of(
            queue_measurements(project(), {checkpoints_, std::move(metrics), {file(data)}, std::move(parameters)}));
    }

    /// Queues and measures; answers the job of the only checkpoint and metric.
    JobRecord measure(const std::string& metric, const std::string& data, MeasureParameters parameters = {}) {
        const JobId id = queue({metric}, data, std::move(parameters)).jobs.at(0);
        engine()->wait_until_idle();
        return job(id);
    }

    std::unique_ptr<EngineThread> engine(std::function<void(const EngineStatus&)> listener = {},
                                         EngineOptions options = {}) {
        return std::make_unique<EngineThread>(project(), fake_backend(state_), std::move(options), std::move(listener));
    }

    JobRecord job(JobId id) {
        for (const JobRecord& job : value_of(fixture_.reader()->jobs()))
            if (job.id == id) return job;
        throw std::runtime_error("the job is not there");
    }

    /// The current value of a quantity at the first checkpoint.
    ValueRecord value(const std::string& key) {
        for (const ValueRecord& value : value_of(fixture_.reader()->values(checkpoints_.at(0))))
            if (value.quantity_key == key) return value;
        throw std::runtime_error("there is no value of " + key);
    }

private:
    ProjectFixture fixture_;
    std::shared_ptr<FakeModelState> state_ = std::make_shared<FakeModelState>();
    std::vector<CheckpointId> checkpoints_;
};

} // namespace isoloss::test
