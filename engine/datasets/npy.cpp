#include "engine/datasets/npy.h"

#include <array>
#include <charconv>
#include <optional>

namespace isoloss {

namespace {

constexpr std::uint32_t longest_header = 1u << 20;

/// The Python literal {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
class HeaderParser {
public:
    explicit HeaderParser(std::string_view text) : rest_(text) {}

    bool take(char c) {
        skip_blanks();
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    bool take_word(std::string_view word) {
        skip_blanks();
        if (!rest_.starts_with(word)) return false;
        rest_.remove_prefix(word.size());
        return true;
    }

    std::optional<std::string> text() {
        skip_blanks();
        if (rest_.empty() || (rest_[0] != '\'' && rest_[0] != '"')) return std::nullopt;
        const std::size_t end = rest_.find(rest_[0], 1);
        if (end == rest_.npos) return std::nullopt;
        std::string text(rest_.substr(1, end - 1));
        rest_.remove_prefix(end + 1);
        if (text.find('\\') != text.npos) return std::nullopt;
        return text;
    }

    std::optional<std::vector<std::int64_t>> shape() {
        if (!take('(')) return std::nullopt;
        std::vector<std::int64_t> sizes;
        while (!take(')')) {
            std::int64_t size = 0;
            const auto [end, problem] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
            if (problem != std::errc() || size < 0) return std::nullopt;
            rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
            take('L'); // Python 2 wrote long integers so
            sizes.push_back(size);
            if (sizes.size() > NumberArray::most_dimensions) return std::nullopt;
            if (!take(',')) {
                if (!take(')')) return std::nullopt;
                break;
            }
            skip_blanks();
        }
        return sizes;
    }

    bool at_end() {
        skip_blanks();
        return rest_.empty();
    }

private:
    void skip_blanks() {
        const std::size_t begin = rest_.find_first_not_of(" \t\n\r");
        rest_.remove_prefix(begin == rest_.npos ? rest_.size() : begin);
    }

    std::string_view rest_;
};

struct Header {
    std::string type;
    bool fortran_order = false;
    std::vector<std::int64_t> shape;
};

std::optional<Header> parse_header(std::string_view text) {
    HeaderParser parser(text);
    if (!parser.take('{')) return std::nullopt;
    Header header;
    bool has_type = false, has_order = false, has_shape = false;
    while (!parser.take('}')) {
        const auto key = parser.text();
        if (!key || !parser.take(':')) return std::nullopt;
        if (*key == "descr" && !has_type) {
            const auto type = parser.text();
            if (!type) return std::nullopt;
            header.type = *type;
            has_type = true;
        } else if (*key == "fortran_order" && !has_order) {
            header.fortran_order = parser.take_word("True");
            if (!header.fortran_order && !parser.take_word("False")) return std::nullopt;
            has_order = true;
        } else if (*key == "shape" && !has_shape) {
            auto shape = parser.shape();
            if (!shape) return std::nullopt;
            header.shape = std::move(*shape);
            has_shape = true;
        } else {
            return std::nullopt;
        }
        if (!parser.take(',')) {
            if (!parser.take('}')) return std::nullopt;
            break;
        }
    }
    if (!has_type || !has_order || !has_shape || !parser.at_end()) return std::nullopt;
    return header;
}

std::string_view refused_type(char code) {
    switch (code) {
    case 'O':
        return "Python objects, which could run code when they are read";
    case 'c':
        return "complex numbers";
    case 'S':
    case 'a':
    case 'U':
        return "texts";
    case 'M':
    case 'm':
        return "dates or time spans";
    case 'V':
        return "records";
    default:
        return "of a type that is not read";
    }
}

std::optional<ElementType> element_type(std::string_view type) {
    if (type.size() != 3 || (type[0] != '<' && type[0] != '>' && type[0] != '|')) return std::nullopt;
    ElementType element;
    element.bytes = type[2] - '0';
    const bool is_power = element.bytes == 1 || element.bytes == 2 || element.bytes == 4 || element.bytes == 8;
    if (!is_power || (type[0] == '|' && element.bytes > 1)) return std::nullopt;
    element.big_endian = type[0] == '>' && element.bytes > 1;
    switch (type[1]) {
    case 'b':
        element.kind = ElementType::Kind::boolean;
        return element.bytes == 1 ? std::optional(element) : std::nullopt;
    case 'i':
        element.kind = ElementType::Kind::signed_integer;
        return element;
    case 'u':
        element.kind = ElementType::Kind::unsigned_integer;
        return element;
    case 'f':
        element.kind = ElementType::Kind::floating;
        return element.bytes > 1 ? std::optional(element) : std::nullopt;
    default:
        return std::nullopt;
    }
}

} // namespace

Expected<NumberArray> open_npy(ByteSource source) {
    const auto refuse = [&](ErrorKind kind, std::string reason, std::string remedy) {
        return fail({kind, source.file(), source.part().empty() ? "header" : source.part(), std::move(reason),
                     std::move(remedy)});
    };
    const auto damaged = [&](std::string reason) {
        return refuse(ErrorKind::damaged, std::move(reason), "Write the file again with numpy.save");
    };
    std::array<std::byte, 12> start{};
    const std::size_t known = std::min<std::uint64_t>(start.size(), source.size());
    ISOLOSS_TRY_VOID(source.read(0, std::span(start).first(known)));
    const std::string_view text(reinterpret_cast<const char*>(start.data()), known);
    if (known < 10 || !text.starts_with(npy_magic)) return damaged("does not begin as a .npy file does");
    const auto byte = [&](std::size_t i) { return std::to_integer<std::uint32_t>(start[i]); };
    const std::uint32_t version = byte(6);
    if (version < 1 || version > 3)
        return refuse(ErrorKind::newer, "has version " + std::to_string(version) + " of the .npy format",
                      "Save it with version 1 to 3");
    const std::uint32_t length_bytes = version == 1 ? 2 : 4, header_begin = 8 + length_bytes;
    if (known < header_begin) return damaged("the header ends too early");
    std::uint32_t length = byte(8) | byte(9) << 8;
    if (version > 1) length |= byte(10) << 16 | byte(11) << 24;
    if (length > longest_header || length > source.size() - header_begin)
        return damaged("the header is said to have " + std::to_string(length) + " bytes");
    std::string header_text(length, '\0');
    ISOLOSS_TRY_VOID(source.read(header_begin, std::as_writable_bytes(std::span(header_text))));
    if (header_text.find("'descr': [") != header_text.npos)
        return refuse(ErrorKind::unsupported, "the elements are records", "Save each column as an array of its own");
    const auto header = parse_header(header_text);
    if (!header) return damaged("the header is not the description of an array");
    const auto type = element_type(header->type);
    if (!type) {
        const char code = header->type.size() > 1 ? header->type[header->type[0] == 'O' ? 0 : 1] : '?';
        return refuse(ErrorKind::unsupported,
                      "the elements are " + std::string(refused_type(code)) + " (" + header->type + ")",
                      "Save integers or floating-point numbers of at most 64 bits");
    }
    const bool order_matters = header->shape.size() > 1;
    if (header->fortran_order && order_matters)
        return refuse(ErrorKind::unsupported, "the array is stored in Fortran order",
                      "Save numpy.ascontiguousarray of it");
    return NumberArray::make(std::move(source), header_begin + length, *type, header->shape);
}

} // namespace isoloss
