#include "engine/datasets/tokenizers/pipeline_tokenizer.h"

#include <algorithm>
#include <limits>

namespace isoloss {

namespace {

constexpr std::size_t longest_text = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t most_cached_words = 1u << 17;
constexpr std::size_t longest_cached_word = 256;

} // namespace

std::optional<std::int32_t> TokenizerParts::id(std::string_view token) const {
    for (const AddedToken& known : added)
        if (known.content == token) return known.id;
    return model->vocabulary().id(token);
}

struct PipelineTokenizer::Encoding {
    TokenizedText result;
    std::uint32_t covered = 0; ///< bytes of the input that have a token
    TimeLimit limit;
    std::vector<Token> tokens;
    std::unordered_map<std::string, std::vector<Token>> cache;

    void put(std::int32_t id, std::uint32_t end) {
        result.ids.push_back(id);
        result.bytes.push_back(end - covered);
        covered = end;
    }
};

Expected<std::unique_ptr<PipelineTokenizer>> PipelineTokenizer::build(TokenizerParts parts) {
    std::unique_ptr<PipelineTokenizer> tokenizer(new PipelineTokenizer(std::move(parts)));
    tokenizer->vocabulary_ = tokenizer->parts_.model->vocabulary().size();
    TimeLimit limit = TimeLimit::for_text(0);
    std::vector<AddedToken> raw, normalized;
    for (AddedToken token : tokenizer->parts_.added) {
        tokenizer->vocabulary_ = std::max<std::int64_t>(tokenizer->vocabulary_, std::int64_t(token.id) + 1);
        tokenizer->added_texts_.emplace(token.id, token.content);
        if (token.normalized) {
            ISOLOSS_TRY(const AlignedText text,
                        tokenizer->parts_.normalizer.apply(AlignedText::from_input(token.content), limit));
            token.content = text.text();
        }
        (token.normalized ? normalized : raw).push_back(std::move(token));
    }
    // Of two tokens with one text the special one is found.
    const auto special_first = [](const AddedToken& a, const AddedToken& b) { return a.special > b.special; };
    std::stable_sort(raw.begin(), raw.end(), special_first);
    std::stable_sort(normalized.begin(), normalized.end(), special_first);
    tokenizer->raw_tokens_ = AddedTokenMatcher(std::move(raw));
    tokenizer->normalized_tokens_ = AddedTokenMatcher(std::move(normalized));
    return tokenizer;
}

Expected<TokenizedText> PipelineTokenizer::encode(std::string_view text) const {
    if (text.size() >= longest_text)
        return fail(ErrorKind::limit, "the text has 2 GiB or more", "Split it into several documents");
    const AlignedText input = AlignedText::from_input(text);
    Encoding encoding{{}, 0, TimeLimit::for_text(text.size()), {}, {}};
    for (const auto& piece : raw_tokens_.split(input.text())) {
        if (piece.id) {
            encoding.put(*piece.id, input.origin(piece.end));
            continue;
        }
        ISOLOSS_TRY(const AlignedText normalized,
                    parts_.normalizer.apply(input.slice(piece.begin, piece.end), encoding.limit));
        for (const auto& part : normalized_tokens_.split(normalized.text())) {
            if (part.id)
                encoding.put(*part.id, normalized.origin(part.end));
            else
                ISOLOSS_TRY_VOID(encode_words(normalized.slice(part.begin, part.end),
                                              piece.begin == 0 && part.begin == 0, encoding));
        }
    }
    // Characters without any token at the end of the text.
    if (!encoding.result.bytes.empty())
        encoding.result.bytes.back() += static_cast<std::uint32_t>(text.size()) - encoding.covered;
    return std::move(encoding.result);
}

Expected<void> PipelineTokenizer::encode_words(AlignedText text, bool is_first, Encoding& encoding) const {
    ISOLOSS_TRY(const Words words, parts_.pre_tokenizer.apply(std::move(text), is_first, encoding.limit));
    for (const auto& [begin, end] : words.ranges) {
        const std::string_view word = words.text.text().substr(begin, end - begin);
        const std::vector<Token>* tokens = &encoding.tokens;
        if (word.size() > longest_cached_word || encoding.cache.size() >= most_cached_words) {
            encoding.tokens.clear();
            ISOLOSS_TRY_VOID(parts_.model->tokenize(word, encoding.limit, encoding.tokens));
        } else {
            const auto [cached, fresh] = encoding.cache.try_emplace(std::string(word));
            if (fresh) ISOLOSS_TRY_VOID(parts_.model->tokenize(word, encoding.limit, cached->second));
            tokens = &cached->second;
        }
        for (const Token& token : *tokens)
            encoding.put(token.id, words.text.origin(begin + token.end));
    }
    return {};
}

std::string PipelineTokenizer::decode(const std::vector<std::int32_t>& ids) const {
    std::vector<std::string> tokens;
    for (const std::int32_t id : ids) {
        const auto added = added_texts_.find(id);
        if (added != added_texts_.end())
            tokens.push_back(added->second);
        else if (const auto token = parts_.model->vocabulary().token(id))
            tokens.emplace_back(*token);
    }
    return parts_.decoder.decode(std::move(tokens));
}

} // namespace isoloss
