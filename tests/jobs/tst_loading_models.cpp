#include "tests/support/measured_project.h"

#include <QTest>

using namespace isoloss;
using namespace isoloss::test;

// How a checkpoint becomes a model for its metrics: number types, and modules that need trust.
class LoadingModelsTest : public QObject {
    Q_OBJECT

    static void make_script(MeasuredProject& measured) {
        write_bytes(measured.path("checkpoint-0/config.json"),
                    R"({"model_type":"torchscript","vocab_size":5,"max_position_embeddings":8})");
        QVERIFY(QFile::remove(measured.path("checkpoint-0/model.safetensors")));
        write_bytes(measured.path("checkpoint-0/model.pt"), "the fake does not look");
    }

private Q_SLOTS:

    void float32_is_loaded_once() {
        MeasuredProject measured;
        QCOMPARE(measured.measure("loss", "five.txt").state, JobState::done);
        QCOMPARE(measured.state().loads.load(), 1);
        QVERIFY(measured.value("loss[five]").provenance.find("difference_from_float32") == std::string::npos);
    }

    // In another type the checkpoint is loaded in float32 first, and the value says how far the two lie apart.
    void other_types_are_compared() {
        MeasuredProject measured;
        MeasureParameters parameters;
        parameters.type = "bfloat16";
        QCOMPARE(measured.measure("loss", "five.txt", parameters).state, JobState::done);
        QCOMPARE(measured.state().loads.load(), 2);
        const std::string provenance = measured.value("loss[five]").provenance;
        QVERIFY2(provenance.find(R"("log_prob_difference_from_float32":{"mean":0,"largest":0,"predictions":32})") !=
                     std::string::npos,
                 provenance.c_str());
    }

    void a_module_is_not_loaded_without_trust() {
        MeasuredProject measured;
        make_script(measured);
        const JobRecord job = measured.measure("loss", "five.txt");
        QCOMPARE(job.state, JobState::failed);
        QVERIFY2(job.error.find("is not trusted") != std::string::npos, job.error.c_str());
    }

    void a_trusted_module_is_measured() {
        MeasuredProject measured;
        make_script(measured);
        const JobId id = measured.queue({"loss"}, "five.txt").jobs.at(0);
        EngineThread engine(measured.project(), fake_backend(std::make_shared<FakeModelState>()),
                            {.device = "auto", .trusted = {"a hash"}}, {});
        engine.wait_until_idle();
        QCOMPARE(measured.job(id).state, JobState::done);
    }
};

QTEST_GUILESS_MAIN(LoadingModelsTest)
#include "tst_loading_models.moc"
