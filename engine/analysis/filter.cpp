#include "engine/analysis/filter.h"

#include "engine/analysis/filter_tokens.h"
#include "engine/base/number_text.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace isoloss {

namespace {

constexpr std::size_t depth_cap = 100;
constexpr std::size_t length_cap = 64 * 1024;

enum class Comparison { equal, not_equal, less, less_equal, greater, greater_equal, contains };

bool is_ordered(Comparison comparison) {
    return comparison != Comparison::equal && comparison != Comparison::not_equal && comparison != Comparison::contains;
}

struct Operand {
    enum class Kind { number, text, name } kind = Kind::number;
    FilterValue constant; // of numbers and texts
    TextPattern pattern;  // of texts and of plain names, which may turn out to be texts
    Filter::Name name;
    std::size_t index = 0; // of a name, in Filter::names()
};

} // namespace

struct Filter::Node {
    enum class Kind { any, all, negation, comparison, presence, name_contains } kind = Kind::all;
    std::vector<Node> children; // of any, all, negation
    Operand left, right;        // left alone for presence and name_contains
    Comparison comparison = Comparison::equal;
};

struct Filter::Tree {
    Node root;
    std::vector<Name> names;
};

namespace {

using Node = Filter::Node;
using Kind = FilterTokenKind;

struct FunctionForm {
    std::string_view name;
    std::size_t least, most;
    std::string_view form;
};

constexpr std::array<FunctionForm, 7> functions{{
    {"has", 1, 1, "has(NAME)"},
    {"min", 1, 1, "min(SERIES)"},
    {"max", 1, 1, "max(SERIES)"},
    {"first", 1, 1, "first(SERIES)"},
    {"last", 1, 1, "last(SERIES)"},
    {"at", 2, 2, "at(SERIES, STEP)"},
    {"mean", 1, length_cap, "mean(PATTERN, …)"},
}};

class Parser {
public:
    explicit Parser(std::vector<FilterToken> tokens) : tokens_(std::move(tokens)) {}

    Expected<Node> run() {
        ISOLOSS_TRY(Node root, any());
        if (peek().kind != Kind::end) return unexpected("“and”, “or” or the end");
        return root;
    }

private:
    const FilterToken& peek(std::size_t ahead = 0) const {
        return tokens_[std::min(position_ + ahead, tokens_.size() - 1)];
    }

    const FilterToken& take() { return tokens_[position_++]; }

    bool at_keyword(std::string_view keyword) const {
        return peek().kind == Kind::word && !peek().backquoted && peek().spelling == keyword;
    }

    tl::unexpected<Error> unexpected(std::string_view wanted) const {
        const FilterToken& token = peek();
        const std::string what = token.kind == Kind::end ? std::string("the filter ends here")
                                                         : "“" + token.spelling + "” does not fit here";
        return filter_error(token.column, what + ": expected " + std::string(wanted));
    }

    // Operators of one level of precedence, kept flat: long chains are as deep as short ones.
    Expected<Node> chain(std::string_view keyword, Node::Kind kind, Expected<Node> (Parser::*next_level)()) {
        ISOLOSS_TRY(Node first, (this->*next_level)());
        if (!at_keyword(keyword)) return first;
        Node node;
        node.kind = kind;
        node.children.push_back(std::move(first));
        while (at_keyword(keyword)) {
            ++position_;
            ISOLOSS_TRY(Node next, (this->*next_level)());
            node.children.push_back(std::move(next));
        }
        return node;
    }

    Expected<Node> any() { return chain("or", Node::Kind::any, &Parser::all); }

    Expected<Node> all() { return chain("and", Node::Kind::all, &Parser::negation); }

    Expected<Node> negation() {
        const bool nested = at_keyword("not") || peek().kind == Kind::open;
        if (!nested) return test();
        if (++depth_ > depth_cap)
            return filter_error(peek().column, "the filter is nested more than " + std::to_string(depth_cap) + " deep");
        Expected<Node> node = at_keyword("not") ? negated() : parenthesised();
        --depth_;
        return node;
    }

    Expected<Node> negated() {
        ++position_;
        Node node;
        node.kind = Node::Kind::negation;
        ISOLOSS_TRY(Node operand, negation());
        node.children.push_back(std::move(operand));
        return node;
    }

    Expected<Node> parenthesised() {
        const std::size_t column = take().column;
        ISOLOSS_TRY(Node inner, any());
        if (peek().kind == Kind::end)
            return filter_error(peek().column, "the filter ends here: expected “)” for the parenthesis of column " +
                                                   std::to_string(column));
        if (peek().kind != Kind::close) return unexpected("“and”, “or” or “)”");
        ++position_;
        return inner;
    }

    Expected<Node> test() {
        const FilterToken begin = peek();
        ISOLOSS_TRY(Operand left, operand("a name, a number, a quoted text, “not” or “(”"));
        Node node;
        if (peek().kind != Kind::comparison) return lone_operand(begin, std::move(left));
        const FilterToken sign = take();
        node.kind = Node::Kind::comparison;
        node.comparison = comparison_of(sign.spelling);
        const FilterToken right_token = peek();
        ISOLOSS_TRY(Operand right, operand("a number, a quoted text or a name"));
        const bool left_text = left.kind == Operand::Kind::text;
        if (is_ordered(node.comparison) && (left_text || right.kind == Operand::Kind::text))
            return filter_error(left_text ? begin.column : right_token.column,
                                "“" + sign.spelling + "” compares numbers, and this is a text", "Use = or ~ for texts");
        if (node.comparison == Comparison::contains && right.kind == Operand::Kind::number) {
            right.kind = Operand::Kind::text;
            right.constant = right_token.spelling;
            right.pattern = TextPattern(right_token.spelling);
        }
        node.left = std::move(left);
        node.right = std::move(right);
        return node;
    }

    Expected<Node> lone_operand(const FilterToken& begin, Operand operand) {
        Node node;
        if (operand.name.function == "has") {
            node.kind = Node::Kind::presence;
        } else if (operand.kind == Operand::Kind::number || !operand.name.function.empty()) {
            return unexpected("a comparison such as < or =");
        } else {
            node.kind = Node::Kind::name_contains;
            if (begin.backquoted) operand.pattern = begin.pattern;
            operand.kind = Operand::Kind::name;
            operand.name = {{}, "name", false, begin.column};
        }
        node.left = std::move(operand);
        return node;
    }

    static Comparison comparison_of(std::string_view sign) {
        if (sign == "=") return Comparison::equal;
        if (sign == "!=") return Comparison::not_equal;
        if (sign == "<") return Comparison::less;
        if (sign == "<=") return Comparison::less_equal;
        if (sign == ">") return Comparison::greater;
        if (sign == ">=") return Comparison::greater_equal;
        return Comparison::contains;
    }

    Expected<Operand> operand(std::string_view wanted) {
        const FilterToken& token = peek();
        const bool keyword = at_keyword("and") || at_keyword("or") || at_keyword("not");
        if (keyword || (token.kind != Kind::number && token.kind != Kind::text && token.kind != Kind::word))
            return unexpected(wanted);
        if (token.kind == Kind::word && !token.backquoted && peek(1).kind == Kind::open) return call();
        ++position_;
        Operand operand;
        operand.constant = token.number;
        operand.pattern = token.pattern;
        if (token.kind == Kind::text) {
            operand.kind = Operand::Kind::text;
            operand.constant = operand.pattern.text();
        }
        if (token.kind == Kind::word) {
            operand.kind = Operand::Kind::name;
            operand.name = {{}, token.spelling, !token.backquoted, token.column};
        }
        return operand;
    }

    Expected<Operand> call() {
        const FilterToken function = take();
        ++position_;
        const auto* form = std::find_if(functions.begin(), functions.end(),
                                        [&](const FunctionForm& f) { return f.name == function.spelling; });
        if (form == functions.end())
            return filter_error(function.column, "there is no function “" + function.spelling + "”",
                                "There are has, min, max, first, last, at and mean");
        Operand operand;
        operand.kind = Operand::Kind::name;
        operand.name = {function.spelling, {}, false, function.column};
        for (std::size_t count = 1;; ++count) {
            const FilterToken& argument = peek();
            const bool number_wanted = function.spelling == "at" && count == 2;
            const bool fits = number_wanted ? argument.kind == Kind::number
                                            : argument.kind == Kind::word || argument.kind == Kind::text ||
                                                  (argument.kind == Kind::number && function.spelling != "at");
            if (!fits) return unexpected(number_wanted ? "a step, as a number" : "a name");
            if (number_wanted && !filter_step(argument.spelling))
                return filter_error(argument.column, "“" + argument.spelling + "” is no step",
                                    "Steps are whole numbers");
            ++position_;
            operand.name.name += (count == 1 ? "" : ", ") + argument.spelling;
            const bool more = peek().kind == Kind::comma;
            if (more ? count >= form->most : count < form->least)
                return unexpected(more ? "“)”: the form is " + std::string(form->form)
                                       : "“,”: the form is " + std::string(form->form));
            if (!more) break;
            ++position_;
        }
        if (peek().kind != Kind::close) return unexpected("“)”");
        ++position_;
        return operand;
    }

    std::vector<FilterToken> tokens_;
    std::size_t position_ = 0;
    std::size_t depth_ = 0;
};

bool compare_numbers(double a, Comparison comparison, double b) {
    const bool equal = a == b || (std::isnan(a) && std::isnan(b));
    switch (comparison) {
    case Comparison::equal:
        return equal;
    case Comparison::not_equal:
        return !equal;
    case Comparison::less:
        return a < b;
    case Comparison::less_equal:
        return a <= b;
    case Comparison::greater:
        return a > b;
    case Comparison::greater_equal:
        return a >= b;
    case Comparison::contains:
        return false;
    }
    return false;
}

std::optional<double> as_number(const FilterValue& value) {
    if (const auto* number = std::get_if<double>(&value)) return *number;
    if (const auto* text = std::get_if<std::string>(&value)) return parse_double(*text);
    return std::nullopt;
}

bool is_text(const FilterValue& value) {
    return std::holds_alternative<std::string>(value) || std::holds_alternative<std::vector<std::string>>(value);
}

// Whether the value as text, or one of its texts, is so.
template <typename Predicate>
bool any_text(const FilterValue& value, Predicate predicate) {
    if (const auto* text = std::get_if<std::string>(&value)) return predicate(*text);
    if (const auto* texts = std::get_if<std::vector<std::string>>(&value))
        return std::any_of(texts->begin(), texts->end(), predicate);
    const auto* number = std::get_if<double>(&value);
    return number != nullptr && predicate(number_text(*number));
}

bool any_text_matches(const FilterValue& value, const TextPattern& pattern, Comparison comparison) {
    return any_text(value, [&](const std::string& text) {
        return comparison == Comparison::contains ? pattern.found_in(text) : pattern.matches(text);
    });
}

class Evaluation {
public:
    explicit Evaluation(const FilterRow& row) : row_(row) {}

    bool holds(const Node& node) const {
        const auto child_holds = [this](const Node& child) { return holds(child); };
        switch (node.kind) {
        case Node::Kind::any:
            return std::any_of(node.children.begin(), node.children.end(), child_holds);
        case Node::Kind::all:
            return std::all_of(node.children.begin(), node.children.end(), child_holds);
        case Node::Kind::negation:
            return !holds(node.children.front());
        case Node::Kind::presence: {
            const FilterValue& value = row_(node.left.index);
            const auto* number = std::get_if<double>(&value);
            return number != nullptr ? *number != 0 : is_text(value);
        }
        case Node::Kind::name_contains:
            return any_text_matches(row_(node.left.index), node.left.pattern, Comparison::contains);
        case Node::Kind::comparison:
            return compare(node);
        }
        return false;
    }

private:
    bool compare(const Node& node) const {
        const Comparison comparison = node.comparison;
        const FilterValue& left = value_of(node.left);
        if (std::holds_alternative<std::monostate>(left)) return false;
        const bool right_is_written_text =
            node.right.kind == Operand::Kind::text ||
            (node.right.kind == Operand::Kind::name && node.right.name.could_be_text && is_text(left));
        if (right_is_written_text) return compare_with_pattern(left, comparison, node.right.pattern);
        const FilterValue& right = value_of(node.right);
        if (std::holds_alternative<std::monostate>(right)) return false;
        if (node.left.kind == Operand::Kind::text) return compare_with_pattern(right, comparison, node.left.pattern);
        if (comparison == Comparison::contains || (is_text(left) && is_text(right)))
            return any_text(right, [&](const std::string& text) {
                TextPattern literal;
                for (const char c : text)
                    literal.append(c);
                return compare_with_pattern(left, comparison, literal);
            });
        const auto a = as_number(left), b = as_number(right);
        return a && b && compare_numbers(*a, comparison, *b);
    }

    const FilterValue& value_of(const Operand& operand) const {
        return operand.kind == Operand::Kind::name ? row_(operand.index) : operand.constant;
    }

    static bool compare_with_pattern(const FilterValue& value, Comparison comparison, const TextPattern& pattern) {
        if (comparison == Comparison::not_equal) return !any_text_matches(value, pattern, Comparison::equal);
        if (comparison != Comparison::equal && comparison != Comparison::contains) return false;
        return any_text_matches(value, pattern, comparison);
    }

    const FilterRow& row_;
};

void number_names(Node& node, std::vector<Filter::Name>& names) {
    for (Operand* operand : {&node.left, &node.right}) {
        if (operand->kind != Operand::Kind::name) continue;
        if (operand == &node.left || node.left.kind != Operand::Kind::name || is_ordered(node.comparison))
            operand->name.could_be_text = false;
        operand->index = names.size();
        names.push_back(operand->name);
    }
    for (Node& child : node.children)
        number_names(child, names);
}

} // namespace

std::optional<std::int64_t> filter_step(std::string_view text) {
    constexpr double most = 9007199254740992; // 2⁵³: from here on a double does not tell whole numbers apart
    const auto number = parse_double(text);
    if (!number || std::abs(*number) > most || *number != std::floor(*number)) return std::nullopt;
    return static_cast<std::int64_t>(*number);
}

Expected<Filter> Filter::parse(std::string_view text) {
    if (text.size() > length_cap)
        return filter_error(1, "the filter is longer than " + std::to_string(length_cap) + " bytes");
    ISOLOSS_TRY(auto tokens, filter_tokens(text));
    Filter filter;
    if (tokens.size() == 1) return filter;
    auto tree = std::make_shared<Tree>();
    ISOLOSS_TRY(tree->root, Parser(std::move(tokens)).run());
    number_names(tree->root, tree->names);
    filter.tree_ = std::move(tree);
    return filter;
}

bool Filter::matches(const FilterRow& row) const {
    return tree_ == nullptr || Evaluation(row).holds(tree_->root);
}

bool Filter::empty() const {
    return tree_ == nullptr;
}

const std::vector<Filter::Name>& Filter::names() const {
    static const std::vector<Name> none;
    return tree_ == nullptr ? none : tree_->names;
}

} // namespace isoloss
