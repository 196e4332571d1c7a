#pragma once

#include "engine/base/random.h"
#include "engine/demo/language.h"
#include "engine/inference/architecture.h"
#include "engine/inference/tensor_source.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace isoloss {

/// The shape of a small masked-token transformer.
struct DemoModelShape {
    std::int64_t width = 32;
    std::int64_t layers = 2;
    std::int64_t heads = 2;
    std::int64_t mlp_width = 64;
};

/// Token ids behind the letters of a language, as write_character_tokenizer counts them.
std::int32_t pad_token(const Language& language);
std::int32_t mask_token(const Language& language);

/// A BERT whose longest sequence is a sentence of the language.
Architecture demo_architecture(const Language& language, const DemoModelShape& shape);

/// Its config.json in the words of Hugging Face.
std::string demo_config_json(const Architecture& architecture, std::int32_t pad);

/// Random weights of a BERT with tied output under their names in the file: linear layers normal with variance 1/inputs
/// (BERT's .02 is meant for widths of hundreds), embeddings normal with deviation .3, biases 0, normalisations 1.
class InitialWeights final : public TensorSource {
public:
    InitialWeights(const Architecture& architecture, RandomSource& random);

    const std::vector<TensorInfo>& tensors() const override { return infos_; }

    Expected<void> read(std::string_view name, std::span<std::byte> buffer) const override;

    std::string description() const override { return "initial weights"; }

private:
    void add(const std::string& name, std::vector<std::int64_t> shape, std::vector<float> values);

    std::vector<TensorInfo> infos_;
    std::map<std::string, std::vector<float>, std::less<>> values_;
};

} // namespace isoloss
