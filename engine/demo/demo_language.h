#pragma once

#include "engine/base/error.h"
#include "engine/demo/entropy.h"
#include "engine/demo/language.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace isoloss {

/// One of the suite's languages with what is known exactly about it.
struct DemoLanguage {
    std::string key;   ///< names folders, files and so the data sets: "grammar", "hidden_markov"
    std::string title; ///< "Grammar"
    std::shared_ptr<const Language> language;
    LanguageEntropy entropy;
};

/// The tree grammar: 4 symbols a level, 8 tokens, sentences of 8.
Expected<DemoLanguage> demo_grammar();
/// The hidden Markov language: 4 states, 8 tokens, sentences of 8.
Expected<DemoLanguage> demo_hidden_markov();

/// The letters that the tokens are written with: a, b, c, …
std::string letters_of(const Language& language);
std::string text_of(const LabelledSentence& sentence);

/// Sentences of a language that no training run sees: a seed of their own.
std::vector<LabelledSentence> draw_sentences(const Language& language, int count, std::uint64_t seed);

/// Held-out text: JSON lines {"text"}.
Expected<void> write_text_data(const std::filesystem::path& file, const std::vector<LabelledSentence>& sentences);
/// For probes: JSON lines {"text", "labels": {"span 0-3": "A2", …}}.
Expected<void> write_labelled_data(const std::filesystem::path& file, const Language& language,
                                   const std::vector<LabelledSentence>& sentences);

/// What the language's knower would reach on labelled sentences: the mean over sentences and label kinds of the
/// likeliest label's probability.
double best_probe_accuracy(const Language& language, const std::vector<LabelledSentence>& sentences);

/// What the language's knower would lose on sentences, each token masked once: −ln p(token | the others) by sentence,
/// [sentences].
std::vector<double> masked_losses(const Language& language, const std::vector<LabelledSentence>& sentences);

/// Floor, entropy and sizes as a small JSON object for people: language.json.
std::string language_json(const DemoLanguage& language);

} // namespace isoloss
