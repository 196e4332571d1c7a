#include "engine/datasets/sentencepiece/entry.h"

#include <exception>
#include <sentencepiece_processor.h>

namespace isoloss {

namespace {

class ModelFile final : public SentencePieceModelFile {
public:
    explicit ModelFile(std::string_view model) : status_(processor_.LoadFromSerializedProto(model)) {}

    std::string failure() const { return status_.ok() ? std::string() : status_.ToString(); }

    std::int32_t size() const noexcept override { return processor_.GetPieceSize(); }

    std::string_view piece(std::int32_t id) const noexcept override { return processor_.IdToPiece(id); }

    std::int32_t unknown() const noexcept override { return processor_.unk_id(); }

    std::int32_t bos() const noexcept override { return processor_.bos_id(); }

    std::int32_t eos() const noexcept override { return processor_.eos_id(); }

    bool is_control(std::int32_t id) const noexcept override { return processor_.IsControl(id); }

    bool encode(std::string_view text, std::vector<SentencePiece>& pieces,
                std::string& reason) const noexcept override {
        try {
            sentencepiece::ImmutableSentencePieceText result;
            const auto status = processor_.Encode(text, result.mutable_proto());
            if (!status.ok()) {
                reason = status.ToString();
                return false;
            }
            for (const auto& piece : result.pieces())
                pieces.push_back({static_cast<std::int32_t>(piece.id()), piece.end()});
            return true;
        } catch (const std::exception& error) {
            reason = error.what();
            return false;
        }
    }

private:
    sentencepiece::SentencePieceProcessor processor_;
    sentencepiece::util::Status status_;
};

} // namespace

} // namespace isoloss

extern "C" __attribute__((visibility("default"))) isoloss::SentencePieceModelFile*
isoloss_open_sentencepiece(const char* abi, std::string_view model, std::string* reason) noexcept {
    try {
        if (std::string_view(abi) != isoloss::sentencepiece_abi) {
            *reason = "the module belongs to another build of Isoloss";
            return nullptr;
        }
        auto file = std::make_unique<isoloss::ModelFile>(model);
        *reason = file->failure();
        return reason->empty() ? file.release() : nullptr;
    } catch (const std::exception& error) {
        *reason = error.what();
        return nullptr;
    }
}
