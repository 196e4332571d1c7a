#include "engine/datasets/tokenizers/pipeline_tokenizer.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <thread>

namespace isoloss {

namespace {

constexpr std::size_t longest_text = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t part_bytes = 1u << 16; // so that what belongs to a part stays in the processor's cache
constexpr std::size_t parts_of_a_thread = 8;
constexpr std::size_t most_threads = 8;

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Where a long text is cut into parts whose words are those of the whole: between "letter" and "space, letter".
std::vector<std::size_t> cuts_before_words(std::string_view text) {
    std::vector<std::size_t> cuts{0};
    for (std::size_t at = part_bytes; at + 1 < text.size();) {
        if (text[at] == ' ' && is_letter(text[at - 1]) && is_letter(text[at + 1])) {
            cuts.push_back(at);
            at += part_bytes;
        } else {
            ++at;
        }
    }
    cuts.push_back(text.size());
    return cuts;
}

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

    Encoding(std::uint32_t begin, std::size_t size, TimeLimit time_limit) : covered(begin), limit(time_limit) {
        result.ids.reserve(size / 3);
        result.bytes.reserve(size / 3);
    }

    /// Appends what follows.
    void join(const Encoding& next, std::uint32_t begin) {
        if (next.result.ids.empty()) return;
        const std::size_t first = result.ids.size();
        result.ids.insert(result.ids.end(), next.result.ids.begin(), next.result.ids.end());
        result.bytes.insert(result.bytes.end(), next.result.bytes.begin(), next.result.bytes.end());
        result.bytes[first] += begin - covered;
        covered = next.covered;
    }

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
    Encoding encoding(0, text.size(), TimeLimit::for_text(text.size()));
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
                ISOLOSS_TRY_VOID(encode_piece(normalized.slice(part.begin, part.end),
                                              piece.begin == 0 && part.begin == 0, encoding));
        }
    }
    // Characters without any token at the end of the text.
    if (!encoding.result.bytes.empty())
        encoding.result.bytes.back() += static_cast<std::uint32_t>(text.size()) - encoding.covered;
    return std::move(encoding.result);
}

// A long piece in parts, several at a time.
Expected<void> PipelineTokenizer::encode_piece(const AlignedText& text, bool is_first, Encoding& encoding) const {
    if (text.text().size() < 2 * part_bytes || !parts_.pre_tokenizer.cuts_before_words())
        return encode_words(text, is_first, encoding);
    const std::vector<std::size_t> cuts = cuts_before_words(text.text());
    const std::size_t count = cuts.size() - 1;
    const std::size_t threads = std::clamp<std::size_t>(
        count / parts_of_a_thread, 1, std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, most_threads));
    std::vector<std::optional<Encoding>> done(count);
    std::vector<std::optional<Error>> errors(count);
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (std::size_t i = next++; i < count; i = next++) {
            done[i].emplace(text.origin(cuts[i]), cuts[i + 1] - cuts[i], encoding.limit);
            auto result = encode_words(text.slice(cuts[i], cuts[i + 1]), is_first && i == 0, *done[i]);
            if (!result) errors[i] = std::move(result).error();
        }
    };
    {
        std::vector<std::jthread> helpers;
        for (std::size_t i = 1; i < threads; ++i)
            helpers.emplace_back(work);
        work();
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (errors[i]) return fail(std::move(*errors[i]));
        encoding.join(*done[i], text.origin(cuts[i]));
    }
    return {};
}

Expected<void> PipelineTokenizer::encode_words(AlignedText text, bool is_first, Encoding& encoding) const {
    ISOLOSS_TRY(const Words words, parts_.pre_tokenizer.apply(std::move(text), is_first, encoding.limit));
    const auto word_at = [&](std::size_t i) {
        return words.text.text().substr(words.ranges[i].first, words.ranges[i].second - words.ranges[i].first);
    };
    // The cache is larger than the processor's: what a word needs is asked for some words before.
    constexpr std::size_t slot_ahead = 12, entry_ahead = 6;
    const std::size_t count = words.ranges.size();
    std::vector<std::uint64_t> hashes(count);
    for (std::size_t i = 0; i < count + slot_ahead; ++i) {
        if (i < count) cache_.prefetch_slot(hashes[i] = WordCache::hash(word_at(i)));
        if (i >= entry_ahead && i - entry_ahead < count) cache_.prefetch_entry(hashes[i - entry_ahead]);
        if (i < slot_ahead) continue;
        const std::string_view word = word_at(i - slot_ahead);
        const std::uint64_t hash = hashes[i - slot_ahead];
        const std::uint32_t begin = words.ranges[i - slot_ahead].first;
        auto tokens = cache_.find(word, hash);
        if (!tokens) {
            encoding.tokens.clear();
            ISOLOSS_TRY_VOID(parts_.model->tokenize(word, encoding.limit, encoding.tokens));
            cache_.put(word, hash, encoding.tokens);
            tokens = encoding.tokens;
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
