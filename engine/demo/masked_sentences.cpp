#include "engine/demo/masked_sentences.h"

#include "engine/demo/demo_model.h"

namespace isoloss {

MaskedSentences::MaskedSentences(const Language& language, std::int64_t rows, std::uint64_t seed)
    : language_(language), rows_(rows), random_(seed) {}

void MaskedSentences::fill(TrainingBatch& batch) {
    batch.length = language_.length();
    batch.tokens.clear();
    batch.positions.clear();
    batch.targets.clear();
    batch.labels.clear();
    for (std::int64_t row = 0; row < rows_; ++row) {
        const LabelledSentence sentence = language_.sample(random_);
        const std::size_t position = random_.below(sentence.tokens.size());
        batch.positions.push_back(static_cast<std::int32_t>(position));
        batch.targets.push_back(sentence.tokens[position]);
        batch.tokens.insert(batch.tokens.end(), sentence.tokens.begin(), sentence.tokens.end());
        batch.tokens[static_cast<std::size_t>(row * batch.length) + position] = mask_token(language_);
        batch.labels.insert(batch.labels.end(), sentence.labels.begin(), sentence.labels.end());
    }
}

std::vector<PredictionRow> with_one_mask(const Language& language, const std::vector<LabelledSentence>& sentences,
                                         std::uint64_t seed) {
    RandomSource random(seed);
    std::vector<PredictionRow> rows;
    for (const LabelledSentence& sentence : sentences) {
        const std::size_t position = random.below(sentence.tokens.size());
        PredictionRow& row = rows.emplace_back();
        row.tokens.assign(sentence.tokens.begin(), sentence.tokens.end());
        row.tokens[position] = mask_token(language);
        row.positions = {static_cast<std::int32_t>(position)};
        row.targets = {sentence.tokens[position]};
    }
    return rows;
}

} // namespace isoloss
