#include "engine/datasets/tokenizers/decoder.h"

#include "engine/base/utf8.h"
#include "engine/datasets/tokenizers/aligned_text.h"
#include "engine/datasets/tokenizers/byte_spelling.h"

#include <array>

namespace isoloss {

namespace {

using Tokens = std::vector<std::string>;

std::string joined(const Tokens& tokens, std::string_view between) {
    std::string text;
    for (std::size_t i = 0; i < tokens.size(); ++i)
        (text += i > 0 ? between : std::string_view()) += tokens[i];
    return text;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    std::string result;
    std::size_t same = 0;
    for (std::size_t at = text.find(from); at != text.npos; at = text.find(from, same)) {
        result.append(text, same, at - same) += to;
        same = at + from.size();
    }
    text = result.append(text, same);
}

// As transformers' clean_up_tokenization, in its order.
void clean_up(std::string& token) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 11> changes{{{" .", "."},
                                                                                     {" ?", "?"},
                                                                                     {" !", "!"},
                                                                                     {" ,", ","},
                                                                                     {" ' ", "'"},
                                                                                     {" n't", "n't"},
                                                                                     {" 'm", "'m"},
                                                                                     {" do not", " don't"},
                                                                                     {" 's", "'s"},
                                                                                     {" 've", "'ve"},
                                                                                     {" 're", "'re"}}};
    for (const auto& [from, to] : changes)
        replace_all(token, from, to);
}

std::string lossy_utf8(std::string_view bytes) {
    return std::string(AlignedText::from_input(bytes).text());
}

/// One step on all tokens.
struct Application {
    Tokens tokens;

    // A token with a character that is no byte's, such as an added one, stands for itself.
    Tokens operator()(Decoder::ByteLevel) const {
        std::string bytes;
        for (const std::string& token : tokens)
            bytes += spelled_bytes(token).value_or(token);
        return {lossy_utf8(bytes)};
    }

    Tokens operator()(Decoder::ByteFallback) const {
        Tokens result;
        std::string bytes;
        const auto flush = [&] {
            if (is_valid_utf8(bytes))
                result.push_back(bytes);
            else
                result.insert(result.end(), bytes.size(), "\xef\xbf\xbd");
            bytes.clear();
        };
        for (const std::string& token : tokens) {
            if (const auto byte = fallback_byte(token)) {
                bytes += static_cast<char>(*byte);
                continue;
            }
            flush();
            result.push_back(token);
        }
        flush();
        return result;
    }

    Tokens operator()(Decoder::Fuse) const { return {joined(tokens, "")}; }

    Tokens operator()(const Decoder::Replace& step) {
        for (std::string& token : tokens) {
            std::vector<TextRange> matches;
            TimeLimit limit = TimeLimit::for_text(token.size());
            if (!step.pattern.find_all(token, {0u, static_cast<std::uint32_t>(token.size())}, limit, matches)) continue;
            std::string result;
            std::size_t same = 0;
            for (const auto& [begin, end] : matches) {
                result.append(token, same, begin - same) += step.content;
                same = end;
            }
            token = result.append(token, same);
        }
        return std::move(tokens);
    }

    Tokens operator()(const Decoder::Strip& step) {
        for (std::string& token : tokens) {
            std::string_view rest = token;
            for (std::int64_t i = 0; i < step.start && rest.starts_with(step.character); ++i)
                rest.remove_prefix(step.character.size());
            for (std::int64_t i = 0; i < step.stop && rest.ends_with(step.character); ++i)
                rest.remove_suffix(step.character.size());
            token = std::string(rest);
        }
        return std::move(tokens);
    }

    Tokens operator()(const Decoder::Metaspace& step) {
        for (std::size_t i = 0; i < tokens.size(); ++i)
            replace_all(tokens[i], step.mark, i == 0 && step.prepends ? "" : " ");
        return std::move(tokens);
    }

    Tokens operator()(const Decoder::WordPiece& step) {
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            if (i > 0 && tokens[i].starts_with(step.prefix))
                tokens[i].erase(0, step.prefix.size());
            else if (i > 0)
                tokens[i].insert(0, " ");
            if (step.cleanup) clean_up(tokens[i]);
        }
        return std::move(tokens);
    }

    Tokens operator()(const Decoder::Suffix& step) {
        for (std::size_t i = 0; i < tokens.size(); ++i)
            replace_all(tokens[i], step.suffix, i + 1 < tokens.size() ? " " : "");
        return std::move(tokens);
    }
};

} // namespace

std::string Decoder::decode(std::vector<std::string> tokens) const {
    for (const Step& step : steps_)
        tokens = std::visit(Application{std::move(tokens)}, step);
    return lossy_utf8(joined(tokens, joins_by_space_ ? " " : ""));
}

} // namespace isoloss
