#include "engine/datasets/tokenizers/unigram.h"

#include "engine/base/utf8.h"
#include "engine/datasets/tokenizers/byte_spelling.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace isoloss {

namespace {

constexpr double unknown_penalty = 10;
constexpr std::size_t most_bytes = 16u << 20; // of all tokens; the greatest vocabularies have two or three megabytes

} // namespace

/// The best way to the byte where it stands: the token before it.
struct Unigram::Step {
    double score = 0;
    std::int32_t id = 0;
    std::uint32_t from = not_reached;

    static constexpr std::uint32_t not_reached = std::numeric_limits<std::uint32_t>::max();
};

Expected<std::unique_ptr<Unigram>> Unigram::build(Vocabulary vocabulary, const std::vector<double>& scores,
                                                  UnigramOptions options, std::string_view file) {
    if (options.unknown && !vocabulary.token(*options.unknown))
        return tokenizer_error(ErrorKind::damaged, file, "model.unk_id",
                               "no token has the id " + std::to_string(*options.unknown));
    std::size_t bytes = 0;
    for (const auto& [token, id] : vocabulary.entries())
        bytes += token.size();
    if (bytes > most_bytes)
        return tokenizer_error(ErrorKind::limit, file, "model.vocab", "its tokens have more than 16 MB");
    std::unique_ptr<Unigram> unigram(new Unigram(std::move(vocabulary), options));
    const auto least = std::min_element(scores.begin(), scores.end());
    unigram->unknown_score_ = *least - unknown_penalty;
    for (unsigned i = 0; i < 256; ++i)
        unigram->byte_ids_[i] = unigram->vocabulary().id(fallback_token(static_cast<unsigned char>(i))).value_or(-1);
    unigram->build_trie(scores);
    return unigram;
}

// Level by level over the sorted tokens, so that the children of a node lie side by side.
void Unigram::build_trie(const std::vector<double>& scores) {
    struct Pending {
        std::uint32_t node;
        std::size_t begin, end, depth; // tokens that share the first `depth` bytes
    };

    const auto& entries = vocabulary().entries();
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < entries.size(); ++i) // of one text the last token counts
        if (!entries[i].first.empty() && vocabulary().id(entries[i].first) == entries[i].second) order.push_back(i);
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return entries[a].first < entries[b].first; // std::string compares bytes as unsigned
    });
    nodes_.emplace_back();
    std::vector<Pending> pending{{0, 0, order.size(), 0}};
    for (std::size_t next = 0; next < pending.size(); ++next) {
        auto [node, begin, end, depth] = pending[next];
        const auto token = [&](std::size_t i) -> const std::string& { return entries[order[i]].first; };
        if (begin < end && token(begin).size() == depth) {
            nodes_[node].id = entries[order[begin]].second;
            nodes_[node].score = scores[order[begin]];
            ++begin;
        }
        nodes_[node].first_child = static_cast<std::uint32_t>(nodes_.size());
        while (begin < end) {
            const char byte = token(begin)[depth];
            std::size_t after = begin;
            while (after < end && token(after)[depth] == byte)
                ++after;
            pending.push_back({static_cast<std::uint32_t>(nodes_.size()), begin, after, depth + 1});
            nodes_.emplace_back().byte = static_cast<unsigned char>(byte);
            ++nodes_[node].children;
            begin = after;
        }
    }
}

const Unigram::Node* Unigram::child(const Node& node, unsigned char byte) const {
    const Node* begin = nodes_.data() + node.first_child;
    const Node* end = begin + node.children;
    const Node* found = std::lower_bound(begin, end, byte, [](const Node& n, unsigned char b) { return n.byte < b; });
    return found != end && found->byte == byte ? found : nullptr;
}

Expected<std::vector<Unigram::Step>> Unigram::best_path(std::string_view word, TimeLimit& limit) const {
    std::vector<Step> steps(word.size() + 1);
    const auto offer = [&](std::size_t from, std::size_t to, double score, std::int32_t id) {
        score += steps[from].score;
        if (steps[to].from != Step::not_reached && !(score > steps[to].score)) return;
        steps[to] = {score, id, static_cast<std::uint32_t>(from)};
    };
    for (std::size_t at = 0; at < word.size();) {
        const std::size_t length = code_point_at(word, at).length;
        bool has_single = false;
        const Node* node = nodes_.data();
        std::size_t end = at;
        while (end < word.size()) {
            node = child(*node, static_cast<unsigned char>(word[end]));
            if (node == nullptr) break;
            ++end;
            if (node->id < 0) continue;
            offer(at, end, node->score, node->id);
            has_single = has_single || end - at == length;
        }
        if (!limit.spend(10 * (end - at + 1))) return out_of_time();
        if (!has_single) {
            if (!options_.unknown)
                return fail(ErrorKind::damaged, "a character of the text has no token and there is no unknown token",
                            "Name the unknown token in tokenizer.json (model.unk_id)");
            offer(at, at + length, unknown_score_, *options_.unknown);
        }
        at += length;
    }
    return steps;
}

// A fused unknown may by chance be a token.
void Unigram::put_piece(std::string_view piece, std::uint32_t end, std::vector<Token>& tokens) const {
    if (const auto known = vocabulary().id(piece)) {
        tokens.push_back({*known, end});
        return;
    }
    const bool has_bytes = options_.byte_fallback && std::all_of(piece.begin(), piece.end(), [&](char c) {
                               return byte_ids_[static_cast<unsigned char>(c)] >= 0;
                           });
    if (!has_bytes) {
        tokens.push_back({*options_.unknown, end});
        return;
    }
    end -= static_cast<std::uint32_t>(piece.size());
    for (const char c : piece)
        tokens.push_back({byte_ids_[static_cast<unsigned char>(c)], ++end});
}

Expected<void> Unigram::tokenize(std::string_view word, TimeLimit& limit, std::vector<Token>& tokens) const {
    ISOLOSS_TRY(const std::vector<Step> steps, best_path(word, limit));
    std::vector<std::pair<std::uint32_t, std::uint32_t>> pieces; // from the end to the beginning
    bool after_unknown = false;
    for (auto end = static_cast<std::uint32_t>(word.size()); end > 0; end = steps[end].from) {
        const bool unknown = steps[end].id == options_.unknown;
        if (unknown && after_unknown)
            pieces.back().first = steps[end].from;
        else
            pieces.emplace_back(steps[end].from, end);
        after_unknown = unknown;
    }
    for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece)
        put_piece(word.substr(piece->first, piece->second - piece->first), piece->second, tokens);
    return {};
}

} // namespace isoloss
