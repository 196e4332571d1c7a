#include "engine/datasets/number_array.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace isoloss {

namespace {

constexpr std::size_t block_elements = 1u << 16;

std::uint64_t bits_of(const std::byte* element, const ElementType& type) {
    std::uint64_t bits = 0;
    for (int i = 0; i < type.bytes; ++i) {
        const int at = type.big_endian ? i : type.bytes - 1 - i;
        bits = bits << 8 | std::to_integer<std::uint64_t>(element[at]);
    }
    return bits;
}

std::int64_t sign_extended(std::uint64_t bits, int bytes) {
    const int unused = 64 - 8 * bytes;
    return static_cast<std::int64_t>(bits << unused) >> unused;
}

double from_float16(std::uint64_t bits) {
    const int exponent = static_cast<int>(bits >> 10 & 31);
    const auto fraction = static_cast<double>(bits & 1023);
    double value = std::ldexp(fraction, -24); // subnormal
    if (exponent == 31)
        value = fraction == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    else if (exponent > 0)
        value = std::ldexp(1024 + fraction, exponent - 25);
    return (bits >> 15 & 1) != 0 ? -value : value;
}

double floating(std::uint64_t bits, int bytes) {
    if (bytes == 2) return from_float16(bits);
    if (bytes == 4) return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    return std::bit_cast<double>(bits);
}

} // namespace

std::string ElementType::name() const {
    const std::string bits = std::to_string(8 * bytes);
    switch (kind) {
    case Kind::boolean:
        return "bool";
    case Kind::signed_integer:
        return "int" + bits;
    case Kind::unsigned_integer:
        return "uint" + bits;
    case Kind::floating:
        return "float" + bits;
    }
    return {};
}

Expected<NumberArray> NumberArray::make(ByteSource source, std::uint64_t data_offset, ElementType type,
                                        std::vector<std::int64_t> shape) {
    NumberArray array(std::move(source));
    array.data_offset_ = data_offset;
    array.type_ = type;
    array.shape_ = std::move(shape);
    const auto refuse = [&](std::string reason) {
        return fail({ErrorKind::damaged, array.source_.file(), array.source_.part(), std::move(reason),
                     "Copy or download the file again"});
    };
    if (array.shape_.size() > most_dimensions)
        return refuse("the array has " + std::to_string(array.shape_.size()) + " dimensions; at most " +
                      std::to_string(most_dimensions) + " are read");
    const std::uint64_t bytes = array.source_.size() - std::min(array.source_.size(), data_offset);
    std::int64_t size = 1;
    for (const std::int64_t one : array.shape_) {
        if (one < 0) return refuse("the shape " + array.shape_text() + " has a negative size");
        if (__builtin_mul_overflow(size, one, &size))
            return refuse("the shape " + array.shape_text() + " has more elements than any file");
    }
    std::int64_t needed = 0;
    if (__builtin_mul_overflow(size, static_cast<std::int64_t>(type.bytes), &needed) ||
        static_cast<std::uint64_t>(needed) != bytes)
        return refuse("an array of the shape " + array.shape_text() + " and type " + type.name() +
                      " does not have the " + std::to_string(bytes) + " bytes that follow the header");
    array.size_ = size;
    return array;
}

std::string NumberArray::shape_text() const {
    std::string text = "(";
    for (const std::int64_t one : shape_)
        text += (text.size() > 1 ? ", " : "") + std::to_string(one);
    return text + ")";
}

template <typename Function>
Expected<void> NumberArray::read_blocks(std::int64_t first, std::size_t count, const Function& convert) const {
    const auto width = static_cast<std::size_t>(type_.bytes);
    std::vector<std::byte> block(std::min(count, block_elements) * width);
    for (std::size_t done = 0; done < count;) {
        const std::size_t now = std::min(block_elements, count - done);
        ISOLOSS_TRY_VOID(source_.read(data_offset_ + (static_cast<std::uint64_t>(first) + done) * width,
                                      std::span(block).first(now * width)));
        for (std::size_t i = 0; i < now; ++i)
            ISOLOSS_TRY_VOID(convert(done + i, bits_of(&block[i * width], type_)));
        done += now;
    }
    return {};
}

Expected<void> NumberArray::read(std::int64_t first, std::span<std::int64_t> numbers) const {
    if (type_.kind == ElementType::Kind::floating)
        return fail({ErrorKind::unsupported, source_.file(), source_.part(),
                     "the numbers are " + type_.name() + ", whole ones are needed", "Save them as integers"});
    return read_blocks(first, numbers.size(), [&](std::size_t i, std::uint64_t bits) -> Expected<void> {
        if (type_.kind == ElementType::Kind::signed_integer)
            numbers[i] = sign_extended(bits, type_.bytes);
        else if (bits > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
            return fail({ErrorKind::damaged, source_.file(),
                         "element " + std::to_string(first + static_cast<std::int64_t>(i)),
                         "the number " + std::to_string(bits) + " is too large", "Save smaller numbers"});
        else
            numbers[i] = static_cast<std::int64_t>(bits);
        return {};
    });
}

Expected<void> NumberArray::read(std::int64_t first, std::span<double> numbers) const {
    return read_blocks(first, numbers.size(), [&](std::size_t i, std::uint64_t bits) -> Expected<void> {
        numbers[i] = type_.kind == ElementType::Kind::floating ? floating(bits, type_.bytes)
                     : type_.kind == ElementType::Kind::signed_integer
                         ? static_cast<double>(sign_extended(bits, type_.bytes))
                         : static_cast<double>(bits);
        return {};
    });
}

Expected<void> NumberArray::read(std::int64_t first, std::span<std::uint8_t> numbers) const {
    if (type_.bytes != 1 || type_.kind == ElementType::Kind::signed_integer)
        return fail({ErrorKind::unsupported, source_.file(), source_.part(),
                     "the numbers are " + type_.name() + ", uint8 is needed", "Save them as uint8"});
    return source_.read(data_offset_ + static_cast<std::uint64_t>(first), std::as_writable_bytes(numbers));
}

} // namespace isoloss
