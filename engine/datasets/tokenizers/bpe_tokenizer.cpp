#include "engine/datasets/tokenizers/bpe_tokenizer.h"

#include "engine/base/utf8.h"

#include <algorithm>
#include <limits>

namespace isoloss {

namespace {

constexpr std::size_t longest_text = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t most_cached_words = 1u << 17;
constexpr std::size_t longest_cached_word = 256;

// Ten seconds, and as much again for every ten megabytes: a hundred times what honest files need.
Deadline deadline_for(std::size_t bytes) {
    return std::chrono::steady_clock::now() + std::chrono::seconds(10) +
           std::chrono::microseconds(static_cast<std::int64_t>(bytes));
}

std::string_view kind_of(const Bpe& bpe) {
    if (bpe.options().alphabet == BpeAlphabet::bytes) return "byte-level BPE";
    return bpe.options().byte_fallback ? "BPE with byte fallback" : "BPE";
}

} // namespace

struct BpeTokenizer::Encoding {
    TokenizedText result;
    std::uint32_t covered = 0; ///< bytes of the input that have a token
    Deadline deadline;
    std::vector<BpeToken> tokens;
    std::unordered_map<std::string, std::vector<BpeToken>> cache;

    void put(std::int32_t id, std::uint32_t end) {
        result.ids.push_back(id);
        result.bytes.push_back(end - covered);
        covered = end;
    }
};

BpeTokenizer::BpeTokenizer(TokenizerParts parts) : parts_(std::move(parts)) {
    std::vector<AddedToken> raw, normalized;
    for (AddedToken token : parts_.added) {
        vocabulary_ = std::max<std::int64_t>(vocabulary_, token.id + 1);
        if (token.normalized) token.content = parts_.normalizer.apply(AlignedText::from_input(token.content)).text();
        (token.normalized ? normalized : raw).push_back(std::move(token));
    }
    for (const auto& [token, id] : parts_.bpe.vocabulary())
        vocabulary_ = std::max<std::int64_t>(vocabulary_, id + 1);
    // Of two tokens with one text the special one is found.
    const auto special_first = [](const AddedToken& a, const AddedToken& b) { return a.special > b.special; };
    std::stable_sort(raw.begin(), raw.end(), special_first);
    std::stable_sort(normalized.begin(), normalized.end(), special_first);
    raw_tokens_ = AddedTokenMatcher(std::move(raw));
    normalized_tokens_ = AddedTokenMatcher(std::move(normalized));
}

std::string BpeTokenizer::kind() const {
    return std::string(kind_of(parts_.bpe));
}

Expected<TokenizedText> BpeTokenizer::encode(std::string_view text) const {
    if (text.size() >= longest_text)
        return fail(ErrorKind::limit, "the text has 2 GiB or more", "Split it into several documents");
    const AlignedText input = AlignedText::from_input(text);
    Encoding encoding;
    encoding.deadline = deadline_for(text.size());
    for (const auto& piece : raw_tokens_.split(input.text())) {
        if (piece.id) {
            encoding.put(*piece.id, input.origin(piece.end));
            continue;
        }
        const AlignedText normalized = parts_.normalizer.apply(input.slice(piece.begin, piece.end));
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

Expected<void> BpeTokenizer::encode_words(AlignedText text, bool is_first, Encoding& encoding) const {
    ISOLOSS_TRY(const Words words, parts_.pre_tokenizer.apply(std::move(text), is_first, encoding.deadline));
    for (const auto& [begin, end] : words.ranges) {
        const std::string_view word = words.text.text().substr(begin, end - begin);
        const std::vector<BpeToken>* tokens = &encoding.tokens;
        if (word.size() > longest_cached_word || encoding.cache.size() >= most_cached_words) {
            encoding.tokens.clear();
            parts_.bpe.tokenize(word, encoding.tokens);
        } else {
            const auto [cached, fresh] = encoding.cache.try_emplace(std::string(word));
            if (fresh) parts_.bpe.tokenize(word, cached->second);
            tokens = &cached->second;
        }
        for (const BpeToken& token : *tokens)
            encoding.put(token.id, words.text.origin(begin + token.end));
    }
    return {};
}

std::string BpeTokenizer::decode(const std::vector<std::int32_t>& ids) const {
    constexpr std::string_view mark = "▁";
    const bool byte_level = parts_.bpe.options().alphabet == BpeAlphabet::bytes;
    std::string text;
    for (const std::int32_t id : ids) {
        const auto added = std::find_if(parts_.added.begin(), parts_.added.end(),
                                        [&](const AddedToken& token) { return token.id == id; });
        if (added != parts_.added.end())
            text += added->content;
        else if (const auto bytes = parts_.bpe.bytes(id))
            text += *bytes;
    }
    if (!byte_level) {
        std::string spaced;
        for (std::size_t at = 0; at < text.size();) {
            const bool is_mark = std::string_view(text).substr(at).starts_with(mark);
            spaced += is_mark ? ' ' : text[at];
            at += is_mark ? mark.size() : 1;
        }
        text = std::move(spaced);
    }
    const bool prepends = !parts_.normalizer.prepended().empty() || !parts_.pre_tokenizer.prepended().empty();
    if (!byte_level && prepends && text.starts_with(' ')) text.erase(0, 1);
    return valid_utf8(text);
}

} // namespace isoloss
