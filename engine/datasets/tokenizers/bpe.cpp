#include "engine/datasets/tokenizers/bpe.h"

#include "engine/base/json.h"
#include "engine/base/utf8.h"

#include <bit>
#include <queue>

namespace isoloss {

namespace {

tl::unexpected<Error> damaged(std::string_view file, std::string key, std::string reason) {
    return fail({ErrorKind::damaged, std::string(file), "key " + std::move(key), std::move(reason),
                 "Copy the tokenizer's files again from where the checkpoint came from"});
}

std::uint64_t pair_key(std::int32_t left, std::int32_t right) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right);
}

std::size_t slot_of(std::uint64_t pair) {
    pair ^= pair >> 32;
    pair *= 0x9e3779b97f4a7c15ull;
    return static_cast<std::size_t>(pair ^ pair >> 29);
}

constexpr char hexadecimal[] = "0123456789ABCDEF";

std::string fallback_token(unsigned char byte) {
    return std::string("<0x") + hexadecimal[byte >> 4] + hexadecimal[byte & 15] + ">";
}

std::optional<unsigned char> fallback_byte(std::string_view token) {
    if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return std::nullopt;
    const std::size_t high = std::string_view(hexadecimal).find(token[3]);
    const std::size_t low = std::string_view(hexadecimal).find(token[4]);
    if (high > 15 || low > 15) return std::nullopt;
    return static_cast<unsigned char>(high << 4 | low);
}

// Byte-level spelling → bytes; what is not in that alphabet is kept as it is.
std::string byte_level_bytes(std::string_view token) {
    static const auto byte_of = [] {
        std::unordered_map<std::uint32_t, char> map;
        for (int byte = 0; byte < 256; ++byte)
            map[byte_level_character(static_cast<unsigned char>(byte))] = static_cast<char>(byte);
        return map;
    }();
    std::string bytes;
    for (std::size_t offset = 0; offset < token.size();) {
        const CodePoint point = code_point_at(token, offset);
        const auto found = byte_of.find(point.value);
        if (found != byte_of.end())
            bytes += found->second;
        else
            bytes += token.substr(offset, point.length);
        offset += point.length;
    }
    return bytes;
}

} // namespace

// The GPT-2 alphabet: printable Latin-1 characters stand for themselves, the other 68 bytes for U+0100 and up.
std::uint32_t byte_level_character(unsigned char byte) {
    const auto printable = [](unsigned b) { return (b >= 0x21 && b <= 0x7e) || (b >= 0xa1 && b <= 0xac) || b >= 0xae; };
    if (printable(byte)) return byte;
    std::uint32_t character = 0x100;
    for (unsigned b = 0; b < byte; ++b)
        character += printable(b) ? 0u : 1u;
    return character;
}

Expected<Bpe> Bpe::build(std::vector<std::pair<std::string, std::int32_t>> vocabulary,
                         const std::vector<std::pair<std::string, std::string>>& merges, BpeOptions options,
                         std::string_view file) {
    Bpe bpe;
    bpe.options_ = std::move(options);
    bpe.vocabulary_ = std::move(vocabulary);
    if (bpe.vocabulary_.empty()) return damaged(file, "vocab", "lists no token");
    bpe.ids_.reserve(bpe.vocabulary_.size());
    bpe.bytes_of_.reserve(bpe.vocabulary_.size());
    const bool byte_level = bpe.options_.alphabet == BpeAlphabet::bytes;
    for (const auto& [token, id] : bpe.vocabulary_) {
        if (!bpe.ids_.emplace(token, id).second)
            return damaged(file, "vocab", "the token " + json_quote(token) + " occurs twice");
        const auto byte = byte_level ? std::nullopt : fallback_byte(token);
        std::string bytes = byte_level ? byte_level_bytes(token)
                            : byte     ? std::string(1, static_cast<char>(*byte))
                                       : token;
        const auto [known, fresh] = bpe.bytes_of_.emplace(id, std::move(bytes));
        if (!fresh)
            return damaged(file, "vocab",
                           "the id " + std::to_string(id) + " belongs to two tokens, one of them " + json_quote(token));
        if (bpe.options_.ignore_merges) bpe.whole_words_.emplace(byte_level ? known->second : token, id);
    }
    for (unsigned byte = 0; byte < 256; ++byte) {
        std::string spelling;
        if (byte_level)
            append_utf8(spelling, byte_level_character(static_cast<unsigned char>(byte)));
        else
            spelling = fallback_token(static_cast<unsigned char>(byte));
        bpe.byte_ids_[byte] = bpe.id(spelling).value_or(-1);
    }
    if (bpe.options_.unknown_token) {
        bpe.unknown_ = bpe.id(*bpe.options_.unknown_token);
        if (!bpe.unknown_)
            return damaged(file, "unk_token", json_quote(*bpe.options_.unknown_token) + " is not in the vocabulary");
    }
    ISOLOSS_TRY_VOID(bpe.add_merges(merges, file));
    return bpe;
}

Expected<void> Bpe::add_merges(const std::vector<std::pair<std::string, std::string>>& merges, std::string_view file) {
    merges_.assign(std::bit_ceil(2 * merges.size() + 2), Merge());
    std::uint32_t rank = 0;
    for (const auto& [left, right] : merges) {
        const std::string key = "merges[" + std::to_string(rank) + "]";
        if (left.empty() || right.empty()) return damaged(file, key, "one side of the merge is empty");
        const auto left_id = id(left), right_id = id(right), merged = id(left + right);
        if (!left_id || !right_id)
            return damaged(file, key, "the token " + json_quote(left_id ? right : left) + " is not in the vocabulary");
        if (!merged)
            return damaged(file, key, "gives " + json_quote(left + right) + ", which is not in the vocabulary");
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

std::optional<std::int32_t> Bpe::id(std::string_view token) const {
    const auto found = ids_.find(token);
    return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string_view> Bpe::bytes(std::int32_t id) const {
    const auto found = bytes_of_.find(id);
    return found == bytes_of_.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

void Bpe::split_bytes(std::string_view word, std::vector<Symbol>& symbols) const {
    std::uint32_t skipped = 0;
    for (const char c : word) {
        const std::int32_t known = byte_ids_[static_cast<unsigned char>(c)];
        const bool is_fused = known < 0 && unknown_ && options_.fuse_unknown && !symbols.empty() &&
                              symbols.back().id == *unknown_ && skipped == 0;
        if (is_fused) {
            ++symbols.back().bytes;
        } else if (known >= 0 || unknown_) {
            symbols.push_back({known >= 0 ? known : *unknown_, 1 + skipped, 0, 0});
            skipped = 0;
        } else {
            ++skipped;
        }
    }
    if (skipped > 0 && !symbols.empty()) symbols.back().bytes += skipped;
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
    for (std::size_t offset = 0; offset < word.size();) {
        const std::size_t length = code_point_at(word, offset).length;
        const std::string_view character = word.substr(offset, length);
        offset += length;
        if (const auto known = id(character)) {
            flush();
            push(*known, static_cast<std::uint32_t>(length));
            continue;
        }
        bool has_bytes = options_.byte_fallback;
        for (const char c : character)
            has_bytes = has_bytes && byte_ids_[static_cast<unsigned char>(c)] >= 0;
        if (has_bytes) {
            for (const char c : character)
                push(byte_ids_[static_cast<unsigned char>(c)], 1);
        } else if (unknown_) {
            if (!options_.fuse_unknown) flush();
            waiting += static_cast<std::uint32_t>(length);
        } else {
            skipped += static_cast<std::uint32_t>(length);
        }
    }
    flush();
    if (skipped > 0 && !symbols.empty()) symbols.back().bytes += skipped;
}

void Bpe::merge_all(std::vector<Symbol>& symbols) const {
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
    while (!queue.empty()) {
        const Candidate top = queue.top();
        queue.pop();
        Symbol& left = at(top.position);
        if (left.bytes == 0 || left.next < 0) continue;
        Symbol& right = at(left.next);
        // A neighbour was merged meanwhile: the pair is another one now.
        const Merge* merge = find_merge(left.id, right.id);
        if (merge == nullptr || merge->id != top.id) continue;
        left.id = top.id;
        left.bytes += right.bytes;
        right.bytes = 0;
        left.next = right.next;
        if (left.next >= 0) at(left.next).previous = top.position;
        if (left.previous >= 0) offer(left.previous);
        if (left.next >= 0) offer(top.position);
    }
}

void Bpe::tokenize(std::string_view word, std::vector<BpeToken>& tokens) const {
    if (word.empty()) return;
    if (options_.ignore_merges) {
        const auto whole = whole_words_.find(word);
        if (whole != whole_words_.end()) {
            tokens.push_back({whole->second, static_cast<std::uint32_t>(word.size())});
            return;
        }
    }
    std::vector<Symbol> symbols;
    symbols.reserve(word.size());
    if (options_.alphabet == BpeAlphabet::bytes)
        split_bytes(word, symbols);
    else
        split_code_points(word, symbols);
    merge_all(symbols);
    std::uint32_t end = 0;
    for (const Symbol& symbol : symbols) {
        if (symbol.bytes == 0) continue;
        end += symbol.bytes;
        tokens.push_back({symbol.id, end});
    }
}

} // namespace isoloss
