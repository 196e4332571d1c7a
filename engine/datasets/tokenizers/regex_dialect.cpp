#include "engine/datasets/tokenizers/regex_dialect.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace isoloss {

namespace {

struct CharacterType {
    char escape;                 ///< \s
    std::string_view characters; ///< what it stands for, as the inside of a class
};

// White_Space without U+180E, which PCRE2's \s matches too; Oniguruma's words; hexadecimal digits.
constexpr std::array types{
    CharacterType{'s', R"(\x09-\x0d\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})"},
    CharacterType{'w', R"(\p{L}\p{M}\p{Nd}\p{Pc})"},
    CharacterType{'h', "0-9A-Fa-f"},
};

class Translation {
public:
    explicit Translation(std::string_view pattern) : pattern_(pattern) {}

    tl::expected<std::string, std::string> run() {
        while (at_ < pattern_.size()) {
            const char c = pattern_[at_];
            if (c == '\\' && at_ + 1 < pattern_.size())
                escape();
            else if (depth_ > 0)
                within_class(c);
            else
                outside(c);
            if (!refused_.empty()) return tl::unexpected<std::string>(refused_);
        }
        return result_;
    }

private:
    void copy(std::size_t count) {
        result_ += pattern_.substr(at_, count);
        at_ += count;
    }

    void escape() {
        const char letter = pattern_[at_ + 1];
        const auto* type = std::find_if(types.begin(), types.end(),
                                        [&](const CharacterType& t) { return t.escape == (letter | 0x20); });
        const bool is_type = type != types.end() && std::isalpha(static_cast<unsigned char>(letter)) != 0;
        if (is_type && letter == type->escape) {
            result_ += depth_ > 0 ? std::string(type->characters) : "[" + std::string(type->characters) + "]";
            at_ += 2;
        } else if (is_type && depth_ == 0) {
            result_ += "[^" + std::string(type->characters) + "]";
            at_ += 2;
        } else if (is_type && letter == 'H') {
            refused_ = "\\H within a class";
        } else if (letter == 'u' && at_ + 6 <= pattern_.size()) {
            result_ += "\\x{" + std::string(pattern_.substr(at_ + 2, 4)) + "}";
            at_ += 6;
        } else {
            copy(2); // within a class \S and \W keep PCRE2's meaning, which differs in a few rare characters
        }
    }

    void outside(char c) {
        if (c == '[') {
            depth_ = 1;
            copy(pattern_.substr(at_).starts_with("[^") ? 2 : 1);
        } else {
            copy(1);
        }
    }

    // A class within a class is the union of both: its brackets say nothing.
    void within_class(char c) {
        const std::string_view rest = pattern_.substr(at_);
        if (rest.starts_with("[:")) {
            copy(std::min(rest.find(":]"), rest.size() - 2) + 2);
        } else if (rest.starts_with("[^")) {
            refused_ = "a negated class within a class";
        } else if (rest.starts_with("&&")) {
            refused_ = "an intersection of classes (&&)";
        } else if (c == '[') {
            ++depth_;
            ++at_;
        } else if (c == ']' && --depth_ > 0) {
            ++at_;
        } else {
            copy(1);
        }
    }

    std::string_view pattern_;
    std::size_t at_ = 0;
    int depth_ = 0; ///< of open classes
    std::string result_;
    std::string refused_;
};

} // namespace

tl::expected<std::string, std::string> pcre2_pattern(std::string_view oniguruma) {
    return Translation(oniguruma).run();
}

} // namespace isoloss
