#include "engine/checkpoints/checkpoint_folder.h"
#include "tests/support/safetensors_file.h"

#include <QDir>
#include <QTemporaryDir>

using namespace isoloss;
using test::safetensors_bytes;
using test::write_bytes;

class CheckpointFolderTest : public QObject {
    Q_OBJECT

    QTemporaryDir root_;

    std::filesystem::path make(const char* name, const QByteArray& config = R"({"model_type":"gpt2"})") const {
        const QString folder = root_.filePath(QString::fromUtf8(name));
        QDir().mkpath(folder);
        write_bytes(folder + QStringLiteral("/config.json"), config);
        // Two weights and a causal mask that old GPT-2 exports store.
        write_bytes(folder + QStringLiteral("/model.safetensors"),
                    safetensors_bytes(R"({"h.0.attn.bias":{"dtype":"F32","shape":[1,1,1,1],"data_offsets":[0,4]},)"
                                      R"("w":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
                                      QByteArray(12, '\0')));
        return folder.toStdString();
    }

private Q_SLOTS:

    // The module is looked at by nobody until it is measured, but it belongs to the checkpoint.
    void torchscript_module() {
        const std::filesystem::path folder = make("script", R"({"model_type":"torchscript","vocab_size":5})");
        std::filesystem::remove(folder / "model.safetensors");
        const auto without = checkpoint_content_hash(folder);
        QVERIFY(!read_checkpoint_folder(folder)->has_weights);
        write_bytes(QString::fromStdString((folder / "model.pt").string()), "no module at all");
        const auto found = read_checkpoint_folder(folder);
        QVERIFY2(found, found ? "" : found.error().text().c_str());
        QVERIFY(found->has_weights && !found->parameter_count);
        QVERIFY(looks_like_checkpoint_folder(folder));
        QVERIFY(*checkpoint_content_hash(folder) != *without);
    }

    void steps_in_names_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<qint64>("step"); // -1: no step
        QTest::addColumn<QString>("without");
        const auto row = [](const char* name, qint64 step, const char* without) {
            QTest::newRow(name) << QString::fromUtf8(name) << step << QString::fromUtf8(without);
        };
        row("checkpoint-500", 500, "");
        row("checkpoint_500", 500, "");
        row("step1000", 1000, "");
        row("step_1000", 1000, "");
        row("step=1000", 1000, "");
        row("Step-1000", 1000, "");
        row("global_step500", 500, "");
        row("iter_0001000", 1000, "");
        row("160m_step1000", 1000, "160m");
        row("pythia-1.4b-step143000", 143000, "pythia-1.4b");
        row("revision=step3000", 3000, "");
        row("EleutherAI/pythia-160m,revision=step3000", 3000, "EleutherAI/pythia-160m");
        row("step1000-unsharded", 1000, "unsharded");
        row("run-a-step1000-tokens5B", 1000, "run-a-tokens5B");
        row("checkpoint-2-step300", 300, "checkpoint-2");
        row("step0", 0, "");
        row("160m", -1, "");
        row("pythia-1.4b", -1, "");
        row("2024-01-31", -1, "");
        row("checkpoint-20240131", -1, "");
        row("checkpoint-2024-01-31", -1, "");
        row("epoch_3", -1, "");
        row("epoch3", -1, "");
        row("timestep100", -1, "");
        row("step10k", -1, "");
        row("step1.5", -1, "");
        row("step", -1, "");
        row("step99999999999999999999", -1, "");
        row("footstep5", -1, "");
        row("final", -1, "");
        row("", -1, "");
    }

    void steps_in_names() {
        QFETCH(QString, name);
        QFETCH(qint64, step);
        QFETCH(QString, without);
        const auto found = step_in_name(name.toStdString());
        QCOMPARE(found.has_value(), step >= 0);
        if (!found) return;
        QCOMPARE(found->step, step);
        QCOMPARE(QString::fromStdString(found->name_without), without);
    }

    void describes_a_folder() {
        const auto path = make("run-a/checkpoint-500", R"({"model_type":"gpt2", "n_layer": 2})");
        QVERIFY(looks_like_checkpoint_folder(path));
        const auto folder = read_checkpoint_folder(path);
        QVERIFY2(folder, folder ? "" : folder.error().text().c_str());
        QCOMPARE(folder->model_type, std::string("gpt2"));
        QCOMPARE(folder->config, std::string(R"({"model_type":"gpt2","n_layer":2})"));
        QCOMPARE(*folder->step, std::int64_t(500));
        QCOMPARE(folder->step_source, std::string("folder name"));
        QCOMPARE(folder->run_name, std::string("run-a"));
        QVERIFY(folder->run_folder == path.parent_path());
        QCOMPARE(*folder->parameter_count, std::int64_t(2));
        QVERIFY(folder->has_weights && !folder->only_pickled_weights);
    }

    void the_path_may_be_written_in_any_way() {
        const auto path = make("run-b/step10");
        for (const auto& form : {path / "", path / ".", path.parent_path() / "x" / ".." / "step10"}) {
            const auto folder = read_checkpoint_folder(form);
            QVERIFY2(folder, folder ? "" : folder.error().text().c_str());
            QVERIFY(folder->path == path);
            QCOMPARE(folder->run_name, std::string("run-b"));
        }
    }

    void runs_beside_each_other_stay_apart() {
        const auto a = read_checkpoint_folder(make("suite/a-step10")),
                   b = read_checkpoint_folder(make("suite/b-step10"));
        QVERIFY(a && b);
        QCOMPARE(a->run_name, std::string("a"));
        QCOMPARE(b->run_name, std::string("b"));
        QVERIFY(a->run_folder != b->run_folder);
        const auto later = read_checkpoint_folder(make("suite/a-step20"));
        QVERIFY(later && later->run_folder == a->run_folder);
    }

    void a_final_folder_has_no_step() {
        const auto folder = read_checkpoint_folder(make("my-model"));
        QVERIFY(folder && !folder->step && folder->step_source.empty());
        QCOMPARE(folder->run_name, std::string("my-model"));
    }

    void the_step_of_trainer_state() {
        const auto path = make("last");
        write_bytes(QString::fromStdString(path / "trainer_state.json"),
                    R"({"global_step": 1500, "log_history": [NaN]})");
        const auto folder = read_checkpoint_folder(path);
        QVERIFY(folder && folder->step);
        QCOMPARE(*folder->step, std::int64_t(1500));
        QCOMPARE(folder->step_source, std::string("trainer_state.json"));
    }

    void a_revision_of_the_cache() {
        const auto folder = read_checkpoint_folder(make("models--org--name/snapshots/0123abcd"));
        QVERIFY(folder);
        QCOMPARE(folder->run_name, std::string("org/name"));
        QVERIFY(folder->run_folder.filename() == "models--org--name");
    }

    void what_is_no_checkpoint() {
        QDir(root_.path()).mkpath(QStringLiteral("task"));
        write_bytes(root_.filePath(QStringLiteral("task/config.json")), R"({"task_name":"arc_easy"})");
        QVERIFY(!looks_like_checkpoint_folder(root_.filePath(QStringLiteral("task")).toStdString()));
        QVERIFY(!looks_like_checkpoint_folder(root_.filePath(QStringLiteral("nowhere")).toStdString()));
        QVERIFY(!read_checkpoint_folder(root_.filePath(QStringLiteral("nowhere")).toStdString()));
    }

    void damaged_weights_are_reported() {
        const auto path = make("damaged");
        write_bytes(QString::fromStdString(path / "model.safetensors"), "short");
        const auto folder = read_checkpoint_folder(path);
        QVERIFY(!folder);
        QVERIFY(folder.error().kind == ErrorKind::damaged);
    }

    // BAD_INPUTS.md row 73.
    void pickled_weights() {
        const auto path = make("pickled");
        QFile::rename(QString::fromStdString(path / "model.safetensors"),
                      QString::fromStdString(path / "pytorch_model.bin"));
        QVERIFY(looks_like_checkpoint_folder(path));
        const auto folder = read_checkpoint_folder(path);
        QVERIFY(folder && folder->only_pickled_weights && !folder->has_weights && !folder->parameter_count);
        const auto hash = checkpoint_content_hash(path);
        QVERIFY(!hash);
        QVERIFY(hash.error().kind == ErrorKind::untrusted);
        QVERIFY(hash.error().remedy.find("safe_serialization=True") != std::string::npos);
    }

    void content_hash() {
        const auto path = make("hashed"), same = make("hashed-again"),
                   other = make("other", R"({"model_type":"llama"})");
        const auto hash = checkpoint_content_hash(path);
        QVERIFY2(hash, hash ? "" : hash.error().text().c_str());
        QCOMPARE(hash->size(), std::size_t(32));
        QCOMPARE(*checkpoint_content_hash(same), *hash);
        QVERIFY(*checkpoint_content_hash(other) != *hash);
        write_bytes(QString::fromStdString(same / "README.md"), "not part of it");
        QCOMPARE(*checkpoint_content_hash(same), *hash);
        CancellationSource source;
        source.cancel();
        const auto stopped = checkpoint_content_hash(path, source.token());
        QVERIFY(!stopped);
        QVERIFY(stopped.error().kind == ErrorKind::cancelled);
    }
};

QTEST_APPLESS_MAIN(CheckpointFolderTest)
#include "tst_checkpoint_folder.moc"
