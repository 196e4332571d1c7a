#include "engine/demo/hidden_markov.h"

#include "engine/demo/random_distribution.h"

#include <cmath>
#include <numeric>
#include <string>
#include <utility>

namespace isoloss {

namespace {

constexpr double least_stay = .85, most_stay = .95;
constexpr double random_own_share = .6;

} // namespace

Expected<HiddenMarkov> HiddenMarkov::make(HiddenMarkovParameters parameters) {
    const std::size_t states = parameters.initial.size();
    if (parameters.length < 1) return fail(ErrorKind::usage, "a sentence has at least one token");
    if (parameters.length > longest_sentence)
        return fail(ErrorKind::limit, "a sentence of a hidden Markov language has at most " +
                                          std::to_string(longest_sentence) + " tokens");
    ISOLOSS_TRY_VOID(check_distribution(parameters.initial, states, "the first state"));
    if (parameters.transition.size() != states || parameters.emission.size() != states)
        return fail(ErrorKind::usage,
                    "transitions and emissions need one row for each of the " + std::to_string(states) + " states");
    const std::size_t alphabet = parameters.emission.front().size();
    for (std::size_t state = 0; state < states; ++state) {
        const std::string name = "state " + std::to_string(state);
        ISOLOSS_TRY_VOID(check_distribution(parameters.transition[state], states, "the transition from " + name));
        ISOLOSS_TRY_VOID(check_distribution(parameters.emission[state], alphabet, "the emission of " + name));
    }
    return HiddenMarkov(std::move(parameters));
}

Expected<HiddenMarkov> HiddenMarkov::random(const RandomHiddenMarkovShape& shape, RandomSource& random) {
    if (shape.states < 1 || shape.alphabet < 1)
        return fail(ErrorKind::usage, "a hidden Markov language has at least one state and one token");
    const auto states = static_cast<std::size_t>(shape.states);
    HiddenMarkovParameters parameters;
    parameters.length = shape.length;
    parameters.initial = random_distribution(states, random);
    for (std::size_t state = 0; state < states; ++state) {
        const double stay = states == 1 ? 1 : least_stay + (most_stay - least_stay) * random.uniform();
        std::vector<double> row(states, stay);
        const auto others = random_distribution(states - 1, random);
        for (std::size_t i = 0; i < others.size(); ++i)
            row[i < state ? i : i + 1] = (1 - stay) * others[i];
        parameters.transition.push_back(std::move(row));
    }
    parameters.emission = random_emissions(states, static_cast<std::size_t>(shape.alphabet), random_own_share, random);
    return make(std::move(parameters));
}

HiddenMarkov::HiddenMarkov(HiddenMarkovParameters parameters) : parameters_(std::move(parameters)) {
    std::vector<std::string> names;
    for (std::size_t state = 0; state < states(); ++state)
        names.push_back(std::to_string(state));
    for (int position = 0; position < length(); ++position)
        label_kinds_.push_back({"state " + std::to_string(position), names});
}

LabelledSentence HiddenMarkov::sample(RandomSource& random) const {
    LabelledSentence sentence;
    std::size_t state = random.choose(parameters_.initial);
    for (int position = 0; position < length(); ++position) {
        if (position > 0) state = random.choose(parameters_.transition[state]);
        sentence.labels.push_back(static_cast<int>(state));
        sentence.tokens.push_back(static_cast<int>(random.choose(parameters_.emission[state])));
    }
    return sentence;
}

void HiddenMarkov::take_in(int token, std::vector<double>& weights) const {
    if (token == any_token) return;
    for (std::size_t state = 0; state < weights.size(); ++state)
        weights[state] *= parameters_.emission[state][static_cast<std::size_t>(token)];
}

std::vector<double> HiddenMarkov::forward(std::span<const int> prefix) const {
    std::vector<double> weights = parameters_.initial;
    for (const int token : prefix) {
        take_in(token, weights);
        std::vector<double> next(states(), 0);
        for (std::size_t from = 0; from < states(); ++from)
            for (std::size_t to = 0; to < states(); ++to)
                next[to] += weights[from] * parameters_.transition[from][to];
        weights = std::move(next);
    }
    return weights;
}

std::vector<double> HiddenMarkov::backward(std::span<const int> suffix) const {
    std::vector<double> weights(states(), 1);
    for (std::size_t position = suffix.size(); position-- > 0;) {
        take_in(suffix[position], weights);
        std::vector<double> before(states(), 0);
        for (std::size_t from = 0; from < states(); ++from)
            for (std::size_t to = 0; to < states(); ++to)
                before[from] += parameters_.transition[from][to] * weights[to];
        weights = std::move(before);
    }
    return weights;
}

std::vector<double> HiddenMarkov::around(std::span<const int> tokens, int position) const {
    const auto at = static_cast<std::size_t>(position);
    auto weights = forward(tokens.first(at));
    const auto after = backward(tokens.subspan(at + 1));
    for (std::size_t state = 0; state < weights.size(); ++state)
        weights[state] *= after[state];
    return weights;
}

double HiddenMarkov::log_probability(std::span<const int> tokens) const {
    auto weights = forward(tokens.first(tokens.size() - 1));
    take_in(tokens.back(), weights);
    return std::log(std::accumulate(weights.begin(), weights.end(), 0.0));
}

std::vector<double> HiddenMarkov::token_posterior(std::span<const int> tokens, int position) const {
    const auto weights = around(tokens, position);
    std::vector<double> result(static_cast<std::size_t>(alphabet()), 0);
    for (std::size_t state = 0; state < weights.size(); ++state)
        for (std::size_t token = 0; token < result.size(); ++token)
            result[token] += weights[state] * parameters_.emission[state][token];
    normalise(result);
    return result;
}

std::vector<double> HiddenMarkov::label_posterior(std::span<const int> tokens, int label_kind) const {
    auto weights = around(tokens, label_kind);
    take_in(tokens[static_cast<std::size_t>(label_kind)], weights);
    normalise(weights);
    return weights;
}

std::vector<double> HiddenMarkov::prefix_factor(std::span<const int> prefix) const {
    auto weights = forward(prefix.first(prefix.size() - 1));
    take_in(prefix.back(), weights);
    return weights;
}

std::vector<double> HiddenMarkov::suffix_factor(std::span<const int> suffix) const {
    return backward(suffix);
}

} // namespace isoloss
