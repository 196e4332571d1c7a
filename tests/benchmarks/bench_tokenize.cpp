// Byte-level BPE of ten megabytes of generated text (words by Zipf's law, code, CJK, digits) with a vocabulary of the
// text's own most frequent pairs, and of real text with a real tokenizer where ISOLOSS_REAL_DATA is set. The anchor is
// byte_level_bpe.py beside this file: plain Python with a word cache, whose ids must be the same. By turns, medians of
// three; a second line has a tokenizer that saw the words before.
#include "engine/base/file.h"
#include "engine/base/utf8.h"
#include "engine/datasets/tokenizers/tokenizer.h"

#include <QProcess>
#include <QTemporaryDir>
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>

using namespace isoloss;

namespace {

constexpr std::size_t text_bytes = 10'000'000;
constexpr int rounds = 3;

std::string byte_symbol(unsigned char byte) {
    const auto printable = [](unsigned b) { return (b >= 0x21 && b <= 0x7e) || (b >= 0xa1 && b <= 0xac) || b >= 0xae; };
    std::uint32_t character = 0x100;
    for (unsigned b = 0; b < byte; ++b)
        character += printable(b) ? 0u : 1u;
    std::string symbol;
    append_utf8(symbol, printable(byte) ? byte : character);
    return symbol;
}

std::vector<std::string> made_words(std::mt19937& random, std::size_t count) {
    constexpr std::array<const char*, 24> syllables{"ba", "re", "ti", "on", "the", "ing", "con", "st",
                                                    "er", "al", "en", "de", "mo",  "lu",  "qui", "ver",
                                                    "ch", "ou", "ra", "is", "pre", "ty",  "ly",  "un"};
    std::vector<std::string> words;
    for (std::size_t i = 0; i < count; ++i) {
        std::string word;
        for (std::size_t n = 1 + (i > 50) + random() % 3; n-- > 0;)
            word += syllables[random() % syllables.size()];
        words.push_back(word);
    }
    return words;
}

std::string made_text() {
    std::mt19937 random(20240915);
    const auto words = made_words(random, 50'000);
    const auto zipf = [&] { // rank r with a probability of about 1/r
        const double u = std::generate_canonical<double, 53>(random);
        return std::min(words.size() - 1,
                        static_cast<std::size_t>(std::exp(u * std::log(static_cast<double>(words.size()))) - 1));
    };
    std::string text;
    while (text.size() < text_bytes) {
        switch (random() % 40) {
        case 0:
            text += "\n\nfor (int i = 0; i < " + std::to_string(random() % 1000) + "; ++i) {\n    " + words[zipf()] +
                    "[i] += 1;\n}\n";
            break;
        case 1:
            text += " " + std::to_string(random());
            break;
        case 2:
            for (std::size_t n = 5 + random() % 20; n-- > 0;)
                append_utf8(text, static_cast<std::uint32_t>(0x4e00 + random() % 3000));
            break;
        case 3:
            text += ".\n";
            break;
        case 4:
            text += ", ";
            break;
        default:
            for (int n = 0; n < 8; ++n)
                text += " " + words[zipf()];
        }
    }
    return text;
}

/// Merges by counting: the pairs of symbols that are most frequent within the frequent words.
std::string made_tokenizer(const std::string& text) {
    std::map<std::string, std::size_t> counts;
    for (std::size_t at = 0; at < 2'000'000;) {
        const std::size_t end = std::min(text.find_first_of(" \n", at + 1), text.size());
        ++counts[text.substr(at, end - at)];
        at = end;
    }
    std::vector<std::pair<std::vector<std::string>, std::size_t>> words;
    for (const auto& [word, count] : counts) {
        if (count < 3) continue;
        std::vector<std::string> symbols;
        for (const char c : word)
            symbols.push_back(byte_symbol(static_cast<unsigned char>(c)));
        words.emplace_back(std::move(symbols), count);
    }
    std::string vocabulary, merges;
    int id = 0;
    const auto add = [&](const std::string& token) {
        std::string quoted;
        for (const char c : token)
            (quoted += c == '"' || c == '\\' ? "\\" : "") += c;
        vocabulary += (id > 0 ? ",\"" : "\"") + quoted + "\":" + std::to_string(id);
        ++id;
        return quoted;
    };
    for (unsigned byte = 0; byte < 256; ++byte)
        add(byte_symbol(static_cast<unsigned char>(byte)));
    std::map<std::string, bool> known;
    for (int round = 0; round < 400; ++round) {
        std::map<std::pair<std::string, std::string>, std::size_t> pairs;
        for (const auto& [symbols, count] : words)
            for (std::size_t i = 0; i + 1 < symbols.size(); ++i)
                pairs[{symbols[i], symbols[i + 1]}] += count;
        std::vector<std::pair<std::size_t, std::pair<std::string, std::string>>> best;
        for (const auto& [pair, count] : pairs)
            best.emplace_back(count, pair);
        std::sort(best.rbegin(), best.rend());
        for (std::size_t n = 0; n < std::min<std::size_t>(best.size(), 10); ++n) {
            const auto& [left, right] = best[n].second;
            if (!known.emplace(left + right, true).second) continue;
            add(left + right);
            const auto quoted = [](const std::string& token) {
                std::string result;
                for (const char c : token)
                    (result += c == '"' || c == '\\' ? "\\" : "") += c;
                return result;
            };
            merges += (merges.empty() ? "[\"" : ",[\"") + quoted(left) + "\",\"" + quoted(right) + "\"]";
            for (auto& [symbols, count] : words)
                for (std::size_t i = 0; i + 1 < symbols.size(); ++i)
                    if (symbols[i] == left && symbols[i + 1] == right) {
                        symbols[i] += right;
                        symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(i) + 1);
                    }
        }
    }
    return R"({"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":true},"model":{"type":"BPE","vocab":{)" +
           vocabulary + "},\"merges\":[" + merges + "]}}";
}

template <typename Work>
double seconds(const Work& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::uint64_t fingerprint(const std::vector<std::int32_t>& ids) {
    std::uint64_t value = 0;
    for (const std::int32_t id : ids)
        value = (value * 1000003 + static_cast<std::uint64_t>(id) + 1) & ((1ull << 61) - 1);
    return value;
}

double median(std::array<double, rounds> times) {
    std::sort(times.begin(), times.end());
    return times[rounds / 2];
}

bool run(const char* name, const std::filesystem::path& folder, const std::string& text) {
    const auto text_file = folder / "text.txt";
    if (!write_file_atomically(text_file, text)) return false;
    std::array<double, rounds> python{}, first{}, again{};
    bool same = true;
    for (std::size_t round = 0; round < rounds; ++round) {
        QProcess process;
        process.start(QStringLiteral("python3"),
                      {QStringLiteral(ISOLOSS_SOURCE_DIR "/tests/benchmarks/byte_level_bpe.py"),
                       QString::fromStdString((folder / "tokenizer.json").string()),
                       QString::fromStdString(text_file.string())});
        if (!process.waitForFinished(600'000) || process.exitCode() != 0) {
            std::fprintf(stderr, "%s", process.readAllStandardError().constData());
            return false;
        }
        const QByteArrayList answer = process.readAllStandardOutput().trimmed().split(' ');
        python[round] = answer.at(0).toDouble();
        const auto tokenizer = load_tokenizer(folder);
        if (!tokenizer) {
            std::fprintf(stderr, "%s\n", tokenizer.error().text().c_str());
            return false;
        }
        TokenizedText tokens;
        first[round] = seconds([&] { tokens = *(*tokenizer)->encode(text); });
        again[round] = seconds([&] { tokens = *(*tokenizer)->encode(text); });
        same = same && fingerprint(tokens.ids) == answer.at(2).toULongLong();
    }
    const double megabytes = static_cast<double>(text.size()) / 1e6;
    std::printf("%-28s python %6.2f MB/s | first %6.1f MB/s, %5.1f x | again %6.1f MB/s, %5.1f x | %s\n", name,
                megabytes / median(python), megabytes / median(first), median(python) / median(first),
                megabytes / median(again), median(python) / median(again), same ? "same ids" : "OTHER IDS");
    return same;
}

} // namespace

int main() {
    const QTemporaryDir folder;
    const std::filesystem::path path = folder.path().toStdString();
    const std::string text = made_text();
    if (!write_file_atomically(path / "tokenizer.json", made_tokenizer(text))) return 1;
    bool good = run("made text", path, text);
    if (const char* data = std::getenv("ISOLOSS_REAL_DATA")) {
        const std::filesystem::path root(data);
        const auto real = read_text_file(root / "text/tinyshakespeare/data/tinyshakespeare/input.txt", 64u << 20);
        std::filesystem::remove(path / "tokenizer.json");
        std::error_code failed;
        std::filesystem::copy_file(root / "models/hf_layout/fake_gpt2/tokenizer.json", path / "tokenizer.json", failed);
        if (real && !failed) good = run("Shakespeare, GPT-2", path, *real) && good;
    }
    return good ? 0 : 1;
}
