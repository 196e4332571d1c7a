#include "engine/analysis/filter_tokens.h"

#include "engine/base/number_text.h"
#include "engine/base/utf8.h"

#include <limits>

namespace isoloss {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool starts_word(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '*' || byte >= 0x80;
}

bool continues_word(char c) {
    return starts_word(c) || c == '/' || c == '.' || c == ':' || c == '@' || c == '-';
}

class Tokenizer {
public:
    explicit Tokenizer(std::string_view text) : text_(text) {}

    Expected<std::vector<FilterToken>> run() {
        for (skip_spaces(); offset_ < text_.size(); skip_spaces())
            ISOLOSS_TRY_VOID(read_token());
        push(FilterTokenKind::end, offset_);
        return std::move(tokens_);
    }

private:
    char peek(std::size_t ahead = 0) const { return offset_ + ahead < text_.size() ? text_[offset_ + ahead] : '\0'; }

    // Columns only move forward, so that counting them stays linear.
    std::size_t column(std::size_t offset) {
        counted_column_ += code_point_count(text_.substr(counted_offset_, offset - counted_offset_));
        counted_offset_ = offset;
        return counted_column_;
    }

    void skip_spaces() {
        while (offset_ < text_.size() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r'))
            ++offset_;
    }

    FilterToken& push(FilterTokenKind kind, std::size_t begin) {
        FilterToken& token = tokens_.emplace_back();
        token.kind = kind;
        token.column = column(begin);
        token.spelling = std::string(text_.substr(begin, offset_ - begin));
        return token;
    }

    Expected<void> read_token() {
        const char c = peek();
        if (c == '(' || c == ')' || c == ',') {
            const std::size_t begin = offset_++;
            push(c == '(' ? FilterTokenKind::open : c == ')' ? FilterTokenKind::close : FilterTokenKind::comma, begin);
            return {};
        }
        if (c == '<' || c == '>' || c == '=' || c == '!' || c == '~') return read_comparison();
        if (c == '"' || c == '\'' || c == '`') return read_quoted();
        if (is_digit(c) || c == '-' || c == '+' || c == '.') return read_number();
        if (starts_word(c)) return read_word(offset_);
        return unexpected_character();
    }

    Expected<void> unexpected_character() {
        const CodePoint point = code_point_at(text_, offset_);
        return filter_error(column(offset_),
                            "“" + valid_utf8(text_.substr(offset_, point.length)) + "” has no meaning in a filter",
                            "Put texts in double quotes and unusual names in backquotes");
    }

    Expected<void> read_comparison() {
        const std::size_t begin = offset_++;
        if (peek() == '=' && text_[begin] != '~') ++offset_;
        FilterToken& token = push(FilterTokenKind::comparison, begin);
        if (token.spelling == "==") token.spelling = "=";
        if (token.spelling == "!") return filter_error(token.column, "“!” alone has no meaning", "Write != or not");
        return {};
    }

    Expected<void> read_quoted() {
        const std::size_t begin = offset_;
        const char quote = text_[offset_++];
        std::string plain;
        TextPattern pattern;
        while (offset_ < text_.size() && peek() != quote) {
            const bool escaped = peek() == '\\' && offset_ + 1 < text_.size();
            if (escaped) ++offset_;
            const char c = text_[offset_++];
            plain += c;
            if (c == '*' && !escaped)
                pattern.append_wildcard();
            else
                pattern.append(c);
        }
        if (offset_ == text_.size())
            return filter_error(column(begin), "the quotation mark that opens here is never closed",
                                std::string("Add a closing ") + quote);
        ++offset_;
        FilterToken& token = push(quote == '`' ? FilterTokenKind::word : FilterTokenKind::text, begin);
        token.backquoted = quote == '`';
        token.spelling = std::move(plain);
        token.pattern = std::move(pattern);
        return {};
    }

    // The longest number here; with more letters behind it, it is the beginning of a word (`160m`).
    Expected<void> read_number() {
        const std::size_t begin = offset_;
        if (peek() == '-' || peek() == '+') ++offset_;
        if (text_.substr(offset_, 3) == "inf" && !continues_word(peek(3))) {
            offset_ += 3;
            const double infinity = std::numeric_limits<double>::infinity();
            push(FilterTokenKind::number, begin).number = text_[begin] == '-' ? -infinity : infinity;
            return {};
        }
        while (is_digit(peek()) || peek() == '.')
            ++offset_;
        if (peek() == 'e' || peek() == 'E') {
            const std::size_t sign = peek(1) == '-' || peek(1) == '+' ? 1 : 0;
            if (is_digit(peek(1 + sign))) {
                offset_ += 1 + sign;
                while (is_digit(peek()))
                    ++offset_;
            }
        }
        const auto number = parse_double(text_.substr(begin, offset_ - begin));
        if (number && !continues_word(peek()) && peek() != '[') {
            push(FilterTokenKind::number, begin).number = *number;
            return {};
        }
        if (is_digit(text_[begin])) return read_word(begin);
        return filter_error(column(begin), "this is no number",
                            "Write numbers like 0.003 or 3e-3; names do not begin with a sign or a dot");
    }

    Expected<void> read_word(std::size_t begin) {
        while (offset_ < text_.size() && (continues_word(peek()) || peek() == '[')) {
            if (peek() == '[') {
                const std::size_t close = text_.find(']', offset_);
                if (close == text_.npos)
                    return filter_error(column(offset_), "the bracket that opens here is never closed",
                                        "Add a closing ]");
                offset_ = close + 1;
            } else {
                ++offset_;
            }
        }
        FilterToken& token = push(FilterTokenKind::word, begin);
        if (token.spelling == "nan" || token.spelling == "inf") {
            token.kind = FilterTokenKind::number;
            token.number = *parse_double(token.spelling);
        }
        token.pattern = TextPattern(token.spelling);
        return {};
    }

    std::string_view text_;
    std::size_t offset_ = 0;
    std::size_t counted_offset_ = 0, counted_column_ = 1;
    std::vector<FilterToken> tokens_;
};

} // namespace

tl::unexpected<Error> filter_error(std::size_t column, std::string reason, std::string remedy) {
    return fail({ErrorKind::usage, {}, "column " + std::to_string(column), std::move(reason), std::move(remedy)});
}

Expected<std::vector<FilterToken>> filter_tokens(std::string_view text) {
    return Tokenizer(text).run();
}

} // namespace isoloss
