#pragma once

#include "engine/base/error.h"
#include "engine/inference/architecture.h"
#include "engine/inference/tensor_source.h"
#include "engine/inference/torch/network.h"

#include <memory>

namespace isoloss::torch_module {

/// GPT-2 as Hugging Face lays it out, with or without the prefix "transformer.".
Expected<std::unique_ptr<Network>> load_gpt2(const Architecture& architecture, const TensorSource& tensors,
                                             at::Device device, at::ScalarType type);

/// The decoders with rotary embeddings, GPT-NeoX, Llama and its relatives, as Hugging Face lays them out (rotation of
/// half-split pairs), with or without their prefix.
Expected<std::unique_ptr<Network>> load_decoder(const Architecture& architecture, const TensorSource& tensors,
                                                at::Device device, at::ScalarType type);

/// BERT, RoBERTa or DistilBERT with its masked-token head as Hugging Face lays it out, the encoder with or without its
/// prefix.
Expected<std::unique_ptr<Network>> load_bert(const Architecture& architecture, const TensorSource& tensors,
                                             at::Device device, at::ScalarType type);

/// The Vision Transformer with its classifier as Hugging Face lays it out, the encoder with or without the prefix
/// "vit.".
Expected<std::unique_ptr<Network>> load_vit(const Architecture& architecture, const TensorSource& tensors,
                                            at::Device device, at::ScalarType type);

/// The network of the architecture's family.
inline Expected<std::unique_ptr<Network>> load_network(const Architecture& architecture, const TensorSource& tensors,
                                                       at::Device device, at::ScalarType type) {
    switch (architecture.family) {
    case ModelFamily::gpt2:
        return load_gpt2(architecture, tensors, device, type);
    case ModelFamily::gpt_neox:
    case ModelFamily::llama:
    case ModelFamily::olmo_training:
    case ModelFamily::phi:
    case ModelFamily::phi3:
    case ModelFamily::starcoder2:
        return load_decoder(architecture, tensors, device, type);
    case ModelFamily::bert:
    case ModelFamily::roberta:
    case ModelFamily::distilbert:
        return load_bert(architecture, tensors, device, type);
    case ModelFamily::vit:
        return load_vit(architecture, tensors, device, type);
    case ModelFamily::script:
        break;
    }
    return fail(ErrorKind::internal, "A TorchScript module is loaded from its file, not from tensors");
}

} // namespace isoloss::torch_module
