#include "engine/datasets/tokenizers/bpe.h"

#include "engine/base/json.h"
#include "engine/base/utf8.h"
#include "engine/datasets/tokenizers/byte_spelling.h"

#include <algorithm>
#include <bit>
#include <queue>

namespace isoloss {

namespace {

// Up to here looking at every pair for the best is faster than a queue.
constexpr std::size_t few_symbols = 48;

std::uint64_t pair_key(std::int32_t left, std::int32_t right) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right);
}

std::size_t slot_of(std::uint64_t pair) {
    pair ^= pair >> 32;
    pair *= 0x9e3779b97f4a7c15ull;
    return static_cast<std::size_t>(pair ^ pair >> 29);
}

std::optional<std::int32_t> byte_id(const Vocabulary& vocabulary, unsigned char byte) {
    std::string spelling;
    append_utf8(spelling, byte_character(byte));
    return vocabulary.id(spelling);
}

} // namespace

bool Bpe::knows_every_byte(const Vocabulary& vocabulary) {
    for (unsigned byte = 0; byte < 256; ++byte)
        if (!byte_id(vocabulary, static_cast<unsigned char>(byte))) return false;
    return true;
}

Expected<std::unique_ptr<Bpe>> Bpe::build(Vocabulary vocabulary, const Merges& merges, BpeOptions options,
                                          std::string_view file) {
    std::unique_ptr<Bpe> bpe(new Bpe(std::move(vocabulary), std::move(options)));
    const BpeOptions& chosen = bpe->options_;
    const Vocabulary& known = bpe->vocabulary();
    const bool raw = chosen.alphabet == BpeAlphabet::bytes;
    for (unsigned i = 0; i < 256; ++i) {
        const auto byte = static_cast<unsigned char>(i);
        bpe->byte_ids_[i] = (raw ? byte_id(known, byte) : known.id(fallback_token(byte))).value_or(-1);
    }
    if (chosen.ignore_merges)
        for (const auto& [token, id] : known.entries())
            if (auto word = raw ? spelled_bytes(token) : token) bpe->whole_words_.emplace(std::move(*word), id);
    if (chosen.unknown_token) {
        bpe->unknown_ = known.id(*chosen.unknown_token);
        if (!bpe->unknown_)
            return tokenizer_error(ErrorKind::damaged, file, "unk_token",
                                   json_quote(*chosen.unknown_token) + " is not in the vocabulary");
    }
    ISOLOSS_TRY_VOID(bpe->add_merges(merges, file));
    return bpe;
}

std::string Bpe::kind() const {
    if (options_.alphabet != BpeAlphabet::code_points) return "byte-level BPE";
    return options_.byte_fallback ? "BPE with byte fallback" : "BPE";
}

Expected<void> Bpe::add_merges(const Merges& merges, std::string_view file) {
    merges_.assign(std::bit_ceil(2 * merges.size() + 2), Merge());
    std::uint32_t rank = 0;
    for (const auto& [left, right] : merges) {
        const auto damaged = [&, rank](std::string reason) {
            return tokenizer_error(ErrorKind::damaged, file, "merges[" + std::to_string(rank) + "]", std::move(reason));
        };
        if (left.empty() || right.empty()) return damaged("one side of the merge is empty");
        const auto left_id = vocabulary().id(left), right_id = vocabulary().id(right);
        if (!left_id || !right_id)
            return damaged("the token " + json_quote(left_id ? right : left) + " is not in the vocabulary");
        if (!right.starts_with(options_.continuing_prefix))
            return damaged("the token " + json_quote(right) + " does not begin with the continuing_subword_prefix " +
                           json_quote(options_.continuing_prefix));
        const std::string result = left + right.substr(options_.continuing_prefix.size());
        const auto merged = vocabulary().id(result);
        if (!merged) return damaged("gives " + json_quote(result) + ", which is not in the vocabulary");
        const std::uint64_t pair = pair_key(*left_id, *right_id);
        std::size_t slot = slot_of(pair) & (merges_.size() - 1);
        while (merges_[slot].pair != ~0ull && merges_[slot].pair != pair)
            slot = (slot + 1) & (merges_.size() - 1);
        merges_[slot] = {pair, rank++, *merged};
    }
    return {};
}

const Bpe::Merge* Bpe::find_merge(std::int32_t left, std::int32_t right) const {
    const std::uint64_t pair = pair_key(left, right);
    for (std::size_t slot = slot_of(pair) & (merges_.size() - 1);; slot = (slot + 1) & (merges_.size() - 1)) {
        if (merges_[slot].pair == pair) return &merges_[slot];
        if (merges_[slot].pair == ~0ull) return nullptr;
    }
}

// Follows the original statement by statement: an unknown character waits for the next known one, but not for the bytes
// of a fallback, which overtake it.
void Bpe::split_code_points(std::string_view word, std::vector<Symbol>& symbols) const {
    std::uint32_t waiting = 0; // bytes of the unknown that is not written yet
    std::uint32_t skipped = 0; // bytes without any token; the next symbol covers them
    const auto push = [&](std::int32_t id, std::uint32_t bytes) {
        symbols.push_back({id, bytes + skipped, 0, 0});
        skipped = 0;
    };
    const auto flush = [&] {
        if (waiting > 0) push(*unknown_, waiting);
        waiting = 0;
    };
    const bool decorated = !options_.continuing_prefix.empty() || !options_.word_suffix.empty();
    std::string spelling;
    for (std::size_t offset = 0; offset < word.size();) {
        const auto length = static_cast<std::uint32_t>(code_point_at(word, offset).length);
        std::string_view symbol = word.substr(offset, length);
        if (decorated) {
            spelling = offset == 0 ? std::string() : options_.continuing_prefix;
            spelling += symbol;
            if (offset + length == word.size()) spelling += options_.word_suffix;
            symbol = spelling;
        }
        offset += length;
        if (const auto known = vocabulary().id(symbol)) {
            flush();
            push(*known, length);
            continue;
        }
        const bool has_bytes = options_.byte_fallback && std::all_of(symbol.begin(), symbol.end(), [&](char c) {
                                   return byte_ids_[static_cast<unsigned char>(c)] >= 0;
                               });
        if (has_bytes) {
            std::uint32_t left = length; // an affix may have more bytes than the character
            for (const char c : symbol) {
                const std::uint32_t covered = left > 0 ? 1 : 0;
                push(byte_ids_[static_cast<unsigned char>(c)], covered);
                left -= covered;
            }
        } else if (unknown_) {
            if (!options_.fuse_unknown) flush();
            waiting += length;
        } else {
            skipped += length;
        }
    }
    flush();
    if (skipped > 0 && !symbols.empty()) symbols.back().bytes += skipped;
}

// In place: a merged symbol takes the place of its left part and the rest moves up.
void Bpe::merge_few(std::vector<Symbol>& symbols) const {
    std::array<const Merge*, few_symbols> merges;
    std::size_t count = symbols.size();
    const auto look_up = [&](std::size_t i) {
        merges[i] = i + 1 < count ? find_merge(symbols[i].id, symbols[i + 1].id) : nullptr;
    };
    for (std::size_t i = 0; i < count; ++i)
        look_up(i);
    for (;;) {
        std::size_t best = count;
        for (std::size_t i = 0; i + 1 < count; ++i)
            if (merges[i] != nullptr && (best == count || merges[i]->rank < merges[best]->rank)) best = i;
        if (best == count) break;
        symbols[best].id = merges[best]->id;
        symbols[best].bytes += symbols[best + 1].bytes;
        --count;
        for (std::size_t i = best + 1; i < count; ++i) {
            symbols[i] = symbols[i + 1];
            merges[i] = merges[i + 1];
        }
        look_up(best);
        if (best > 0) look_up(best - 1);
    }
    symbols.resize(count);
}

Expected<void> Bpe::merge_many(std::vector<Symbol>& symbols, TimeLimit& limit) const {
    struct Candidate {
        std::uint32_t rank;
        std::int32_t position;
        std::int32_t id;

        bool operator<(const Candidate& other) const { // the heap's top is the greatest
            return std::pair(rank, position) > std::pair(other.rank, other.position);
        }
    };

    std::priority_queue<Candidate> queue;
    const auto at = [&](std::int32_t position) -> Symbol& { return symbols[static_cast<std::size_t>(position)]; };
    const auto offer = [&](std::int32_t position) {
        const Merge* merge = find_merge(at(position).id, at(at(position).next).id);
        if (merge != nullptr) queue.push({merge->rank, position, merge->id});
    };
    const auto count = static_cast<std::int32_t>(symbols.size());
    for (std::int32_t i = 0; i < count; ++i) {
        at(i).previous = i - 1;
        at(i).next = i + 1 < count ? i + 1 : -1;
    }
    for (std::int32_t i = 0; i + 1 < count; ++i)
        offer(i);
    constexpr std::int32_t merged_away = -2;
    while (!queue.empty()) {
        if (!limit.spend(100)) return out_of_time();
        const Candidate top = queue.top();
        queue.pop();
        Symbol& left = at(top.position);
        if (left.next < 0) continue; // the last one, or merged away
        Symbol& right = at(left.next);
        // A neighbour was merged meanwhile: the pair is another one now.
        const Merge* merge = find_merge(left.id, right.id);
        if (merge == nullptr || merge->id != top.id) continue;
        left.id = top.id;
        left.bytes += right.bytes;
        left.next = right.next;
        right.next = merged_away;
        if (left.next >= 0) at(left.next).previous = top.position;
        if (left.previous >= 0) offer(left.previous);
        if (left.next >= 0) offer(top.position);
    }
    std::erase_if(symbols, [](const Symbol& symbol) { return symbol.next == merged_away; });
    return {};
}

Expected<void> Bpe::tokenize(std::string_view word, TimeLimit& limit, std::vector<Token>& tokens) const {
    if (options_.ignore_merges) {
        const auto whole = whole_words_.find(std::string(word));
        if (whole != whole_words_.end()) {
            tokens.push_back({whole->second, static_cast<std::uint32_t>(word.size())});
            return {};
        }
    }
    std::vector<Symbol> symbols;
    symbols.reserve(word.size());
    if (options_.alphabet == BpeAlphabet::bytes)
        for (const char c : word)
            symbols.push_back({byte_ids_[static_cast<unsigned char>(c)], 1, 0, 0});
    else
        split_code_points(word, symbols);
    if (symbols.size() <= few_symbols)
        merge_few(symbols);
    else
        ISOLOSS_TRY_VOID(merge_many(symbols, limit));
    std::uint32_t end = 0;
    for (const Symbol& symbol : symbols)
        tokens.push_back({symbol.id, end += symbol.bytes});
    return {};
}

} // namespace isoloss
