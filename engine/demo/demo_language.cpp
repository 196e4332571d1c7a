#include "engine/demo/demo_language.h"

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/demo/hidden_markov.h"
#include "engine/demo/tree_grammar.h"

#include <algorithm>
#include <cmath>

namespace isoloss {

namespace {

// Which draws the suite uses. Chosen once among the first fourteen for two properties of the languages alone: small
// models come close to the floor in the time of a demonstration, and no label is nearly constant.
constexpr std::uint64_t grammar_draw = 11;
constexpr std::uint64_t hidden_markov_draw = 2;

template <typename Made>
Expected<DemoLanguage> described(std::string key, std::string title, Made&& made) {
    DemoLanguage result{std::move(key), std::move(title), std::make_shared<Made>(std::forward<Made>(made)), {}};
    ISOLOSS_TRY(result.entropy, exact_entropy(*result.language));
    return result;
}

} // namespace

Expected<DemoLanguage> demo_grammar() {
    RandomSource random(grammar_draw);
    ISOLOSS_TRY(TreeGrammar grammar, TreeGrammar::random({}, random));
    return described("grammar", "Grammar", std::move(grammar));
}

Expected<DemoLanguage> demo_hidden_markov() {
    RandomSource random(hidden_markov_draw);
    ISOLOSS_TRY(HiddenMarkov markov, HiddenMarkov::random({}, random));
    return described("hidden_markov", "Hidden Markov", std::move(markov));
}

std::string letters_of(const Language& language) {
    std::string letters;
    for (int token = 0; token < language.alphabet(); ++token)
        letters += static_cast<char>('a' + token);
    return letters;
}

std::string text_of(const LabelledSentence& sentence) {
    std::string text;
    for (const int token : sentence.tokens)
        text += static_cast<char>('a' + token);
    return text;
}

std::vector<LabelledSentence> draw_sentences(const Language& language, int count, std::uint64_t seed) {
    RandomSource random(seed);
    std::vector<LabelledSentence> sentences;
    for (int i = 0; i < count; ++i)
        sentences.push_back(language.sample(random));
    return sentences;
}

Expected<void> write_text_data(const std::filesystem::path& file, const std::vector<LabelledSentence>& sentences) {
    std::string content;
    for (const LabelledSentence& sentence : sentences)
        content += "{\"text\": \"" + text_of(sentence) + "\"}\n";
    return write_file_atomically(file, content);
}

Expected<void> write_labelled_data(const std::filesystem::path& file, const Language& language,
                                   const std::vector<LabelledSentence>& sentences) {
    const auto& kinds = language.label_kinds();
    std::string content;
    for (const LabelledSentence& sentence : sentences) {
        content += "{\"text\": \"" + text_of(sentence) + "\", \"labels\": {";
        for (std::size_t kind = 0; kind < kinds.size(); ++kind)
            content += (kind == 0 ? "" : ", ") + json_quote(kinds[kind].name) + ": " +
                       json_quote(kinds[kind].classes[static_cast<std::size_t>(sentence.labels[kind])]);
        content += "}}\n";
    }
    return write_file_atomically(file, content);
}

double best_probe_accuracy(const Language& language, const std::vector<LabelledSentence>& sentences) {
    const int kinds = static_cast<int>(language.label_kinds().size());
    double sum = 0;
    for (const LabelledSentence& sentence : sentences)
        for (int kind = 0; kind < kinds; ++kind)
            sum += std::ranges::max(language.label_posterior(sentence.tokens, kind));
    return sum / static_cast<double>(sentences.size()) / kinds;
}

std::vector<double> masked_losses(const Language& language, const std::vector<LabelledSentence>& sentences) {
    std::vector<double> losses;
    for (const LabelledSentence& sentence : sentences) {
        double sum = 0;
        for (int position = 0; position < language.length(); ++position) {
            const auto token = static_cast<std::size_t>(sentence.tokens[static_cast<std::size_t>(position)]);
            sum -= std::log(language.token_posterior(sentence.tokens, position)[token]);
        }
        losses.push_back(sum);
    }
    return losses;
}

std::string language_json(const DemoLanguage& language) {
    return "{\n  \"language\": " + json_quote(language.key) +
           ",\n  \"length\": " + number_text(std::int64_t{language.language->length()}) +
           ",\n  \"tokens\": " + json_quote(letters_of(*language.language)) +
           ",\n  \"masked_token_floor\": " + number_text(language.entropy.masked_token) +
           ",\n  \"sentence_entropy\": " + number_text(language.entropy.sentence) + "\n}\n";
}

} // namespace isoloss
