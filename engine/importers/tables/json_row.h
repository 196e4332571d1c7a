#pragma once

#include "engine/base/json_mends.h"
#include "engine/importers/tables/table_rows.h"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace isoloss {

/// Parses objects of a log, one after the other, into cells; members of nested objects become "outer/inner". Keys are
/// numbered in the order in which they are met; loggers repeat theirs, so that the next one is mostly known. Iterative,
/// with a cap on depth and on the number of keys; nothing is ever evaluated. One thread.
class JsonRowParser {
public:
    /// python: what repr() makes of a dict, with single quotes, None, True, nan, inf and tuples.
    enum class Notation { json, python };

    explicit JsonRowParser(Notation notation = Notation::json) : notation_(notation) {}

    static constexpr std::size_t most_depth = 200;

    /// Fills the cells; they point into `text` and into this object, until the next call. False with the reason in
    /// `fault`. A key that comes twice in an object: the last one wins.
    bool parse(std::string_view text, std::vector<TableCell>& cells, std::string& fault);

    const std::vector<std::string>& keys() const { return keys_; }

    JsonMends mends;              ///< of all rows
    std::int64_t excess_keys = 0; ///< above most_table_columns, left out

private:
    static constexpr std::uint32_t no_column = ~std::uint32_t{0};

    bool fail(std::string_view reason);
    void skip_space();
    bool parse_members();
    bool parse_key();
    bool parse_value();
    bool parse_string(std::string_view& text);
    bool unescape(std::string& text, char quote);
    bool parse_unicode(std::string& text);
    bool read_hex(std::uint32_t& unit);
    bool parse_word(TableCell::Form& form, std::string_view& text);
    bool skip_list();
    std::uint32_t column_of(std::string_view key);
    void add(TableCell::Form form, std::string_view text);

    bool at_quote() const { return *at_ == '"' || (*at_ == '\'' && notation_ == Notation::python); }

    const Notation notation_;
    const char* begin_ = nullptr;
    const char* at_ = nullptr;
    const char* end_ = nullptr;
    std::vector<TableCell>* cells_ = nullptr;
    std::string* fault_ = nullptr;
    std::uint32_t column_ = no_column; ///< of the key at hand
    std::string path_;                 ///< keys of the objects around, each with a slash behind it
    std::vector<std::size_t> depths_;  ///< lengths of path_, per open object
    std::string_view key_;

    std::vector<std::string> keys_;
    std::unordered_map<std::string, std::uint32_t> numbers_;
    std::vector<std::uint32_t> follower_; ///< the key that came behind this one last time
    std::uint32_t previous_ = no_column;
    std::vector<std::pair<std::uint64_t, std::uint32_t>> seen_; ///< row and place of each key's last cell
    std::uint64_t row_ = 0;
    std::deque<std::string> texts_; ///< strings that had escapes; stable addresses
    std::size_t texts_used_ = 0;
    std::string joined_;
};

} // namespace isoloss
