#pragma once

#include "engine/base/random.h"
#include "engine/demo/language.h"
#include "engine/inference/training.h"

#include <cstdint>
#include <vector>

namespace isoloss {

/// Endless fresh sentences of a language, each with one token masked. One thread.
class MaskedSentences {
public:
    MaskedSentences(const Language& language, std::int64_t rows, std::uint64_t seed);

    /// The next batch, with the labels of every label kind.
    void fill(TrainingBatch& batch);

private:
    const Language& language_;
    std::int64_t rows_;
    RandomSource random_;
};

/// The sentences with one mask each, at a position that the seed chooses.
std::vector<PredictionRow> with_one_mask(const Language& language, const std::vector<LabelledSentence>& sentences,
                                         std::uint64_t seed);

} // namespace isoloss
