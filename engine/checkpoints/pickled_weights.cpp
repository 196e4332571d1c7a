#include "engine/checkpoints/pickled_weights.h"

#include "engine/base/file.h"

namespace isoloss {

bool has_pickled_weights(const std::filesystem::path& folder) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(folder / "pytorch_model.bin", ignored) ||
           std::filesystem::is_regular_file(folder / "pytorch_model.bin.index.json", ignored);
}

Error pickled_weights_error(const std::filesystem::path& folder) {
    return {ErrorKind::untrusted,
            path_text(folder),
            {},
            "its weights are only in pickled form (pytorch_model.bin), which can run code when it is opened; Isoloss "
            "never opens it",
            "If you trust its source, convert it where it was trained: AutoModelForCausalLM.from_pretrained(FOLDER)"
            ".save_pretrained(FOLDER, safe_serialization=True)"};
}

} // namespace isoloss
