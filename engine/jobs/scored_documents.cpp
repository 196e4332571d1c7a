#include "engine/jobs/scored_documents.h"

#include "engine/base/hash.h"
#include "engine/base/utf8.h"
#include "engine/datasets/text_data.h"
#include "engine/datasets/token_data.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace isoloss {

namespace {

constexpr std::size_t excerpt_bytes = 2000;

OutcomeRecord outcome_of(const std::string& dataset, std::string key, std::string_view text, double log_prob_sum,
                         std::int64_t tokens) {
    OutcomeRecord outcome;
    outcome.item.task = dataset;
    outcome.item.key = std::move(key);
    outcome.item.doc_hash = content_hash(text);
    outcome.item.text = text_excerpt(text);
    outcome.log_likelihoods = {log_prob_sum};
    outcome.tokens = tokens;
    return outcome;
}

std::vector<OutcomeRecord> window_outcomes(const std::string& dataset, const ScoredDocument& document) {
    std::vector<OutcomeRecord> outcomes;
    const auto& bytes = document.tokens.bytes;
    auto token = bytes.begin() + document.skipped;
    std::size_t begin = std::accumulate(bytes.begin(), token, std::size_t{0});
    for (std::size_t window = 0; window < document.window_tokens.size(); ++window) {
        const auto end = token + document.window_tokens[window];
        const std::size_t size = std::accumulate(token, end, std::size_t{0});
        outcomes.push_back(outcome_of(dataset, "window " + std::to_string(window + 1),
                                      document.text.substr(begin, size), document.window_sums[window],
                                      document.window_tokens[window]));
        token = end;
        begin += size;
    }
    return outcomes;
}

void measure_text(ScoredDocument& document) {
    document.score.bytes = static_cast<std::int64_t>(document.text.size());
    document.score.characters = static_cast<std::int64_t>(code_point_count(document.text));
}

Expected<EncodedDocuments> encode_documents(const PassInput& input, TextData data, std::int64_t most_tokens) {
    EncodedDocuments encoded;
    encoded.texts = std::move(data.documents);
    encoded.problems = std::move(data.problems);
    for (const std::string& text : encoded.texts)
        encoded.bytes_in_all += static_cast<std::int64_t>(text.size());
    auto left = static_cast<std::size_t>(most_tokens);
    for (const std::string& text : encoded.texts) {
        if (left == 0) break;
        if (input.token.cancelled()) return fail(ErrorKind::cancelled, "cancelled");
        ScoredDocument& document = encoded.documents.emplace_back();
        document.text = text;
        ISOLOSS_TRY(document.tokens, encode_for(input.checkpoint, text));
        auto& [ids, bytes] = document.tokens;
        if (ids.size() > left) {
            ids.resize(left);
            bytes.resize(left);
            document.text = document.text.substr(0, std::accumulate(bytes.begin(), bytes.end(), std::size_t{0}));
        }
        left -= ids.size();
        measure_text(document);
    }
    return encoded;
}

/// The bytes that each token stands for, where those of single tokens make up the text; otherwise the first has all.
std::vector<std::uint32_t> token_bytes(const Tokenizer& tokenizer, const std::vector<std::int32_t>& ids,
                                       const std::string& text) {
    std::vector<std::uint32_t> bytes;
    std::uint64_t sum = 0;
    for (const std::int32_t id : ids) {
        bytes.push_back(static_cast<std::uint32_t>(tokenizer.decode({id}).size()));
        sum += bytes.back();
    }
    if (sum == text.size() || bytes.empty()) return bytes;
    bytes.assign(ids.size(), 0);
    bytes.front() = static_cast<std::uint32_t>(text.size());
    return bytes;
}

Expected<void> check_vocabulary(const PassInput& input, const std::vector<std::int32_t>& ids) {
    const std::int64_t vocabulary = input.checkpoint.architecture.vocabulary;
    const auto outside = std::ranges::find_if(ids, [&](std::int32_t id) { return id >= vocabulary; });
    if (outside == ids.end()) return {};
    return fail({ErrorKind::usage,
                 input.dataset.path,
                 {},
                 "the token " + std::to_string(*outside) + " is outside the model's vocabulary of " +
                     std::to_string(vocabulary),
                 "Use tokens of the tokenizer that belongs to the checkpoint"});
}

Expected<EncodedDocuments> decode_documents(const PassInput& input, std::int64_t most_tokens) {
    ISOLOSS_TRY(TokenData data, read_token_data(input.dataset, most_tokens));
    const Tokenizer& tokenizer = *input.checkpoint.tokenizer;
    EncodedDocuments encoded;
    encoded.has_text = tokenizer.vocabulary() > 0;
    for (std::vector<std::int32_t>& ids : data.documents) {
        if (input.token.cancelled()) return fail(ErrorKind::cancelled, "cancelled");
        ISOLOSS_TRY_VOID(check_vocabulary(input, ids));
        encoded.texts.push_back(encoded.has_text ? tokenizer.decode(ids) : std::string());
        ScoredDocument& document = encoded.documents.emplace_back();
        document.tokens.bytes = encoded.has_text ? token_bytes(tokenizer, ids, encoded.texts.back())
                                                 : std::vector<std::uint32_t>(ids.size(), 0);
        document.tokens.ids = std::move(ids);
        encoded.bytes_in_all += static_cast<std::int64_t>(encoded.texts.back().size());
    }
    for (std::size_t i = 0; i < encoded.documents.size(); ++i) {
        encoded.documents[i].text = encoded.texts[i];
        measure_text(encoded.documents[i]);
    }
    return encoded;
}

} // namespace

std::string text_excerpt(std::string_view text) {
    if (text.size() <= excerpt_bytes) return valid_utf8(text);
    std::size_t end = excerpt_bytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        --end;
    return valid_utf8(text.substr(0, end)) + " …";
}

Expected<EncodedDocuments> read_documents(const PassInput& input, std::optional<std::int64_t> most_tokens) {
    const std::int64_t most = most_tokens.value_or(std::numeric_limits<std::int64_t>::max());
    if (input.dataset.kind == DatasetKind::tokens) return decode_documents(input, most);
    ISOLOSS_TRY(TextData data, read_text_data(input.dataset));
    return encode_documents(input, std::move(data), most);
}

TextMetrics metrics_of(std::span<const ScoredDocument> documents) {
    std::vector<DocumentScore> scores;
    for (const ScoredDocument& document : documents)
        scores.push_back(document.score);
    return text_metrics(scores);
}

Provenance documents_provenance(const TextMetrics& metrics, std::int64_t empty_documents) {
    Provenance provenance;
    provenance.add("documents", metrics.documents);
    provenance.add("empty_documents", empty_documents);
    provenance.add("bytes", metrics.bytes);
    provenance.add("characters", metrics.characters);
    provenance.add("standard_error",
                   std::string_view(metrics.documents >= 2 ? "clustered by document" : "tokens taken as independent"));
    return provenance;
}

std::vector<OutcomeRecord> document_outcomes(const std::string& dataset, std::span<const ScoredDocument> documents) {
    if (documents.size() == 1) return window_outcomes(dataset, documents.front());
    std::vector<OutcomeRecord> outcomes;
    for (std::size_t i = 0; i < documents.size(); ++i)
        outcomes.push_back(outcome_of(dataset, "document " + std::to_string(i + 1), documents[i].text,
                                      documents[i].score.log_prob_sum, documents[i].score.tokens));
    return outcomes;
}

} // namespace isoloss
