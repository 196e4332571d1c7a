#include "engine/datasets/tokenizers/sentencepiece_model.h"

#include "engine/base/file.h"
#include "engine/base/utf8.h"
#include "engine/datasets/tokenizers/precompiled_charsmap.h"

#include <cstdlib>
#include <dlfcn.h>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr const char* module_name = "libisoloss_sentencepiece.so";
constexpr std::string_view mark = "▁";

#if defined(__SANITIZE_ADDRESS__)
constexpr int own_symbols_first = 0; // AddressSanitizer does not know RTLD_DEEPBIND
#else
constexpr int own_symbols_first = RTLD_DEEPBIND;
#endif

std::vector<fs::path> module_places() {
    if (const char* chosen = std::getenv("ISOLOSS_SENTENCEPIECE_MODULE"); chosen != nullptr && *chosen != '\0')
        return {chosen};
    std::error_code ignored;
    const auto program = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    return {program / module_name, program / "../lib/isoloss" / module_name, program / "../bin" / module_name};
}

tl::unexpected<Error> no_module(std::string file, std::string reason) {
    return fail(
        {ErrorKind::unsupported,
         std::move(file),
         {},
         "the module that reads tokenizer.model cannot be used: " + std::move(reason),
         "apt-get install libsentencepiece0 and install Isoloss whole, or save the tokenizer as tokenizer.json"});
}

Expected<OpenSentencePieceFunction> open_module() {
    std::string places;
    for (const fs::path& place : module_places()) {
        std::error_code ignored;
        if (!fs::exists(place, ignored)) {
            places += (places.empty() ? "" : ", ") + path_text(place);
            continue;
        }
        void* handle = ::dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL | own_symbols_first); // stays open
        if (handle == nullptr) {
            const char* reason = ::dlerror();
            return no_module(path_text(place), reason != nullptr ? reason : "unknown");
        }
        const auto entry = reinterpret_cast<OpenSentencePieceFunction>(::dlsym(handle, open_sentencepiece_symbol));
        if (entry == nullptr) return no_module(path_text(place), "it is no module of Isoloss");
        return entry;
    }
    return no_module(places, "it is not there");
}

/// Goes through the fields of a protobuf message.
class Fields {
public:
    explicit Fields(std::string_view message) : rest_(message) {}

    struct Field {
        std::uint64_t number = 0;
        std::string_view bytes; ///< of a field with a length
    };

    /// Nothing at the end or where the message is broken.
    std::optional<Field> next() {
        const auto tag = varint();
        if (!tag) return std::nullopt;
        Field field{*tag >> 3, {}};
        std::size_t size = 0;
        switch (*tag & 7) {
        case 0:
            if (!varint()) return std::nullopt;
            return field;
        case 1:
            size = 8;
            break;
        case 2: {
            const auto length = varint();
            if (!length || *length > rest_.size()) return std::nullopt;
            size = static_cast<std::size_t>(*length);
            field.bytes = rest_.substr(0, size);
            break;
        }
        case 5:
            size = 4;
            break;
        default:
            return std::nullopt;
        }
        if (size > rest_.size()) return std::nullopt;
        rest_.remove_prefix(size);
        return field;
    }

    bool at_end() const { return rest_.empty(); }

private:
    std::optional<std::uint64_t> varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
            const auto byte = static_cast<unsigned char>(rest_.front());
            rest_.remove_prefix(1);
            value |= std::uint64_t(byte & 0x7f) << shift;
            if (byte < 0x80) return value;
        }
        return std::nullopt;
    }

    std::string_view rest_;
};

// Fields of ModelProto and NormalizerSpec in sentencepiece_model.proto.
constexpr std::uint64_t normalizer_spec = 3, denormalizer_spec = 5, precompiled_charsmap = 2;
// A normalizer_spec that says add_dummy_prefix = false; messages that occur twice are merged.
constexpr std::string_view no_dummy_prefix("\x1a\x02\x18\x00", 4);

std::optional<std::string> broken_part(std::string_view model) {
    Fields fields(model);
    while (const auto field = fields.next()) {
        if (field->number != normalizer_spec && field->number != denormalizer_spec) continue;
        Fields spec(field->bytes);
        while (const auto part = spec.next()) {
            if (part->number != precompiled_charsmap || part->bytes.empty()) continue;
            if (const auto map = PrecompiledCharsmap::parse(part->bytes); !map)
                return "its normalisation table " + map.error();
        }
        if (!spec.at_end()) return "its normalisation rules are cut or broken";
    }
    if (!fields.at_end()) return "it is cut or broken";
    return std::nullopt;
}

} // namespace

SentencePieceModel::SentencePieceModel(Vocabulary vocabulary, File file, DummyPrefix prefix)
    : TokenModel(std::move(vocabulary)), file_(std::move(file)), prefix_(prefix),
      guard_(file_->piece(file_->unknown())) {}

Expected<std::unique_ptr<SentencePieceModel>> SentencePieceModel::open(std::string model, DummyPrefix prefix,
                                                                       std::string_view file) {
    const auto damaged = [&](std::string reason) {
        return fail({ErrorKind::damaged,
                     std::string(file),
                     {},
                     "is no SentencePiece model: " + std::move(reason),
                     "Copy the tokenizer's files again from where the checkpoint came from"});
    };
    if (model.empty()) return damaged("it is empty");
    if (auto reason = broken_part(model)) return damaged(std::move(*reason));
    static const auto entry = open_module();
    if (!entry) return fail(entry.error());
    if (prefix == DummyPrefix::by_caller) model += no_dummy_prefix;
    std::string reason;
    File opened((*entry)(sentencepiece_abi, model, &reason));
    if (!opened) return damaged(std::move(reason));
    std::vector<Vocabulary::Entry> pieces;
    for (std::int32_t id = 0; id < opened->size(); ++id) {
        if (!is_valid_utf8(opened->piece(id))) return damaged("piece " + std::to_string(id) + " is not UTF-8");
        pieces.emplace_back(opened->piece(id), id);
    }
    ISOLOSS_TRY(Vocabulary vocabulary, Vocabulary::build(std::move(pieces), RepeatedTokens::last_counts, file));
    return std::unique_ptr<SentencePieceModel>(
        new SentencePieceModel(std::move(vocabulary), std::move(opened), prefix));
}

Expected<void> SentencePieceModel::encode(std::string_view text, std::vector<SentencePiece>& pieces) const {
    std::string reason;
    if (file_->encode(text, pieces, reason)) return {};
    return fail(ErrorKind::limit, "the SentencePiece library refused a text: " + reason,
                "Split the text into several documents");
}

Expected<void> SentencePieceModel::tokenize(std::string_view word, TimeLimit&, std::vector<Token>& tokens) const {
    std::vector<SentencePiece> pieces;
    const bool guarded = prefix_ == DummyPrefix::by_caller && (word.starts_with(' ') || word.starts_with(mark));
    if (!guarded) {
        ISOLOSS_TRY_VOID(encode(word, pieces));
        for (const SentencePiece& piece : pieces)
            tokens.push_back({piece.id, piece.end});
        return {};
    }
    // Models that drop white space at the beginning do so behind the guard no more.
    ISOLOSS_TRY_VOID(encode(guard_, pieces));
    const std::size_t of_guard = pieces.size();
    pieces.clear();
    ISOLOSS_TRY_VOID(encode(guard_ + std::string(word), pieces));
    for (std::size_t i = of_guard; i < pieces.size(); ++i)
        tokens.push_back(
            {pieces[i].id, pieces[i].end - std::min(pieces[i].end, static_cast<std::uint32_t>(guard_.size()))});
    return {};
}

} // namespace isoloss
