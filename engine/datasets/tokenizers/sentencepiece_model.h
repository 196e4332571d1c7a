#pragma once

#include "engine/datasets/sentencepiece/entry.h"
#include "engine/datasets/tokenizers/token_model.h"

#include <memory>

namespace isoloss {

/// Whether a model puts a space before every text that it gets, as it says itself, or the caller puts one there.
enum class DummyPrefix { by_model, by_caller };

/// A .model file of SentencePiece, run by its library. Its words are whole texts: normalisation is the model's own.
class SentencePieceModel final : public TokenModel {
public:
    /// Checks the bytes of the file before the library sees them: a broken normalisation table makes it read outside of
    /// its memory. Errors name `file`.
    static Expected<std::unique_ptr<SentencePieceModel>> open(std::string model, DummyPrefix prefix,
                                                              std::string_view file);

    Expected<void> tokenize(std::string_view word, TimeLimit& limit, std::vector<Token>& tokens) const override;

    std::string kind() const override { return "SentencePiece"; }

    const SentencePieceModelFile& file() const { return *file_; }

private:
    using File = std::unique_ptr<const SentencePieceModelFile>;

    SentencePieceModel(Vocabulary vocabulary, File file, DummyPrefix prefix);

    Expected<void> encode(std::string_view text, std::vector<SentencePiece>& pieces) const;

    File file_;
    DummyPrefix prefix_;
    std::string guard_; ///< the unknown token, written before a text whose first space must stay
};

} // namespace isoloss
