#include "engine/inference/precision.h"
#include "tests/torch/torch_fixture.h"

using namespace isoloss;
using namespace isoloss::test;

class TorchPrecisionTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void float32_is_the_reference() {
        int loads = 0;
        const Architecture llama = tiny_llama_architecture();
        const auto load = [&](ComputeType type) {
            ++loads;
            return cpu_backend()->load(llama, tiny_tensors(llama), on_cpu(type));
        };
        const auto compared = load_compared(load, ComputeType::float32, {});
        QVERIFY(compared);
        QVERIFY(!compared->difference);
        QCOMPARE(loads, 1);
    }

    void bfloat16_lies_near_it() {
        const Architecture llama = tiny_llama_architecture();
        const auto load = [&](ComputeType type) {
            return cpu_backend()->load(llama, tiny_tensors(llama), on_cpu(type));
        };
        const auto compared = load_compared(load, ComputeType::bfloat16, {});
        QVERIFY2(compared, compared ? "" : compared.error().text().c_str());
        QCOMPARE((*compared).model->compute_type(), std::string("bfloat16"));
        QCOMPARE(compared->difference->predictions, 4 * 32);
        QVERIFY(compared->difference->mean > 1e-5);
        QVERIFY(compared->difference->mean < compared->difference->largest);
        QVERIFY(compared->difference->largest < 1);
        const auto again = load_compared(load, ComputeType::bfloat16, {});
        QCOMPARE(again->difference->mean, compared->difference->mean);
        QCOMPARE(again->difference->largest, compared->difference->largest);
    }

    // A model whose numbers are not finite has a difference that is not a number, instead of none.
    void nonfinite_weights_give_no_number() {
        const Architecture gpt2 = tiny_gpt2_architecture();
        MemoryTensors tensors = tiny_tensors(gpt2);
        auto values = tensors.values("transformer.h.0.mlp.c_fc.weight");
        values[0] = std::numeric_limits<float>::quiet_NaN();
        tensors.remove("transformer.h.0.mlp.c_fc.weight");
        tensors.add("transformer.h.0.mlp.c_fc.weight", {8, 20}, values);
        const auto load = [&](ComputeType type) { return cpu_backend()->load(gpt2, tensors, on_cpu(type)); };
        const auto compared = load_compared(load, ComputeType::bfloat16, {});
        QVERIFY(compared);
        QVERIFY(std::isnan(compared->difference->mean) && std::isnan(compared->difference->largest));
    }

    void tf32_needs_a_gpu() {
        const Architecture llama = tiny_llama_architecture();
        const auto model = cpu_backend()->load(llama, tiny_tensors(llama), on_cpu(ComputeType::tf32));
        QVERIFY(!model);
        QCOMPARE(model.error().kind, ErrorKind::unsupported);
        QVERIFY(model.error().text().find("float32") != std::string::npos);
    }
};

QTEST_APPLESS_MAIN(TorchPrecisionTest)
#include "tst_torch_precision.moc"
