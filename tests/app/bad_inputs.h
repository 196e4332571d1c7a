#pragma once

#include "tests/support/event_file_writer.h"

#include <cstdint>
#include <string>
#include <vector>

namespace isoloss::test {

/// A file of BAD_INPUTS.md.
struct BadInput {
    const char* row; ///< number and what it is
    const char* file;
    std::string content;
    const char* words;            ///< that must be said
    std::int64_t sparse_size = 0; ///< what the file is stretched to
};

/// A frame's first 12 bytes: its length and the right checksum of it.
inline std::string frame_head(std::uint64_t length) {
    const std::string text = support::little_endian(length, 8);
    return text + support::little_endian(support::masked_crc(text), 4);
}

inline std::vector<BadInput> bad_inputs() {
    using support::event_frame;
    using support::scalar_frame;
    std::vector<BadInput> inputs;
    const auto row = [&](const char* what, const char* name, std::string content, const char* words,
                         std::int64_t sparse_size = 0) {
        inputs.push_back({what, name, std::move(content), words, sparse_size});
    };
    const std::string good = scalar_frame("loss", 1, 0.5f);
    std::string bad_data = good;
    bad_data[20] = static_cast<char>(bad_data[20] ^ 1);
    const char* const events = "events.out.tfevents.1";
    row("1 zero bytes", events, "", "no data yet");
    row("2 seven bytes", events, good.substr(0, 7), "not whole yet");
    row("3 cut in the payload", events, good + good.substr(0, 20), "not whole yet");
    row("4 bad length checksum", events, good + std::string(40, 'x'), "damaged at byte");
    row("5 bad data checksum", events, bad_data + good, "fails its checksum");
    row("6 length 2^40", events, good + frame_head(std::uint64_t{1} << 40) + good, "1099511627776");
    row("7 length 2^64-1", events, good + frame_head(~std::uint64_t{0}) + good, "18446744073709551615");
    row("8 eleven-byte varint", events, event_frame("\x10" + std::string(10, '\xff') + "\x01") + good,
        "contradict their own format");
    row("10 groups 10 000 deep", events, event_frame(std::string(10'000, '\x5b')) + good,
        "contradict their own format");
    row("24 a file of zeros, 2 GB", "zeros.csv", "", "NUL", std::int64_t{2} << 30);
    row("25 gzip under this name", events, std::string("\x1f\x8b\x08\x00", 4) + std::string(60, 'z'),
        "not an event file");
    row("27 empty table", "log.csv", "", "no rows");
    row("32 ragged row", "log.csv", "step,loss\n1,2\n2\n3,4\n", "line 3");
    row("33 unclosed quote", "log.csv", "step,loss\n1,2\n2,\"" + std::string(std::size_t{3} << 20, 'a'), "quote");
    row("34 NUL bytes", "log.csv", std::string("step,loss\n1,\0", 13), "NUL");
    row("34 UTF-16", "log.csv", std::string("\xff\xfes\0t\0e\0p\0", 10), "UTF-16");
    std::string columns = "step";
    for (int i = 0; i < 1'000'000; ++i)
        columns += ",c" + std::to_string(i);
    row("35 10^6 columns", "log.csv", columns + "\n1,2\n", "20 000");
    row("36 a line of 64 MB", "log.csv", "step,loss\n1,2\n2," + std::string(std::size_t{64} << 20, '7') + "\n",
        "16 MB");
    row("39 a step that is no integer", "log.csv", "step,loss\n1,2\n1.5,3\n3,4\n", "line 3");
    row("40 duplicate headers", "log.csv", "step,loss,loss\n1,2,3\n2,3,4\n", "loss");
    row("41 unsorted steps", "log.csv", "step,loss\n5,2\n1,3\n3,4\n", "sort");
    row("44 100 000 brackets", "m.json", R"({"results":)" + std::string(100'000, '['), "nested");
    row("46 1e400", "m.json", R"({"results":{"t":{"acc":1e400}},"versions":{}})", "too big");
    row("48 half a last line", "log.jsonl", "{\"step\":1,\"loss\":2}\n{\"step\":2,\"lo", "not whole yet");
    row("49 a string of 100 MB", "m.json",
        R"({"results":{"t":{"acc":1}},"versions":{},"x":")" + std::string(std::size_t{300} << 20, 'a') + "\"}",
        "more than");
    std::string members = R"({"results":{"t":{)";
    for (int i = 0; i < 1'000'000; ++i)
        members += "\"m" + std::to_string(i) + "\":1,";
    row("51 10^6 members", "m.json", members + R"("z":1}},"versions":{}})", "members");
    return inputs;
}

} // namespace isoloss::test
