#include "engine/checkpoints/checkpoint_folder.h"
#include "tests/support/safetensors_file.h"

#include <QTemporaryDir>

using namespace isoloss;
using test::write_bytes;

class ArchitectureTest : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

    Expected<Architecture> read(const QByteArray& json) const {
        write_bytes(folder_.filePath(QStringLiteral("config.json")), json);
        return read_architecture(folder_.filePath(QStringLiteral("config.json")).toStdString());
    }

private Q_SLOTS:

    // GPT2Config() of transformers.
    void gpt2_defaults() {
        const auto a = read(R"({"model_type":"gpt2","n_inner":null})");
        QVERIFY2(a, a ? "" : a.error().text().c_str());
        QVERIFY(a->family == ModelFamily::gpt2);
        QCOMPARE(a->vocabulary, std::int64_t(50257));
        QCOMPARE(a->width, std::int64_t(768));
        QCOMPARE(a->layers, std::int64_t(12));
        QCOMPARE(a->heads, std::int64_t(12));
        QCOMPARE(a->key_value_heads, std::int64_t(12));
        QCOMPARE(a->head_width, std::int64_t(64));
        QCOMPARE(a->mlp_width, std::int64_t(3072));
        QCOMPARE(a->positions, std::int64_t(1024));
        QCOMPARE(a->norm_epsilon, 1e-5);
        QVERIFY(a->activation == Activation::gelu_new);
        QVERIFY(a->tied_embeddings && a->attention_bias && a->mlp_bias && a->scale_attention);
        QVERIFY(!a->scale_attention_by_inverse_layer);
        QCOMPARE(*a->bos_token, 50256);
        QCOMPARE(*a->eos_token, 50256);
    }

    void gpt2_fields() {
        const auto a = read(R"({"model_type":"gpt2","vocab_size":21,"n_embd":6,"n_head":3,"n_layer":2,"n_inner":10,
            "n_positions":8,"layer_norm_epsilon":0.001,"activation_function":"relu","tie_word_embeddings":false,
            "scale_attn_weights":false,"scale_attn_by_inverse_layer_idx":true,"bos_token_id":null,"eos_token_id":[20,3]})");
        QVERIFY2(a, a ? "" : a.error().text().c_str());
        QCOMPARE(a->mlp_width, std::int64_t(10));
        QCOMPARE(a->head_width, std::int64_t(2));
        QCOMPARE(a->norm_epsilon, 0.001);
        QVERIFY(a->activation == Activation::relu);
        QVERIFY(!a->tied_embeddings && !a->scale_attention && a->scale_attention_by_inverse_layer);
        QVERIFY(!a->bos_token);
        QCOMPARE(*a->eos_token, 20);
    }

    // LlamaConfig() of transformers.
    void llama_defaults() {
        const auto a = read(R"({"model_type":"llama"})");
        QVERIFY2(a, a ? "" : a.error().text().c_str());
        QVERIFY(a->family == ModelFamily::llama);
        QCOMPARE(a->vocabulary, std::int64_t(32000));
        QCOMPARE(a->width, std::int64_t(4096));
        QCOMPARE(a->mlp_width, std::int64_t(11008));
        QCOMPARE(a->layers, std::int64_t(32));
        QCOMPARE(a->key_value_heads, std::int64_t(32));
        QCOMPARE(a->head_width, std::int64_t(128));
        QCOMPARE(a->positions, std::int64_t(2048));
        QCOMPARE(a->norm_epsilon, 1e-6);
        QCOMPARE(a->rotary_base, 10000.0);
        QVERIFY(a->activation == Activation::silu);
        QVERIFY(!a->tied_embeddings && !a->attention_bias && !a->mlp_bias);
        QVERIFY(a->rotary_scaling.kind == RotaryScaling::Kind::none);
        QCOMPARE(*a->bos_token, 1);
        QCOMPARE(*a->eos_token, 2);
    }

    void llama_fields() {
        const auto a = read(R"({"model_type":"llama","vocab_size":512,"hidden_size":64,"num_attention_heads":8,
            "num_key_value_heads":4,"head_dim":16,"rope_theta":500000.0,"attention_bias":true,"mlp_bias":true,
            "tie_word_embeddings":true,"rms_norm_eps":1e-5,"bos_token_id":128000,
            "rope_scaling":{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,
            "original_max_position_embeddings":8192}})");
        QVERIFY2(a, a ? "" : a.error().text().c_str());
        QCOMPARE(a->head_width, std::int64_t(16));
        QCOMPARE(a->key_value_heads, std::int64_t(4));
        QCOMPARE(a->rotary_base, 500000.0);
        QVERIFY(a->rotary_scaling.kind == RotaryScaling::Kind::llama3);
        QCOMPARE(a->rotary_scaling.factor, 8.0);
        QCOMPARE(a->rotary_scaling.original_positions, std::int64_t(8192));
        QVERIFY(a->attention_bias && a->mlp_bias && a->tied_embeddings);
        QVERIFY2(!a->bos_token, "the model has no embedding for 128000");
    }

    // BertConfig() of transformers.
    void bert_defaults() {
        const auto a = read(R"({"model_type":"bert"})");
        QVERIFY2(a, a ? "" : a.error().text().c_str());
        QVERIFY(a->family == ModelFamily::bert && a->prediction() == PredictionKind::masked_token);
        QCOMPARE(a->vocabulary, std::int64_t(30522));
        QCOMPARE(a->width, std::int64_t(768));
        QCOMPARE(a->layers, std::int64_t(12));
        QCOMPARE(a->heads, std::int64_t(12));
        QCOMPARE(a->key_value_heads, std::int64_t(12));
        QCOMPARE(a->head_width, std::int64_t(64));
        QCOMPARE(a->mlp_width, std::int64_t(3072));
        QCOMPARE(a->positions, std::int64_t(512));
        QCOMPARE(a->token_types, std::int64_t(2));
        QCOMPARE(a->norm_epsilon, 1e-12);
        QVERIFY(a->activation == Activation::gelu);
        QVERIFY(a->tied_embeddings && a->attention_bias && a->mlp_bias);
        QVERIFY(!a->bos_token && !a->eos_token);
    }

    void bert_fields() {
        const auto a = read(R"({"model_type":"bert","vocab_size":7,"hidden_size":32,"num_attention_heads":4,
            "num_hidden_layers":2,"intermediate_size":64,"max_position_embeddings":8,"type_vocab_size":1,
            "hidden_act":"relu","layer_norm_eps":1e-5,"tie_word_embeddings":false,"is_decoder":false,
            "position_embedding_type":"absolute"})");
        QVERIFY2(a, a ? "" : a.error().text().c_str());
        QCOMPARE(a->vocabulary, std::int64_t(7));
        QCOMPARE(a->width, std::int64_t(32));
        QCOMPARE(a->head_width, std::int64_t(8));
        QCOMPARE(a->layers, std::int64_t(2));
        QCOMPARE(a->mlp_width, std::int64_t(64));
        QCOMPARE(a->positions, std::int64_t(8));
        QCOMPARE(a->token_types, std::int64_t(1));
        QCOMPARE(a->norm_epsilon, 1e-5);
        QVERIFY(a->activation == Activation::relu && !a->tied_embeddings);
    }

    void rotary_settings_in_either_place() {
        const auto old_form = read(R"({"model_type":"llama","rope_scaling":{"type":"linear","factor":2}})");
        QVERIFY2(old_form, old_form ? "" : old_form.error().text().c_str());
        QVERIFY(old_form->rotary_scaling.kind == RotaryScaling::Kind::linear);
        QCOMPARE(old_form->rotary_scaling.factor, 2.0);
        const auto new_form =
            read(R"({"model_type":"llama","rope_parameters":{"rope_theta":20000.0,"rope_type":"default"}})");
        QVERIFY2(new_form, new_form ? "" : new_form.error().text().c_str());
        QCOMPARE(new_form->rotary_base, 20000.0);
        QVERIFY(new_form->rotary_scaling.kind == RotaryScaling::Kind::none);
    }

    // BAD_INPUTS.md row 71 and everything that is not known: nothing is guessed.
    void refusals_data() {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QString>("words");
        const auto row = [](const char* name, const char* json, const char* words) {
            QTest::newRow(name) << QByteArray(json) << QString::fromUtf8(words);
        };
        row("71 layers", R"({"model_type":"gpt2","n_layer":1000000000})", "key n_layer|impossible");
        row("71 width", R"({"model_type":"gpt2","n_embd":4611686018427387904})", "key n_embd|impossible");
        row("71 heads", R"({"model_type":"gpt2","n_embd":768,"n_head":7})",
            "key n_head|7 heads do not divide the width 768");
        row("71 llama heads", R"({"model_type":"llama","hidden_size":100,"num_attention_heads":3})",
            "num_attention_heads|3 heads do not divide the width 100");
        row("71 key-value heads", R"({"model_type":"llama","num_attention_heads":8,"num_key_value_heads":3})",
            "num_key_value_heads|3 key-value heads do not divide the 8 heads");
        row("71 vocabulary", R"({"model_type":"llama","vocab_size":1e12})", "vocab_size|impossible");
        row("71 zero", R"({"model_type":"llama","num_hidden_layers":0})", "num_hidden_layers|0 is not a whole number");
        row("71 negative", R"({"model_type":"llama","hidden_size":-64})", "hidden_size|-64 is not a whole number");
        row("71 fraction", R"({"model_type":"llama","hidden_size":64.5})", "hidden_size|64.5 is not a whole number");
        row("odd head width", R"({"model_type":"llama","head_dim":7})", "head_dim|even");
        row("epsilon", R"({"model_type":"llama","rms_norm_eps":NaN})", "rms_norm_eps|not a number > 0");
        row("flag", R"({"model_type":"llama","mlp_bias":"yes"})", "mlp_bias|neither true nor false");
        row("token", R"({"model_type":"llama","bos_token_id":"<s>"})", "bos_token_id|not a token id");
        row("model type", R"({"model_type":"gemma2"})",
            "model_type|unknown model type \"gemma2\"|soft caps|the nearest is gemma;|TorchScript");
        row("olmo positions", R"({"model_type":"hf_olmo","rope":false})", "rope|a table of positions");
        row("olmo without rope", R"({"model_type":"hf_olmo"})", "rope|a table of positions");
        row("olmo alibi", R"({"model_type":"hf_olmo","rope":true,"alibi":true})", "alibi|ALiBi");
        row("olmo blocks", R"({"model_type":"hf_olmo","rope":true,"block_type":"llama"})",
            "block_type|\"llama\"|sequential");
        row("olmo norms", R"({"model_type":"hf_olmo","rope":true,"layer_norm_type":"rms"})",
            "layer_norm_type|\"rms\" with a bias");
        row("model type with a feature", R"({"model_type":"mixtral"})", "\"mixtral\"|mixtures of experts");
        row("model type by its name", R"({"model_type":"qwen2_5"})", "\"qwen2_5\"|the nearest is qwen2;");
        row("model type like none", R"({"model_type":"zzzzzzzzzzzzzzzzz"})", "\"zzzzzzzzzzzzzzzzz\"; known are bert,");
        row("no model type", R"({"n_layer":2})",
            "model_type|missing|bert, camembert|gpt_neox, hf_olmo|and xlm-roberta");
        row("activation", R"({"model_type":"llama","hidden_act":"mish"})",
            "hidden_act|unknown activation \"mish\"|gelu_new, gelu_pytorch_tanh, gelu_fast, gelu, gelu_python, relu, "
            "silu, swish");
        row("rope type", R"({"model_type":"llama","rope_scaling":{"rope_type":"longrope","factor":2}})",
            "rope_scaling|unknown rope type \"longrope\"|default, linear, dynamic, llama3, yarn");
        row("rope share", R"({"model_type":"gpt_neox","rotary_pct":1.5})", "rotary_pct|more than the whole head");
        row("rope width", R"({"model_type":"gpt_neox","hidden_size":64,"num_attention_heads":8,"rotary_pct":0.4})",
            "head_dim|even head width, not 3");
        row("yarn factor", R"({"model_type":"qwen2","rope_scaling":{"type":"yarn"}})", "rope_scaling.factor|missing");
        row("yarn positions", R"({"model_type":"qwen2","rope_scaling":{"type":"yarn","factor":4,
            "original_max_position_embeddings":"x"}})",
            "rope_scaling.original_max_position_embeddings|whole number");
        row("layer types", R"({"model_type":"qwen3","use_sliding_window":true,"num_hidden_layers":2,
            "layer_types":["full_attention"]})",
            "layer_types|each of the 2 layers");
        row("layer type", R"({"model_type":"olmo3","num_hidden_layers":1,"layer_types":["linear_attention"]})",
            "layer_types|unknown layer type \"linear_attention\"|full_attention, sliding_attention");
        row("window without a size", R"({"model_type":"olmo3","num_hidden_layers":1,"sliding_window":null,
            "layer_types":["sliding_attention"]})",
            "sliding_window|missing");
        row("window size", R"({"model_type":"mistral","sliding_window":0})", "sliding_window|0 is not a whole number");
        row("first windowed layer", R"({"model_type":"qwen2","max_window_layers":-1})",
            "max_window_layers|-1 is not a whole number ≥ 0");
        row("query norms", R"({"model_type":"stablelm","qk_layernorm":true})", "qk_layernorm|normalised queries");
        row("phi query norms", R"({"model_type":"phi","qk_layernorm":true})", "qk_layernorm|normalised queries");
        row("encoder and decoder", R"({"model_type":"bert","is_encoder_decoder":true})",
            "is_encoder_decoder|an encoder and a decoder");
        row("pruned heads", R"({"model_type":"gpt2","pruned_heads":{"0":[1]}})", "pruned_heads|without some");
        row("roberta without positions", R"({"model_type":"roberta","max_position_embeddings":2})",
            "max_position_embeddings|no position");
        row("patches", R"({"model_type":"vit","image_size":30,"patch_size":16})", "patch_size|do not divide");
        row("image size", R"({"model_type":"vit","image_size":[224,"a"]})", "image_size|no height and width");
        row("script without outputs", R"({"model_type":"torchscript"})", "vocab_size|missing");
        row("script of an unknown kind", R"({"model_type":"torchscript","vocab_size":5,"prediction":"seq2seq"})",
            "prediction|\"seq2seq\"|next_token, masked_token, image_class");
        row("rope factor", R"({"model_type":"llama","rope_scaling":{"type":"linear"}})", "rope_scaling.factor|missing");
        row("rope text", R"({"model_type":"llama","rope_scaling":"linear"})", "rope_scaling|must be an object");
        row("quantised", R"({"model_type":"llama","quantization_config":{"bits":4}})", "quantization_config|quantised");
        row("cross attention", R"({"model_type":"gpt2","add_cross_attention":true})",
            "add_cross_attention|cross-attention");
        row("bert heads", R"({"model_type":"bert","hidden_size":100,"num_attention_heads":3})",
            "num_attention_heads|3 heads do not divide the width 100");
        row("bert token types", R"({"model_type":"bert","type_vocab_size":0})", "type_vocab_size|not a whole number");
        row("bert decoder", R"({"model_type":"bert","is_decoder":true})", "is_decoder|masked-token");
        row("bert positions", R"({"model_type":"bert","position_embedding_type":"relative_key"})",
            "position_embedding_type|\"relative_key\"|absolute");
        row("no object", "[]", "JSON object");
        row("cut", R"({"model_type")", "line 1|not valid JSON");
    }

    void refusals() {
        QFETCH(QByteArray, json);
        QFETCH(QString, words);
        const auto a = read(json);
        QVERIFY(!a);
        const QString text = QString::fromStdString(a.error().text());
        QVERIFY2(text.startsWith(folder_.filePath(QStringLiteral("config.json"))), qPrintable(text));
        QVERIFY(!a.error().remedy.empty());
        for (const QString& word : words.split(QLatin1Char('|')))
            QVERIFY2(text.contains(word), qPrintable(text));
    }
};

QTEST_APPLESS_MAIN(ArchitectureTest)
#include "tst_architecture.moc"
