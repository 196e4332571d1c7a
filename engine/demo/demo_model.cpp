#include "engine/demo/demo_model.h"

#include "engine/base/number_text.h"

#include <cmath>
#include <cstring>

namespace isoloss {

std::int32_t pad_token(const Language& language) {
    return language.alphabet();
}

std::int32_t mask_token(const Language& language) {
    return language.alphabet() + 1;
}

Architecture demo_architecture(const Language& language, const DemoModelShape& shape) {
    Architecture bert;
    bert.family = ModelFamily::bert;
    bert.model_type = "bert";
    bert.vocabulary = mask_token(language) + 1;
    bert.width = shape.width;
    bert.layers = shape.layers;
    bert.heads = bert.key_value_heads = shape.heads;
    bert.head_width = shape.width / shape.heads;
    bert.mlp_width = shape.mlp_width;
    bert.positions = language.length();
    bert.norm_epsilon = 1e-12;
    bert.activation = Activation::gelu;
    bert.tied_embeddings = true;
    bert.attention_bias = bert.mlp_bias = true;
    bert.token_types = 1;
    return bert;
}

std::string demo_config_json(const Architecture& bert, std::int32_t pad) {
    std::string text = "{\n  \"architectures\": [\"BertForMaskedLM\"],\n";
    const auto member = [&](const char* name, const std::string& value) {
        text += "  \"" + std::string(name) + "\": " + value + ",\n";
    };
    member("attention_probs_dropout_prob", "0.0");
    member("hidden_act", "\"gelu\"");
    member("hidden_dropout_prob", "0.0");
    member("hidden_size", number_text(bert.width));
    member("intermediate_size", number_text(bert.mlp_width));
    member("layer_norm_eps", number_text(bert.norm_epsilon));
    member("max_position_embeddings", number_text(bert.positions));
    member("model_type", "\"bert\"");
    member("num_attention_heads", number_text(bert.heads));
    member("num_hidden_layers", number_text(bert.layers));
    member("pad_token_id", number_text(std::int64_t{pad}));
    member("position_embedding_type", "\"absolute\"");
    member("tie_word_embeddings", "true");
    member("torch_dtype", "\"float32\"");
    member("type_vocab_size", number_text(bert.token_types));
    return text + "  \"vocab_size\": " + number_text(bert.vocabulary) + "\n}\n";
}

InitialWeights::InitialWeights(const Architecture& bert, RandomSource& random) {
    constexpr double embedding_deviation = .3;
    const auto normal = [&](const std::string& name, std::int64_t rows, std::int64_t columns, double deviation) {
        std::vector<float> values;
        for (std::int64_t i = 0; i < rows * columns; ++i)
            values.push_back(static_cast<float>(deviation * random.normal()));
        add(name, {rows, columns}, std::move(values));
    };
    const auto constant = [&](const std::string& name, std::int64_t size, float value) {
        add(name, {size}, std::vector<float>(static_cast<std::size_t>(size), value));
    };
    const auto linear = [&](const std::string& name, std::int64_t out, std::int64_t in) {
        normal(name + ".weight", out, in, 1 / std::sqrt(static_cast<double>(in)));
        constant(name + ".bias", out, 0);
    };
    const auto norm = [&](const std::string& name) {
        constant(name + ".weight", bert.width, 1);
        constant(name + ".bias", bert.width, 0);
    };
    normal("bert.embeddings.word_embeddings.weight", bert.vocabulary, bert.width, embedding_deviation);
    normal("bert.embeddings.position_embeddings.weight", bert.positions, bert.width, embedding_deviation);
    normal("bert.embeddings.token_type_embeddings.weight", bert.token_types, bert.width, embedding_deviation);
    norm("bert.embeddings.LayerNorm");
    for (std::int64_t layer = 0; layer < bert.layers; ++layer) {
        const std::string base = "bert.encoder.layer." + std::to_string(layer) + ".";
        for (const char* part : {"query", "key", "value"})
            linear(base + "attention.self." + part, bert.width, bert.width);
        linear(base + "attention.output.dense", bert.width, bert.width);
        norm(base + "attention.output.LayerNorm");
        linear(base + "intermediate.dense", bert.mlp_width, bert.width);
        linear(base + "output.dense", bert.width, bert.mlp_width);
        norm(base + "output.LayerNorm");
    }
    linear("cls.predictions.transform.dense", bert.width, bert.width);
    norm("cls.predictions.transform.LayerNorm");
    constant("cls.predictions.bias", bert.vocabulary, 0);
}

void InitialWeights::add(const std::string& name, std::vector<std::int64_t> shape, std::vector<float> values) {
    infos_.push_back({name, TensorType::f32, "F32", std::move(shape), values.size() * sizeof(float)});
    values_[name] = std::move(values);
}

Expected<void> InitialWeights::read(std::string_view name, std::span<std::byte> buffer) const {
    const auto found = values_.find(name);
    if (found == values_.end() || found->second.size() * sizeof(float) != buffer.size())
        return fail(ErrorKind::internal, "there is no initial weight " + std::string(name) + " of this size");
    std::memcpy(buffer.data(), found->second.data(), buffer.size());
    return {};
}

} // namespace isoloss
