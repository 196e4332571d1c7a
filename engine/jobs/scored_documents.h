#pragma once

#include "engine/inference/text_metrics.h"
#include "engine/jobs/measurement.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// A document of a text data set that is scored window by window. Its text is the data's, which must outlive it.
struct ScoredDocument {
    std::string_view text; ///< what of it is measured
    TokenizedText tokens;
    std::int64_t skipped = 0; ///< tokens at its start that are not scored
    DocumentScore score;
    std::vector<std::int64_t> window_tokens; ///< scored tokens of each window
    std::vector<double> window_sums;         ///< Σ ln p of each window
};

/// The documents of a data set and the texts that they look into.
struct EncodedDocuments {
    std::vector<std::string> texts;
    std::vector<ScoredDocument> documents;
    bool has_text = true;          ///< false: of token ids that no tokenizer decodes; bytes and characters are unknown
    std::int64_t bytes_in_all = 0; ///< of all texts, also where less was encoded
    DatasetProblems problems;
};

/// Reads a data set and encodes its documents in their order until they have `most_tokens` together; the last one is
/// cut there. Documents without a token are kept. Token files are taken as they are, once their ids are known to be in
/// the model's vocabulary; their texts are what the tokenizer decodes.
Expected<EncodedDocuments> read_documents(const PassInput& input, std::optional<std::int64_t> most_tokens);

TextMetrics metrics_of(std::span<const ScoredDocument> documents);
/// How much was scored, and what kind of standard error it has.
Provenance documents_provenance(const TextMetrics& metrics, std::int64_t empty_documents);
/// One outcome per document, or per window where there is only one document.
std::vector<OutcomeRecord> document_outcomes(const std::string& dataset, std::span<const ScoredDocument> documents);

/// What of a text is kept beside its outcome.
std::string text_excerpt(std::string_view text);

} // namespace isoloss
