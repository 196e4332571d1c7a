#include "engine/inference/module_entry.h"
#include "tests/support/tiny_models.h"

#include <QTest>
#include <cmath>
#include <dlfcn.h>

using namespace isoloss;
using namespace isoloss::test;

/// The module as the program uses it: opened at run time, its symbols kept to itself.
class TorchModuleTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void initTestCase() {
        void* module = dlopen(ISOLOSS_TORCH_MODULE, RTLD_NOW | RTLD_LOCAL);
        QVERIFY2(module != nullptr, module == nullptr ? dlerror() : "");
        entry_ = reinterpret_cast<CreateBackendFunction>(dlsym(module, create_backend_symbol));
        QVERIFY(entry_ != nullptr);
    }

    void scores_a_model_data() {
        QTest::addColumn<std::string>("device");
        const auto backend = create_backend(entry_, ISOLOSS_TORCH_MODULE);
        QVERIFY(backend);
        for (const std::string& device : (*backend)->info().devices)
            QTest::newRow(device.c_str()) << device;
    }

    void scores_a_model() {
        QFETCH(std::string, device);
        const auto backend = create_backend(entry_, ISOLOSS_TORCH_MODULE);
        QVERIFY(backend);
        const Architecture llama = tiny_llama_architecture();
        const auto model = (*backend)->load(llama, tiny_tensors(llama), {.device = device, .type = {}});
        QVERIFY(model);
        QCOMPARE((*model)->device(), device);
        const std::vector items{ScoringItem{{1}, {{4, 2}}}};
        const auto scores = (*model)->score(items, {}, {});
        QVERIFY(scores);
        // numpy, as in tst_torch_forward.
        QVERIFY(std::abs(scores->at(0).at(0).log_probs.at(0) + 6.0522467) < 1e-5);
        QVERIFY(std::abs(scores->at(0).at(0).log_probs.at(1) + 3.9362938) < 1e-5);
    }

    void an_error_crosses_the_border() {
        const auto backend = create_backend(entry_, ISOLOSS_TORCH_MODULE);
        const Architecture llama = tiny_llama_architecture();
        const auto model = (*backend)->load(llama, MemoryTensors(), {.device = "cpu", .type = {}});
        QVERIFY(!model);
        QCOMPARE(model.error().file, std::string("memory.safetensors"));
        QVERIFY(model.error().place.find("embed_tokens.weight") != std::string::npos);
    }

    void another_build_is_refused() {
        Error error;
        QVERIFY(entry_("isoloss module 0", &error) == nullptr);
        QVERIFY(error.reason.empty()); // untouched: its layout may differ
        const auto refused = create_backend([](const char*, Error*) noexcept -> Backend* { return nullptr; }, "a.so");
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::unsupported);
        QCOMPARE(refused.error().file, std::string("a.so"));
        QVERIFY(refused.error().text().find("another build") != std::string::npos);
    }

private:
    CreateBackendFunction entry_ = nullptr;
};

QTEST_APPLESS_MAIN(TorchModuleTest)
#include "tst_torch_module.moc"
