#include "engine/datasets/idx.h"

#include <algorithm>
#include <array>
#include <optional>

namespace isoloss {

namespace {

std::optional<ElementType> element_type(unsigned char code) {
    using Kind = ElementType::Kind;
    switch (code) {
    case 0x08:
        return ElementType{Kind::unsigned_integer, 1, false};
    case 0x09:
        return ElementType{Kind::signed_integer, 1, false};
    case 0x0b:
        return ElementType{Kind::signed_integer, 2, true};
    case 0x0c:
        return ElementType{Kind::signed_integer, 4, true};
    case 0x0d:
        return ElementType{Kind::floating, 4, true};
    case 0x0e:
        return ElementType{Kind::floating, 8, true};
    default:
        return std::nullopt;
    }
}

} // namespace

bool begins_as_idx(std::string_view bytes) {
    return bytes.size() >= 8 && bytes[0] == 0 && bytes[1] == 0 &&
           element_type(static_cast<unsigned char>(bytes[2])).has_value() && bytes[3] >= 1 &&
           static_cast<std::size_t>(bytes[3]) <= NumberArray::most_dimensions;
}

Expected<NumberArray> open_idx(ByteSource source) {
    const auto damaged = [&](std::string reason) {
        return fail(
            {ErrorKind::damaged, source.file(), "header", std::move(reason), "Copy or download the file again"});
    };
    std::array<char, 4 + 4 * NumberArray::most_dimensions> bytes{};
    const std::size_t known = std::min<std::uint64_t>(bytes.size(), source.size());
    ISOLOSS_TRY_VOID(source.read(0, std::as_writable_bytes(std::span(bytes)).first(known)));
    if (!begins_as_idx({bytes.data(), known})) return damaged("does not begin as an IDX file does");
    const auto dimensions = static_cast<std::size_t>(bytes[3]);
    const std::size_t header = 4 + 4 * dimensions;
    if (known < header) return damaged("the header ends too early");
    std::vector<std::int64_t> shape;
    for (std::size_t i = 0; i < dimensions; ++i) {
        std::uint32_t size = 0;
        for (std::size_t k = 0; k < 4; ++k)
            size = size << 8 | static_cast<unsigned char>(bytes[4 + 4 * i + k]);
        shape.push_back(size);
    }
    const auto type = element_type(static_cast<unsigned char>(bytes[2]));
    return NumberArray::make(std::move(source), header, *type, std::move(shape));
}

} // namespace isoloss
