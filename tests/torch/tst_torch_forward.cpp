#include "tests/torch/torch_fixture.h"

using namespace isoloss;
using namespace isoloss::test;

Q_DECLARE_METATYPE(isoloss::Architecture)

namespace {

using Doubles = std::vector<double>;

const std::vector<std::int32_t> tokens{1, 4, 2, 7, 7, 3, 0, 9, 5, 8};

template <typename Change>
Architecture changed(Architecture architecture, const Change& change) {
    change(architecture);
    return architecture;
}

} // namespace

class TorchForwardTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    // Expected values: an independent numpy forward pass in float64, written from the definitions of the two families
    // (one head at a time, rotation as complex multiplication), with the weights of FormulaTensors.
    void log_probs_data() {
        QTest::addColumn<Architecture>("architecture");
        QTest::addColumn<Doubles>("expected");
        using A = Architecture;
        const A llama = tiny_llama_architecture(), gpt2 = tiny_gpt2_architecture();
        QTest::newRow("llama, grouped queries, tied")
            << llama << Doubles{-6.0522467, -3.9362938, -4.8640009, -1.6864751, -0.58959097,
                                -3.0792496, -4.5884051, -1.5948962, -0.94706178};
        QTest::newRow("llama, attention and MLP biases")
            << changed(llama, [](A& a) { a.attention_bias = a.attention_out_bias = a.mlp_bias = true; })
            << Doubles{-3.5752226, -4.3788874, -3.9410781, -2.9598146, -2.360134,
                       -1.1435092, -4.2678238, -4.3170666, -1.4645004};
        QTest::newRow("llama, own output layer") << changed(llama, [](A& a) { a.tied_embeddings = false; })
                                                 << Doubles{-6.679358,  -3.0147549, -4.4990871, -2.4295249, -3.7033687,
                                                            -4.4476666, -4.1693338, -4.0159651, -0.69771266};
        QTest::newRow("llama, linear rotary scaling") << changed(llama, [](A& a) {
            a.rotary_scaling = {RotaryScaling::Kind::linear, 4, 1, 4, 8192};
        }) << Doubles{-6.0522467, -2.4858099, -4.36447,    -4.3854555, -3.6937259,
                      -2.3686223, -2.3541834, -0.96735574, -1.135592};
        QTest::newRow("llama, llama3 rotary scaling") << changed(llama, [](A& a) {
            a.rotary_base = 100;
            a.rotary_scaling = {RotaryScaling::Kind::llama3, 8, 1, 4, 16};
        }) << Doubles{-6.0522467, -3.1645068, -4.7246627, -4.0030733, -3.5100051,
                      -3.6261366, -4.3918586, -1.2293932, -1.8593437};
        QTest::newRow("gpt2, own MLP width")
            << gpt2 << Doubles{-3.2079889, -5.1034961, -2.4210201, -2.8284929, -0.23848726,
                               -2.1934192, -7.1506855, -3.3601011, -6.6986267};
        QTest::newRow("gpt2, attention scaled by inverse layer")
            << changed(gpt2, [](A& a) { a.scale_attention_by_inverse_layer = true; })
            << Doubles{-3.2079889, -5.0347725, -2.4255399, -2.7989893, -0.24013028,
                       -2.2112351, -6.9775144, -3.3971667, -6.9075467};
        QTest::newRow("gpt2, attention not scaled")
            << changed(gpt2, [](A& a) { a.scale_attention = false; })
            << Doubles{-3.2079889, -5.1238032, -2.4930708, -3.0638949, -0.21807663,
                       -2.355812,  -6.8695082, -3.2539545, -6.2175771};
        QTest::newRow("gpt2, exact gelu") << changed(gpt2, [](A& a) { a.activation = Activation::gelu; })
                                          << Doubles{-3.2076765, -5.1034733, -2.4211549, -2.8286454, -0.23843519,
                                                     -2.1937263, -7.1505028, -3.3596572, -6.6980779};
        QTest::newRow("gpt2, relu") << changed(gpt2, [](A& a) { a.activation = Activation::relu; })
                                    << Doubles{-3.1521608, -5.4719043, -2.3638297, -2.7858837, -0.23901561,
                                               -2.1672368, -7.237065,  -3.4732362, -6.9052998};
        QTest::newRow("gpt2, silu") << changed(gpt2, [](A& a) { a.activation = Activation::silu; })
                                    << Doubles{-3.2263796, -5.0068364, -2.5515826, -3.0139995, -0.21707421,
                                               -2.3210584, -7.0029887, -3.3323509, -6.3953816};
        QTest::newRow("gpt2, own output layer") << changed(gpt2, [](A& a) { a.tied_embeddings = false; })
                                                << Doubles{-4.3482674,  -3.8578801, -3.4454544, -3.6922672, -3.4647722,
                                                           -0.90492469, -3.1441322, -1.4416063, -0.78828209};
    }

    void log_probs() {
        QFETCH(Architecture, architecture);
        QFETCH(Doubles, expected);
        const auto model = cpu_backend()->load(architecture, tiny_tensors(architecture), on_cpu());
        QVERIFY2(model, model ? "" : model.error().text().c_str());
        const auto log_probs = sequence_log_probs(**model, tokens);
        QVERIFY(log_probs);
        QVERIFY2(largest_difference(*log_probs, expected) < 1e-5, QTest::toString(*log_probs));
    }

    void half_precision_agrees_or_refuses_data() {
        QTest::addColumn<Architecture>("architecture");
        QTest::addColumn<int>("type");
        for (const auto type : {ComputeType::bfloat16, ComputeType::float16}) {
            QTest::addRow("llama %d", static_cast<int>(type)) << tiny_llama_architecture() << static_cast<int>(type);
            QTest::addRow("gpt2 %d", static_cast<int>(type)) << tiny_gpt2_architecture() << static_cast<int>(type);
        }
    }

    void half_precision_agrees_or_refuses() {
        QFETCH(Architecture, architecture);
        QFETCH(int, type);
        const auto backend = cpu_backend();
        const auto tensors = tiny_tensors(architecture);
        const auto exact = backend->load(architecture, tensors, on_cpu());
        const auto coarse = backend->load(architecture, tensors, on_cpu(static_cast<ComputeType>(type)));
        if (!coarse) {
            // LibTorch 1.13 has no float16 matrix product on the CPU.
            QCOMPARE(type, static_cast<int>(ComputeType::float16));
            QCOMPARE(coarse.error().kind, ErrorKind::unsupported);
            QVERIFY(coarse.error().text().find("float32") != std::string::npos);
            return;
        }
        const auto a = sequence_log_probs(**exact, tokens), b = sequence_log_probs(**coarse, tokens);
        QVERIFY(a && b);
        QVERIFY(largest_difference(*a, *b) < .25);
        QVERIFY(largest_difference(*a, *b) > 0);
    }

    void describes_the_model() {
        const Architecture llama = tiny_llama_architecture();
        const auto model = cpu_backend()->load(llama, tiny_tensors(llama), on_cpu());
        QVERIFY(model);
        QCOMPARE((*model)->parameter_count(), 1464); // counted by numpy, tied weights once
        QCOMPARE((*model)->device(), std::string("cpu"));
        QCOMPARE((*model)->compute_type(), std::string("float32"));
        QCOMPARE((*model)->architecture().layers, 2);
        QVERIFY(!(*model)->has_nonfinite_weights());
        const Architecture gpt2 = tiny_gpt2_architecture();
        QCOMPARE((*cpu_backend()->load(gpt2, tiny_tensors(gpt2), on_cpu()))->parameter_count(), 1528);
    }

    void describes_the_library() {
        const BackendInfo info = cpu_backend()->info();
        QVERIFY(info.library.starts_with("LibTorch "));
        QVERIFY(info.threads >= 1);
        QCOMPARE(info.devices.front(), std::string("cpu"));
        const auto speed = cpu_backend()->matrix_product_speed();
        QVERIFY(speed && *speed > 0);
    }

    void a_missing_device_names_those_there() {
        const Architecture llama = tiny_llama_architecture();
        const auto model = cpu_backend()->load(llama, tiny_tensors(llama), {.device = "cuda:77", .type = {}});
        QVERIFY(!model);
        QCOMPARE(model.error().kind, ErrorKind::not_found);
        QVERIFY(model.error().text().find("cuda:77") != std::string::npos);
        QVERIFY(model.error().remedy.find("cpu") != std::string::npos);
    }
};

QTEST_APPLESS_MAIN(TorchForwardTest)
#include "tst_torch_forward.moc"
