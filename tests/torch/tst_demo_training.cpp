#include "engine/base/file.h"
#include "engine/demo/demo_suite.h"
#include "engine/demo/hidden_markov.h"
#include "engine/demo/masked_sentences.h"
#include "engine/demo/tree_grammar.h"
#include "tests/support/memory_tensors.h"
#include "tests/torch/torch_fixture.h"

#include <QTemporaryDir>
#include <array>
#include <map>
#include <numeric>

using namespace isoloss;
using namespace isoloss::test;

Q_DECLARE_METATYPE(isoloss::DemoLanguage)

namespace {

namespace fs = std::filesystem;

/// S→AB .6 | BA .4; A→CD .7 | DC .3; B→CC .5 | DD .5; C→a .9, b .1; D→a .2, b .8.
DemoLanguage small_grammar() {
    auto grammar = TreeGrammar::make({{{"S", {{.6, 0, 1}, {.4, 1, 0}}, {}}},
                                      {{"A", {{.7, 0, 1}, {.3, 1, 0}}, {}}, {"B", {{.5, 0, 0}, {.5, 1, 1}}, {}}},
                                      {{"C", {}, {.9, .1}}, {"D", {}, {.2, .8}}}});
    auto language = std::make_shared<TreeGrammar>(std::move(grammar.value()));
    return {"small", "Small grammar", language, exact_entropy(*language).value()};
}

DemoLanguage small_markov() {
    auto markov = HiddenMarkov::make({{.5, .5}, {{.9, .1}, {.2, .8}}, {{.8, .2}, {.3, .7}}, 3});
    auto language = std::make_shared<HiddenMarkov>(std::move(markov.value()));
    return {"chain", "Small chain", language, exact_entropy(*language).value()};
}

/// Keeps the last weights and the losses of a training on endless sentences.
class Watch final : public TrainingObserver {
public:
    Watch(const Language& language, std::int64_t last_step, std::int64_t rows = 64)
        : sentences_(language, rows, 5), last_step_(last_step) {}

    void fill(TrainingBatch& batch) override { sentences_.fill(batch); }

    bool wants_validation(std::int64_t) const override { return false; }

    bool wants_checkpoint(std::int64_t step) const override { return step == last_step_; }

    Expected<void> stepped(const TrainingRecord& record) override {
        records.push_back(record);
        return {};
    }

    Expected<void> validated(std::int64_t, double) override { return {}; }

    Expected<void> reached(std::int64_t, const TensorSource& source) override {
        for (const TensorInfo& info : source.tensors()) {
            std::vector<std::byte> bytes(info.bytes);
            ISOLOSS_TRY_VOID(source.read(info.name, bytes));
            weights.add_bytes(info.name, info.type, info.type_name, info.shape, bytes);
        }
        return {};
    }

    std::vector<TrainingRecord> records;
    MemoryTensors weights;

private:
    MaskedSentences sentences_;
    std::int64_t last_step_;
};

/// Every sentence of a language.
std::vector<std::vector<int>> all_sentences(const Language& language) {
    std::vector<std::vector<int>> sentences{{}};
    for (int position = 0; position < language.length(); ++position) {
        std::vector<std::vector<int>> longer;
        for (const auto& sentence : sentences)
            for (int token = 0; token < language.alphabet(); ++token) {
                longer.push_back(sentence);
                longer.back().push_back(token);
            }
        sentences = std::move(longer);
    }
    return sentences;
}

/// The loss that a model has in the language itself: over all sentences by their probability, each token masked once.
double expected_loss(Model& model, const Language& language) {
    std::vector<std::vector<std::int32_t>> sequences;
    for (const auto& sentence : all_sentences(language))
        sequences.emplace_back(sentence.begin(), sentence.end());
    const auto log_probs = model.score_rows(masked_rows(sequences, mask_token(language)), {}, {}).value();
    double loss = 0;
    const auto length = static_cast<std::size_t>(language.length());
    for (std::size_t row = 0; row < log_probs.size(); ++row) {
        const auto& tokens = sequences[row / length];
        loss -= std::exp(language.log_probability(std::vector<int>(tokens.begin(), tokens.end()))) *
                log_probs[row].front() / language.length();
    }
    return loss;
}

/// Two short arms in a small grammar, one of them with an adversary.
DemoPlan tiny_plan(std::uint64_t seed) {
    DemoPlan plan{DemoSize::quick, seed, {small_grammar()}, {}};
    DemoArm plain{"plain", "AdamW", {8, 1, 2, 16}, {.learning_rate = 5e-3, .warmup = 10, .cooldown = 50}, 0, 2};
    DemoArm adversary = plain;
    adversary.name = "adversary";
    adversary.adversary = .1;
    adversary.optimiser.kind = OptimiserKind::sgd;
    for (const DemoArm& arm : {plain, adversary})
        for (const std::uint64_t run : {1u, 2u})
            plan.runs.push_back({0, arm, run});
    return plan;
}

BackendFactory torch_backend() {
    return [] { return torch_module::create_torch_backend(); };
}

/// Every file below a folder with its content.
std::map<std::string, std::string> files_below(const fs::path& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file())
            files[fs::relative(entry.path(), folder).string()] = read_text_file(entry.path(), 10 << 20).value();
    return files;
}

} // namespace

class DemoTrainingTest : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

    fs::path path(const char* name) const { return folder_.filePath(QString::fromLatin1(name)).toStdString(); }

private Q_SLOTS:

    void far_trained_comes_to_the_floor_data() {
        QTest::addColumn<DemoLanguage>("language");
        QTest::addColumn<double>("floor");
        QTest::newRow("grammar") << small_grammar() << .644347;
        QTest::newRow("hidden Markov") << small_markov() << .658773;
    }

    // The loss over all sentences is exact, so it cannot be below the floor: a model that is would have seen what it
    // should predict.
    void far_trained_comes_to_the_floor() {
        QFETCH(DemoLanguage, language);
        QFETCH(double, floor);
        const Architecture architecture = demo_architecture(*language.language, {16, 2, 2, 32});
        RandomSource random(3);
        const InitialWeights weights(architecture, random);
        const TrainingTask task{.architecture = architecture,
                                .weights = weights,
                                .optimiser = {.learning_rate = 5e-3, .warmup = 50, .cooldown = 500},
                                .adversary = {},
                                .steps = 1500,
                                .validation = {}};
        const auto backend = cpu_backend();
        const auto before = backend->load(architecture, weights, on_cpu());
        QVERIFY2(before, before ? "" : before.error().text().c_str());
        Watch watch(*language.language, task.steps);
        const auto trained = backend->train(task, watch, {});
        QVERIFY2(trained, trained ? "" : trained.error().text().c_str());
        const auto model = backend->load(architecture, watch.weights, on_cpu());
        QVERIFY2(model, model ? "" : model.error().text().c_str());
        QVERIFY(expected_loss(**before, *language.language) > floor + .1);
        const double loss = expected_loss(**model, *language.language);
        QVERIFY2(loss < floor + .02, qPrintable(QString::number(loss, 'g', 8)));
        QVERIFY2(loss > floor - 1e-5, qPrintable(QString::number(loss, 'g', 8)));
        QCOMPARE(watch.records.size(), 1500u);
        QCOMPARE(watch.records.front().learning_rate, 5e-3 / 50);
        QCOMPARE(watch.records[700].learning_rate, 5e-3);
        QVERIFY(std::abs(watch.records.back().learning_rate - 5e-3 / 500) < 1e-12);
        for (const TrainingRecord& record : watch.records)
            QVERIFY(record.gradient_norm > 0 && std::isfinite(record.gradient_norm) && record.probe_loss == 0);
    }

    // The same training with and without: the probe is fitted in both, but only one trains against it. To guess the
    // most frequent class of each label without looking has the mean squared error 1 − Σp² at least.
    void an_adversary_hides_the_labels() {
        const DemoLanguage language = demo_grammar().value();
        const Architecture architecture = demo_architecture(*language.language, {16, 1, 2, 32});
        RandomSource random(3);
        const InitialWeights weights(architecture, random);
        TrainingTask task{.architecture = architecture,
                          .weights = weights,
                          .optimiser = {.learning_rate = 5e-3, .warmup = 50},
                          .adversary = {0, 20, {4, 4, 4, 4, 4, 4}},
                          .steps = 200,
                          .validation = {}};
        double guessing = 0;
        for (std::size_t kind = 0; kind < 6; ++kind) {
            std::array<double, 4> shares{};
            for (const LabelledSentence& sentence : draw_sentences(*language.language, 4000, 1))
                shares[static_cast<std::size_t>(sentence.labels[kind])] += 1.0 / 4000;
            guessing += (1 - std::inner_product(shares.begin(), shares.end(), shares.begin(), 0.0)) / 6;
        }
        std::map<double, double> probe_losses;
        for (const double strength : {1e-12, .3}) {
            task.adversary.strength = strength;
            Watch watch(*language.language, task.steps, 256);
            QVERIFY(cpu_backend()->train(task, watch, {}));
            double sum = 0;
            for (auto record = watch.records.end() - 50; record != watch.records.end(); ++record)
                sum += record->probe_loss;
            probe_losses[strength] = sum / 50;
        }
        QVERIFY2(probe_losses[1e-12] < .95 * guessing, qPrintable(QString::number(probe_losses[1e-12] / guessing)));
        QVERIFY2(probe_losses[.3] > 1.05 * guessing, qPrintable(QString::number(probe_losses[.3] / guessing)));
    }

    void what_is_no_training_is_refused() {
        const Architecture gpt2 = tiny_gpt2_architecture();
        const MemoryTensors weights = tiny_tensors(gpt2);
        const TrainingTask task{
            .architecture = gpt2, .weights = weights, .optimiser = {}, .adversary = {}, .steps = 1, .validation = {}};
        const DemoLanguage language = small_grammar();
        Watch watch(*language.language, 1);
        QCOMPARE(cpu_backend()->train(task, watch, {}).error().kind, ErrorKind::unsupported);
    }

    // Stopped in the middle and gone on with, a suite has the files of one that was never stopped, to the byte.
    void the_same_seed_gives_the_same_files() {
        const DemoPlan plan = tiny_plan(7);
        const DemoFolder whole{path("whole")}, stopped{path("stopped")}, other{path("other")};
        const auto made = make_demo_files(whole, plan, torch_backend(), {}, {});
        QVERIFY2(made, made ? "" : made.error().text().c_str());
        const auto expected = files_below(whole.root);
        for (const char* file : {"suite.json", "data/small.jsonl", "data/small_labels.jsonl",
                                 "data/small.language.json", "runs/small/plain-s1/events.out.tfevents.1767225600.demo",
                                 "runs/small/plain-s2/checkpoint-150/model.safetensors",
                                 "runs/small/adversary-s1/checkpoint-225/config.json",
                                 "runs/small/adversary-s2/checkpoint-225/tokenizer.json"})
            QVERIFY2(expected.contains(file), file);
        QVERIFY(expected.at("runs/small/plain-s1/checkpoint-225/model.safetensors") !=
                expected.at("runs/small/plain-s2/checkpoint-225/model.safetensors"));

        CancellationSource source;
        const auto stop_soon = [&](const Progress& progress) {
            if (progress.done > 300) source.cancel();
        };
        const auto cut = make_demo_files(stopped, plan, torch_backend(), stop_soon, source.token());
        QVERIFY(!cut);
        QCOMPARE(cut.error().kind, ErrorKind::cancelled);
        QVERIFY(files_below(stopped.root) != expected);
        QVERIFY(make_demo_files(stopped, plan, torch_backend(), {}, {}));
        QVERIFY(files_below(stopped.root) == expected);

        QVERIFY(make_demo_files(other, tiny_plan(8), torch_backend(), {}, {}));
        const auto differing = files_below(other.root);
        QVERIFY(differing.at("data/small.jsonl") != expected.at("data/small.jsonl"));
        QVERIFY(differing.at("runs/small/plain-s1/checkpoint-225/model.safetensors") !=
                expected.at("runs/small/plain-s1/checkpoint-225/model.safetensors"));
        // A folder belongs to one suite.
        QCOMPARE(make_demo_files(whole, tiny_plan(8), torch_backend(), {}, {}).error().kind, ErrorKind::usage);
        QVERIFY(files_below(whole.root) == expected);
        fs::create_directories(path("mine"));
        QVERIFY(write_file_atomically(path("mine") / "thesis.txt", "years"));
        QCOMPARE(make_demo_files({path("mine")}, plan, torch_backend(), {}, {}).error().kind, ErrorKind::usage);
        QCOMPARE(files_below(path("mine")).size(), 1u);
    }
};

QTEST_GUILESS_MAIN(DemoTrainingTest)
#include "tst_demo_training.moc"
