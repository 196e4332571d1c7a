#include "engine/checkpoints/checkpoint_folder.h"
#include "tests/support/safetensors_file.h"

#include <QTemporaryDir>

using namespace isoloss;
using test::write_bytes;

namespace {

QString token_text(std::optional<std::int32_t> token) {
    return token ? QString::number(*token) : QStringLiteral("–");
}

/// Everything that sets one decoder apart from another, in words.
QString words(const Architecture& a) {
    QStringList words;
    words << QStringLiteral("v%1 d%2 l%3 h%4/%5×%6 m%7 t%8 ε%9")
                 .arg(a.vocabulary)
                 .arg(a.width)
                 .arg(a.layers)
                 .arg(a.heads)
                 .arg(a.key_value_heads)
                 .arg(a.head_width)
                 .arg(a.mlp_width)
                 .arg(a.positions)
                 .arg(a.norm_epsilon);
    const char* const activations[] = {"gelu_new", "gelu", "relu", "silu"};
    const char* const norms[] = {"layer", "layer without bias", "layer without weights", "rms", "rms around one"};
    words << QLatin1String(activations[static_cast<int>(a.activation)]) + (a.gated_mlp ? " gated" : "")
          << QLatin1String(norms[static_cast<int>(a.norm)]) + (a.norm_place == NormPlace::after ? " after" : "");
    if (a.query_key_norm == QueryKeyNorm::head) words << "qk norm per head";
    if (a.query_key_norm == QueryKeyNorm::all_heads) words << "qk norm";
    if (a.residual == Residual::parallel) words << "parallel";
    if (a.residual == Residual::parallel_one_norm) words << "parallel, one norm";
    QStringList biases;
    if (a.attention_bias) biases << "qkv";
    if (a.attention_out_bias) biases << "out";
    if (a.mlp_bias) biases << "mlp";
    if (a.head_bias) biases << "head";
    if (!biases.isEmpty()) words << "biases " + biases.join(' ');
    if (a.tied_embeddings) words << "tied";
    words << QStringLiteral("rotary %1 of %2").arg(a.rotary_width).arg(a.rotary_base);
    if (a.query_key_value_limit) words << QStringLiteral("clip %1").arg(*a.query_key_value_limit);
    if (a.embedding_scale != 1) words << QStringLiteral("embeddings × %1").arg(a.embedding_scale);
    if (!a.windows.empty()) {
        QStringList windows;
        for (const std::int64_t window : a.windows)
            windows << QString::number(window);
        words << "windows " + windows.join(' ');
    }
    words << "bos " + token_text(a.bos_token) + " eos " + token_text(a.eos_token);
    return words.join(", ");
}

} // namespace

class ModelConfigsTest : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

    Expected<Architecture> read(const QByteArray& json) const {
        write_bytes(folder_.filePath(QStringLiteral("config.json")), json);
        return read_architecture(folder_.filePath(QStringLiteral("config.json")).toStdString());
    }

private Q_SLOTS:

    // The defaults of the configuration classes of the transformers library, and what single keys change.
    void decoders_data() {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char* name, const char* json, const char* expected) {
            QTest::newRow(name) << QByteArray(json) << QString::fromUtf8(expected);
        };
        row("gpt_neox", R"({"model_type":"gpt_neox"})",
            "v50432 d6144 l44 h64/64×96 m24576 t2048 ε1e-05, gelu, layer, parallel, biases qkv out mlp, "
            "rotary 24 of 10000, bos 0 eos 2");
        row("gpt_neox fields", R"({"model_type":"gpt_neox","hidden_size":512,"num_attention_heads":8,
            "rotary_pct":0.5,"rotary_emb_base":1000,"use_parallel_residual":false,"attention_bias":false,
            "tie_word_embeddings":true,"hidden_act":"gelu_fast","num_hidden_layers":6,"intermediate_size":2048})",
            "v50432 d512 l6 h8/8×64 m2048 t2048 ε1e-05, gelu_new, layer, biases mlp, tied, rotary 32 of 1000, "
            "bos 0 eos 2");
        row("gpt_neox rope_parameters", R"({"model_type":"gpt_neox","hidden_size":512,"num_attention_heads":8,
            "rope_parameters":{"rope_type":"default","rope_theta":20000,"partial_rotary_factor":1.0}})",
            "v50432 d512 l44 h8/8×64 m24576 t2048 ε1e-05, gelu, layer, parallel, biases qkv out mlp, "
            "rotary 64 of 20000, bos 0 eos 2");
        row("llama", R"({"model_type":"llama"})",
            "v32000 d4096 l32 h32/32×128 m11008 t2048 ε1e-06, silu gated, rms, rotary 128 of 10000, bos 1 eos 2");
        row("mistral", R"({"model_type":"mistral","num_hidden_layers":2})",
            "v32000 d4096 l2 h32/8×128 m14336 t131072 ε1e-06, silu gated, rms, rotary 128 of 10000, "
            "windows 4096 4096, bos 1 eos 2");
        row("mistral without window", R"({"model_type":"mistral","sliding_window":null,"head_dim":64})",
            "v32000 d4096 l32 h32/8×64 m14336 t131072 ε1e-06, silu gated, rms, rotary 64 of 10000, bos 1 eos 2");
        row("qwen2", R"({"model_type":"qwen2","sliding_window":4096})",
            "v151936 d4096 l32 h32/32×128 m22016 t32768 ε1e-06, silu gated, rms, biases qkv, rotary 128 of 10000, "
            "bos – eos –");
        row("qwen2 windows", R"({"model_type":"qwen2","use_sliding_window":true,"max_window_layers":2,
            "num_hidden_layers":4,"sliding_window":100})",
            "v151936 d4096 l4 h32/32×128 m22016 t32768 ε1e-06, silu gated, rms, biases qkv, rotary 128 of 10000, "
            "windows 0 0 100 100, bos – eos –");
        row("qwen2 with the switch but no windows", R"({"model_type":"qwen2","use_sliding_window":true,
            "max_window_layers":32})",
            "v151936 d4096 l32 h32/32×128 m22016 t32768 ε1e-06, silu gated, rms, biases qkv, rotary 128 of 10000, "
            "bos – eos –");
        row("qwen3", R"({"model_type":"qwen3","rope_theta":1000000})",
            "v151936 d4096 l32 h32/32×128 m22016 t32768 ε1e-06, silu gated, rms, qk norm per head, "
            "rotary 128 of 1e+06, bos – eos –");
        row("olmo", R"({"model_type":"olmo"})",
            "v50304 d4096 l32 h32/32×128 m11008 t2048 ε1e-05, silu gated, layer without weights, "
            "rotary 128 of 10000, bos – eos 50279");
        row("olmo clip", R"({"model_type":"olmo","clip_qkv":8.0,"attention_bias":true,"rms_norm_eps":0.1})",
            "v50304 d4096 l32 h32/32×128 m11008 t2048 ε1e-05, silu gated, layer without weights, biases qkv out, "
            "rotary 128 of 10000, clip 8, bos – eos 50279");
        row("hf_olmo", R"({"model_type":"hf_olmo","d_model":2048,"n_heads":16,"n_layers":16,"mlp_ratio":8,"rope":true,
            "include_bias":false,"layer_norm_with_affine":false,"vocab_size":50280,"embedding_size":50304,
            "max_sequence_length":2048,"eos_token_id":50279,"attention_layer_norm":false,"alibi":false})",
            "v50304 d2048 l16 h16/16×128 m8192 t2048 ε1e-05, silu gated, layer without weights, tied, "
            "rotary 128 of 10000, bos – eos 50279");
        row("olmo in the layout of the first release", R"({"model_type":"olmo","d_model":64,"n_heads":4,"n_layers":1,
            "rope":true,"include_bias":true,"bias_for_layer_norm":false,"weight_tying":false,"n_kv_heads":2,
            "activation_type":"gelu","mlp_hidden_size":100,"clip_qkv":8})",
            "v50257 d64 l1 h4/2×16 m100 t1024 ε1e-05, gelu, layer without bias, biases qkv out mlp head, "
            "rotary 16 of 10000, clip 8, bos – eos 50256");
        row("olmo2", R"({"model_type":"olmo2"})",
            "v50304 d4096 l32 h32/32×128 m11008 t2048 ε1e-05, silu gated, rms after, qk norm, rotary 128 of 10000, "
            "bos – eos 50279");
        row("olmo3", R"({"model_type":"olmo3","num_hidden_layers":5})",
            "v50304 d4096 l5 h32/32×128 m11008 t2048 ε1e-05, silu gated, rms after, qk norm, rotary 128 of 10000, "
            "windows 4096 4096 4096 0 4096, bos – eos 50279");
        row("gemma", R"({"model_type":"gemma","hidden_act":"gelu"})",
            "v256000 d3072 l28 h16/16×256 m24576 t8192 ε1e-06, gelu_new gated, rms around one, tied, "
            "rotary 256 of 10000, embeddings × 55.4256, bos 2 eos 1");
        row("phi", R"({"model_type":"phi"})",
            "v51200 d2048 l24 h32/32×64 m8192 t2048 ε1e-05, gelu_new, layer, parallel, one norm, "
            "biases qkv out mlp head, rotary 32 of 10000, bos 1 eos 2");
        row("phi3", R"({"model_type":"phi3"})",
            "v32064 d3072 l32 h32/32×96 m8192 t4096 ε1e-05, silu gated, rms, rotary 96 of 10000, bos 1 eos 32000");
        row("stablelm", R"({"model_type":"stablelm","use_qkv_bias":true})",
            "v50304 d2560 l32 h32/32×80 m6912 t4096 ε1e-05, silu gated, layer, biases qkv, rotary 20 of 10000, "
            "bos 0 eos 0");
        row("starcoder2", R"({"model_type":"starcoder2","num_hidden_layers":1,"sliding_window":64})",
            "v49152 d3072 l1 h24/2×128 m12288 t4096 ε1e-05, gelu_new, layer, biases qkv out mlp, tied, "
            "rotary 128 of 10000, windows 64, bos – eos –");
    }

    void decoders() {
        QFETCH(QByteArray, json);
        QFETCH(QString, expected);
        const auto a = read(json);
        QVERIFY2(a, a ? "" : a.error().text().c_str());
        QCOMPARE(words(*a), expected);
        QVERIFY(a->prediction() == PredictionKind::next_token);
    }

    void yarn() {
        const auto a = read(R"({"model_type":"qwen2","max_position_embeddings":32768,"rope_scaling":
            {"rope_type":"yarn","factor":4.0}})");
        QVERIFY2(a, a ? "" : a.error().text().c_str());
        QVERIFY(a->rotary_scaling.kind == RotaryScaling::Kind::yarn);
        QCOMPARE(a->rotary_scaling.original_positions, 32768);
        QCOMPARE(a->rotary_scaling.magnitude, .1 * std::log(4) + 1);
        QCOMPARE(a->rotary_scaling.fast_turns, 32.0);
        QCOMPARE(a->rotary_scaling.slow_turns, 1.0);
        QVERIFY(a->rotary_scaling.whole_pairs);
    }

    void roberta() {
        for (const auto& [type, vocabulary] :
             {std::pair{"roberta", 50265}, {"camembert", 30522}, {"xlm-roberta", 30522}}) {
            const auto a =
                read(QByteArray(R"({"max_position_embeddings":514,"type_vocab_size":1,"model_type":")") + type + "\"}");
            QVERIFY2(a, a ? "" : a.error().text().c_str());
            QVERIFY(a->family == ModelFamily::roberta && a->prediction() == PredictionKind::masked_token);
            QCOMPARE(a->vocabulary, vocabulary);
            QCOMPARE(a->positions, 512);
            QCOMPARE(a->first_position, 2);
            QCOMPARE(a->token_types, 1);
            QVERIFY(a->tied_embeddings && a->head_bias);
            QCOMPARE(*a->bos_token, 0);
            QCOMPARE(*a->eos_token, 2);
        }
    }

    void distilbert() {
        const auto a = read(R"({"model_type":"distilbert"})");
        QVERIFY2(a, a ? "" : a.error().text().c_str());
        QVERIFY(a->family == ModelFamily::distilbert && a->prediction() == PredictionKind::masked_token);
        QCOMPARE(words(*a), QString::fromUtf8("v30522 d768 l6 h12/12×64 m3072 t512 ε1e-12, gelu, layer, biases qkv out "
                                              "mlp head, tied, rotary 0 of 10000, bos – eos –"));
        QCOMPARE(a->token_types, 0);
    }

    // ViTConfig() and ViTImageProcessor().
    void vit() {
        const auto a = read(R"({"model_type":"vit"})");
        QVERIFY2(a, a ? "" : a.error().text().c_str());
        QVERIFY(a->family == ModelFamily::vit && a->prediction() == PredictionKind::image_class);
        QCOMPARE(a->vocabulary, 2);
        QCOMPARE(a->positions, 197);
        QCOMPARE(a->image->patches(), 196);
        QCOMPARE(a->image->values(), 3 * 224 * 224);
        QCOMPARE(a->image->mean, (std::vector{.5, .5, .5}));
        QCOMPARE(a->image->deviation, (std::vector{.5, .5, .5}));
        QCOMPARE(a->image->scale, 1.0 / 255);
        QVERIFY(a->attention_bias);
    }

    void vit_with_its_preprocessor() {
        const auto json = R"({"model_type":"vit","image_size":[32,16],"patch_size":8,"num_channels":1,"qkv_bias":false,
            "id2label":{"0":"a","1":"b","2":"c"}})";
        const QString file = folder_.filePath(QStringLiteral("preprocessor_config.json"));
        write_bytes(file, R"({"image_mean":[0.485],"image_std":[0.229],"rescale_factor":0.5})");
        const auto a = read(json);
        QVERIFY2(a, a ? "" : a.error().text().c_str());
        QCOMPARE(a->vocabulary, 3);
        QCOMPARE(a->positions, 9);
        QCOMPARE(a->image->mean, std::vector{.485});
        QCOMPARE(a->image->deviation, std::vector{.229});
        QCOMPARE(a->image->scale, .5);
        QVERIFY(!a->attention_bias && a->attention_out_bias);
        write_bytes(file, R"({"do_normalize":false,"do_rescale":false})");
        const auto raw = read(json);
        QCOMPARE(raw->image->mean, std::vector{0.0});
        QCOMPARE(raw->image->deviation, std::vector{1.0});
        QCOMPARE(raw->image->scale, 1.0);
        for (const char* damaged : {R"({"image_std":[0]})", R"({"image_mean":[1,2]})", "[]", "{"}) {
            write_bytes(file, damaged);
            const auto refused = read(json);
            QVERIFY(!refused);
            QVERIFY(refused.error().text().find("preprocessor_config.json") != std::string::npos);
        }
        QVERIFY(QFile::remove(file));
    }

    void torchscript() {
        const auto a = read(R"({"model_type":"torchscript","vocab_size":50,"max_position_embeddings":64,
            "prediction":"masked_token","eos_token_id":3})");
        QVERIFY2(a, a ? "" : a.error().text().c_str());
        QVERIFY(a->family == ModelFamily::script && a->prediction() == PredictionKind::masked_token);
        QCOMPARE(a->positions, 64);
        QCOMPARE(*a->eos_token, 3);
        const auto image = read(R"({"model_type":"torchscript","num_labels":10,"prediction":"image_class",
            "image_size":28,"num_channels":1,"image_mean":[0.1],"image_std":[0.3]})");
        QVERIFY2(image, image ? "" : image.error().text().c_str());
        QCOMPARE(image->vocabulary, 10);
        QCOMPARE(image->image->values(), 784);
        QCOMPARE(image->image->mean, std::vector{.1});
    }
};

QTEST_APPLESS_MAIN(ModelConfigsTest)
#include "tst_model_configs.moc"
