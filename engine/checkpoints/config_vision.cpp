#include "engine/base/file.h"
#include "engine/checkpoints/model_configs.h"

#include <filesystem>

namespace isoloss {

namespace {

struct Size {
    std::int64_t height = 0, width = 0;
};

/// One number for a square, or two: [height, width].
Size read_size(ConfigFields& fields, std::string_view key, std::int64_t fallback) {
    const auto* value = fields.find(key);
    if (value == nullptr || !value->IsArray()) {
        const std::int64_t side = fields.count(key, fallback, ConfigLimits::image_side);
        return {side, side};
    }
    const auto side = [&](rapidjson::SizeType i) -> std::int64_t {
        if (value->Size() == 2 && (*value)[i].IsInt64() && (*value)[i].GetInt64() >= 1 &&
            (*value)[i].GetInt64() <= ConfigLimits::image_side)
            return (*value)[i].GetInt64();
        fields.refuse(key, json_text(*value) + " is no height and width");
        return fallback;
    };
    return {side(0), side(1)};
}

std::vector<double> read_channels(ConfigFields& fields, std::string_view key, std::int64_t channels) {
    const auto count = static_cast<std::size_t>(channels);
    std::vector<double> values(count, .5);
    const auto* value = fields.find(key);
    if (value == nullptr) return values;
    if (!value->IsArray() || value->Size() != count) {
        fields.refuse(key, json_text(*value) + " is no list of " + std::to_string(channels) + " numbers");
        return values;
    }
    for (rapidjson::SizeType i = 0; i < value->Size(); ++i) {
        const auto number = json_as_number((*value)[i]);
        if (!number) fields.refuse(key, json_text((*value)[i]) + " is not a number");
        values[i] = number.value_or(.5);
    }
    return values;
}

/// How stored bytes become values. Defaults: ViTImageProcessor of the transformers library.
void read_preprocessor(ConfigFields& fields, ImageShape& image) {
    image.scale = fields.flag("do_rescale", true) ? fields.positive("rescale_factor", 1.0 / 255) : 1;
    const auto channels = static_cast<std::size_t>(image.channels);
    image.mean.assign(channels, 0);
    image.deviation.assign(channels, 1);
    if (!fields.flag("do_normalize", true)) return;
    image.mean = read_channels(fields, "image_mean", image.channels);
    image.deviation = read_channels(fields, "image_std", image.channels);
    for (const double deviation : image.deviation)
        if (!(deviation > 0)) fields.refuse("image_std", "must be above 0 for every channel");
}

} // namespace

void read_vit_config(ConfigFields& fields, Architecture& a) {
    a.family = ModelFamily::vit;
    a.norm = NormKind::layer;
    a.gated_mlp = a.tied_embeddings = false;
    a.width = fields.count("hidden_size", 768, ConfigLimits::width);
    a.layers = fields.count("num_hidden_layers", 12, ConfigLimits::layers);
    a.heads = fields.count("num_attention_heads", 12, ConfigLimits::heads);
    a.key_value_heads = a.heads;
    a.mlp_width = fields.count("intermediate_size", 3072, ConfigLimits::mlp_width);
    a.norm_epsilon = fields.positive("layer_norm_eps", 1e-12);
    a.activation = fields.activation("hidden_act", "gelu");
    a.attention_bias = fields.flag("qkv_bias", true);
    a.attention_out_bias = a.mlp_bias = a.head_bias = true;
    read_head_width(fields, a, "num_attention_heads");
    // The names of the classes say how many there are.
    const auto* labels = fields.find("id2label");
    const std::int64_t named = labels != nullptr && labels->IsObject() ? labels->MemberCount() : 0;
    a.vocabulary = fields.count("num_labels", named > 0 ? named : 2, ConfigLimits::vocabulary);

    ImageShape image;
    image.channels = fields.count("num_channels", 3, ConfigLimits::channels);
    const Size size = read_size(fields, "image_size", 224), patch = read_size(fields, "patch_size", 16);
    if (size.height % patch.height != 0 || size.width % patch.width != 0)
        fields.refuse("patch_size", "patches do not divide the image");
    image.height = size.height;
    image.width = size.width;
    image.patch_height = patch.height;
    image.patch_width = patch.width;
    a.positions = image.patches() + 1;

    const std::filesystem::path file = std::filesystem::path(fields.file()).parent_path() / "preprocessor_config.json";
    std::error_code ignored;
    rapidjson::Document document(rapidjson::kObjectType);
    if (std::filesystem::is_regular_file(file, ignored)) {
        auto read = read_json_file(file, {.bytes = 16u << 20, .depth = 100});
        if (!read) return fields.take(read.error());
        if (!read->IsObject())
            return fields.take({ErrorKind::damaged, path_text(file), {}, "must be a JSON object", {}});
        document = std::move(*read);
    }
    ConfigFields preprocessor(document, path_text(file));
    read_preprocessor(preprocessor, image);
    if (preprocessor.error()) fields.take(*preprocessor.error());
    a.image = std::move(image);
}

void read_torchscript_config(ConfigFields& fields, Architecture& a) {
    a.family = ModelFamily::script;
    a.tied_embeddings = false;
    const std::string_view prediction = fields.text("prediction", "next_token");
    if (prediction == "masked_token")
        a.script_prediction = PredictionKind::masked_token;
    else if (prediction == "image_class")
        a.script_prediction = PredictionKind::image_class;
    else if (prediction != "next_token")
        fields.unsupported("prediction", "unknown kind of prediction " + json_quote(prediction) +
                                             "; known are next_token, masked_token, image_class");
    if (!fields.has("vocab_size") && !fields.has("num_labels"))
        fields.refuse("vocab_size", "is missing; a TorchScript module does not say how many outputs it has");
    a.vocabulary = fields.count("vocab_size", 2, ConfigLimits::vocabulary, "num_labels");
    a.width = fields.count("hidden_size", 1, ConfigLimits::width);
    a.layers = fields.count("num_hidden_layers", 1, ConfigLimits::layers);
    a.heads = a.key_value_heads = fields.count("num_attention_heads", 1, ConfigLimits::heads);
    a.positions = fields.count("max_position_embeddings", 1024, ConfigLimits::positions);
    a.bos_token = fields.token("bos_token_id", std::nullopt, a.vocabulary);
    a.eos_token = fields.token("eos_token_id", std::nullopt, a.vocabulary);
    if (a.script_prediction != PredictionKind::image_class) return;
    ImageShape image;
    image.channels = fields.count("num_channels", 3, ConfigLimits::channels);
    const Size size = read_size(fields, "image_size", 224);
    image.height = image.patch_height = size.height;
    image.width = image.patch_width = size.width;
    read_preprocessor(fields, image);
    a.image = std::move(image);
}

} // namespace isoloss
