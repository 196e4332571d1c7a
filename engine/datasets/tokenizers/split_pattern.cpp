#define PCRE2_CODE_UNIT_WIDTH 8

#include "engine/datasets/tokenizers/split_pattern.h"

#include "engine/base/utf8.h"
#include "engine/datasets/tokenizers/known_patterns.h"
#include "engine/datasets/tokenizers/regex_dialect.h"

#include <pcre2.h>

namespace isoloss {

namespace {

constexpr std::uint32_t most_steps = 10'000'000;
constexpr std::uint32_t heap_kibibytes = 65'536;

std::string message(int code) {
    unsigned char text[256];
    pcre2_get_error_message(code, text, sizeof text);
    return {text, text + std::char_traits<char>::length(reinterpret_cast<const char*>(text))};
}

} // namespace

struct SplitPattern::Code {
    pcre2_code* code = nullptr;
    pcre2_match_context* context = nullptr;
    KnownPattern by_hand = nullptr;
    std::string file, key;

    Code() = default;
    Code(const Code&) = delete;
    Code& operator=(const Code&) = delete;

    ~Code() {
        pcre2_match_context_free(context);
        pcre2_code_free(code);
    }
};

Expected<SplitPattern> SplitPattern::compile(std::string_view pattern, std::string_view file, std::string_view key,
                                             Matching matching) {
    const auto refuse = [&](std::string reason) {
        return fail({ErrorKind::unsupported, std::string(file), "key " + std::string(key), std::move(reason),
                     "Check that the tokenizer belongs to the checkpoint"});
    };
    if (pattern.size() > 10'000) return refuse("the pattern has more than 10000 bytes");
    if (!is_valid_utf8(pattern)) return refuse("the pattern is not valid UTF-8");
    const auto text = pcre2_pattern(pattern);
    if (!text) return refuse("the pattern has " + text.error() + ", which is not supported");
    int error = 0;
    PCRE2_SIZE offset = 0;
    auto code = std::make_shared<Code>();
    code->file = file;
    code->key = key;
    code->code =
        pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text->data()), text->size(),
                      PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C, &error, &offset, nullptr);
    if (code->code == nullptr) return refuse("the pattern cannot be used: " + message(error));
    if (matching == Matching::fastest) code->by_hand = known_pattern(pattern);
    code->context = pcre2_match_context_create(nullptr);
    pcre2_set_match_limit(code->context, most_steps);
    pcre2_set_heap_limit(code->context, heap_kibibytes);
    // Without a just-in-time compiler the pattern is interpreted; only speed depends on it.
    pcre2_jit_compile(code->code, PCRE2_JIT_COMPLETE);
    return SplitPattern(std::move(code));
}

Expected<SplitPattern> SplitPattern::literal(std::string_view text, std::string_view file, std::string_view key) {
    std::string pattern;
    for (const char c : text) {
        if (std::string_view("\\^$.|?*+()[]{}#- ").find(c) != std::string_view::npos) pattern += '\\';
        pattern += c;
    }
    return compile(pattern, file, key);
}

Expected<void> SplitPattern::find_all(std::string_view text, TextRange range, TimeLimit& limit,
                                      std::vector<TextRange>& matches) const {
    if (code_->by_hand != nullptr) {
        code_->by_hand(text, range, matches);
        return {};
    }
    const std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> data(pcre2_match_data_create(1, nullptr),
                                                                                   &pcre2_match_data_free);
    const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data() + range.first);
    const std::size_t size = range.second - range.first;
    const auto refuse = [&](std::size_t at, std::string reason) {
        return fail({ErrorKind::limit, code_->file, "key " + code_->key,
                     std::move(reason) + " at byte " + std::to_string(range.first + at) + " of the text",
                     "The tokenizer's pattern is pathological; don't use it unless you know who wrote it"});
    };
    std::size_t last_end = size + 1; // of the last match
    for (std::size_t at = 0; at <= size;) {
        // One match may take milliseconds before it gives up.
        if (!limit.spend(10'000)) return refuse(at, "matching takes too long");
        const int result = pcre2_match(code_->code, subject, size, at, PCRE2_NO_UTF_CHECK, data.get(), code_->context);
        if (result == PCRE2_ERROR_NOMATCH) break;
        if (result < 0) return refuse(at, "matching was given up (" + message(result) + ")");
        const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(data.get());
        if (offsets[1] == offsets[0] && offsets[1] == last_end) {
            if (at == size) break;
            at += code_point_at(text.substr(range.first, size), at).length;
            continue;
        }
        matches.emplace_back(range.first + static_cast<std::uint32_t>(offsets[0]),
                             range.first + static_cast<std::uint32_t>(offsets[1]));
        at = last_end = offsets[1];
    }
    return {};
}

// True of all known patterns: letters end where no letter follows, a space goes with the letters behind it, and only
// white space looks at what comes after.
bool SplitPattern::cuts_before_words() const {
    return code_->by_hand != nullptr;
}

} // namespace isoloss
