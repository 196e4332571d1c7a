#include "engine/datasets/token_data.h"

#include "engine/datasets/dataset.h"
#include "engine/datasets/dataset_detection.h"
#include "engine/datasets/npy.h"

#include <algorithm>
#include <array>

namespace isoloss {

namespace {

constexpr std::int64_t block_tokens = 1 << 18;
constexpr std::int64_t most_tokens_kept = 1ll << 29;
constexpr std::uint64_t guessed_from = 2u << 20; ///< bytes
constexpr std::uint32_t llmc_magic = 20240520;
constexpr std::uint64_t llmc_header = 1024;

/// The array of a token file and what parts it into documents.
struct TokenFile {
    NumberArray array;
    std::int64_t row = 0; ///< tokens in a document; 0: not by their number
    std::optional<std::int64_t> end;
};

Expected<TokenFile> open_tokens(const DatasetRecord& dataset) {
    ISOLOSS_TRY(const DatasetDetails details, details_of(dataset));
    ISOLOSS_TRY(ByteSource source, ByteSource::open(dataset.path));
    if (details.format == dataset_format::npy) {
        ISOLOSS_TRY(NumberArray array, open_npy(std::move(source)));
        const std::int64_t row = array.shape().size() == 2 ? array.shape()[1] : 0;
        return TokenFile{std::move(array), row, details.reading.end_of_document};
    }
    ISOLOSS_TRY(const RawTokens raw, find_raw_tokens(source, details.reading.token_type));
    const std::uint64_t count = (source.size() - raw.begin) / static_cast<std::uint64_t>(raw.type.bytes);
    ISOLOSS_TRY(NumberArray array,
                NumberArray::make(std::move(source), raw.begin, raw.type, {static_cast<std::int64_t>(count)}));
    return TokenFile{std::move(array), 0, details.reading.end_of_document};
}

/// Tells the ids in their order until `take` answers false.
template <typename Function>
Expected<void> for_each_token(const NumberArray& array, const Function& take) {
    std::vector<std::int64_t> block;
    for (std::int64_t begin = 0; begin < array.size(); begin += block_tokens) {
        block.resize(static_cast<std::size_t>(std::min(block_tokens, array.size() - begin)));
        ISOLOSS_TRY_VOID(array.read(begin, std::span(block)));
        for (std::size_t i = 0; i < block.size(); ++i) {
            if (block[i] < 0 || block[i] > std::numeric_limits<std::int32_t>::max())
                return fail({ErrorKind::damaged, array.source().file(),
                             "token " + std::to_string(begin + static_cast<std::int64_t>(i)),
                             "the id " + std::to_string(block[i]) + " is no id of a vocabulary",
                             "Check that the file holds token ids, and their type"});
            if (!take(static_cast<std::int32_t>(block[i]))) return {};
        }
    }
    return {};
}

} // namespace

Expected<TokenData> read_token_data(const DatasetRecord& dataset, std::int64_t most_tokens) {
    ISOLOSS_TRY(const TokenFile file, open_tokens(dataset));
    TokenData data;
    data.tokens_in_all = file.array.size();
    if (std::min(file.array.size(), most_tokens) > most_tokens_kept)
        return fail({ErrorKind::limit,
                     dataset.path,
                     {},
                     "has " + std::to_string(file.array.size()) + " tokens; at most " +
                         std::to_string(most_tokens_kept) + " are read",
                     "Give a limit of tokens"});
    bool begins = true;
    std::int64_t count = 0;
    ISOLOSS_TRY_VOID(for_each_token(file.array, [&](std::int32_t id) {
        if (count == most_tokens) return false;
        ++count;
        if (begins) data.documents.emplace_back();
        data.documents.back().push_back(id);
        begins = (file.row > 0 && static_cast<std::int64_t>(data.documents.back().size()) == file.row) ||
                 (file.row == 0 && file.end && id == *file.end);
        return true;
    }));
    return data;
}

Expected<TokenCounts> count_tokens(const DatasetRecord& dataset) {
    ISOLOSS_TRY(const TokenFile file, open_tokens(dataset));
    TokenCounts counts;
    bool begins = true;
    ISOLOSS_TRY_VOID(for_each_token(file.array, [&](std::int32_t id) {
        counts.documents += begins ? 1 : 0;
        ++counts.tokens;
        counts.largest_id = std::max<std::int64_t>(counts.largest_id, id);
        begins = (file.row > 0 && counts.tokens % file.row == 0) || (file.row == 0 && file.end && id == *file.end);
        return true;
    }));
    return counts;
}

Expected<RawTokens> find_raw_tokens(const ByteSource& source, std::string_view said) {
    const auto refuse = [&](ErrorKind kind, std::string reason, std::string remedy) {
        return fail({kind, source.file(), {}, std::move(reason), std::move(remedy)});
    };
    std::vector<std::byte> bytes(std::min(source.size(), guessed_from));
    ISOLOSS_TRY_VOID(source.read(0, bytes));
    const auto half = [&](std::size_t i) {
        return std::to_integer<std::uint32_t>(bytes[2 * i]) | std::to_integer<std::uint32_t>(bytes[2 * i + 1]) << 8;
    };
    constexpr ElementType uint16{ElementType::Kind::unsigned_integer, 2, false},
        uint32{ElementType::Kind::unsigned_integer, 4, false};
    RawTokens raw;
    const auto word = [&](std::size_t i) { return half(2 * i) | half(2 * i + 1) << 16; };
    if (bytes.size() >= llmc_header && word(0) == llmc_magic) {
        raw = {word(1) == 7 ? uint32 : uint16, llmc_header, "so says the header of llm.c"};
    } else if (said.empty()) {
        // Upper halves of uint32 ids are small and mostly one number; those of two uint16 ids are ids themselves.
        constexpr std::uint32_t small = 16;
        const std::size_t pairs = bytes.size() / 4;
        std::size_t small_upper = 0, zero_upper = 0, zero_lower = 0;
        for (std::size_t i = 0; i < pairs; ++i) {
            if (half(2 * i + 1) < small) ++small_upper;
            if (half(2 * i + 1) == 0) ++zero_upper;
            if (half(2 * i) == 0) ++zero_lower;
        }
        const bool wide = source.size() % 4 == 0 && pairs > 0 && small_upper == pairs && 2 * zero_upper > pairs &&
                          2 * zero_lower <= pairs;
        raw = {wide ? uint32 : uint16, 0,
               wide ? "the upper halves of all of them are small" : "the upper halves of pairs of them are not small"};
    }
    if (!said.empty()) {
        if (said != "uint16" && said != "uint32")
            return refuse(ErrorKind::usage, "tokens cannot be of the type " + std::string(said),
                          "Say uint16 or uint32");
        raw.type = said == "uint16" ? uint16 : uint32;
        raw.why.clear();
    }
    if (source.size() == raw.begin || (source.size() - raw.begin) % static_cast<std::uint64_t>(raw.type.bytes) != 0)
        return refuse(said.empty() ? ErrorKind::damaged : ErrorKind::usage,
                      "the " + std::to_string(source.size() - raw.begin) +
                          " bytes are not a number of ids of the type " + raw.type.name(),
                      "Check that the file holds token ids, and their type");
    return raw;
}

} // namespace isoloss
