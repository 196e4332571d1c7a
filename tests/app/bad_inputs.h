#pragma once

#include "tests/support/event_file_writer.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace isoloss::test {

/// A file of BAD_INPUTS.md.
struct BadInput {
    const char* row; ///< number and what it is
    const char* file;
    std::string content;
    std::int64_t points;          ///< that are taken of it
    const char* words;            ///< that must be said; empty when there is nothing to say
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
    const auto row = [&](const char* what, const char* name, std::string content, std::int64_t points,
                         const char* words = "", std::int64_t sparse_size = 0) {
        inputs.push_back({what, name, std::move(content), points, words, sparse_size});
    };
    const std::string good = scalar_frame("loss", 1, 0.5f);
    std::string bad_data = good;
    bad_data[20] = static_cast<char>(bad_data[20] ^ 1);
    const char* const events = "events.out.tfevents.1";
    row("1 zero bytes", events, "", 0, "no data yet");
    row("2 seven bytes", events, good.substr(0, 7), 0, "not whole yet");
    row("3 cut in the payload", events, good + good.substr(0, 20), 1, "not whole yet");
    row("4 bad length checksum", events, good + std::string(40, 'x'), 1, "damaged at byte");
    row("5 bad data checksum", events, bad_data + good, 1, "fails its checksum");
    row("6 length 2^40", events, good + frame_head(std::uint64_t{1} << 40) + good, 1, "1099511627776");
    row("7 length 2^64-1", events, good + frame_head(~std::uint64_t{0}) + good, 1, "18446744073709551615");
    row("8 eleven-byte varint", events, event_frame("\x10" + std::string(10, '\xff') + "\x01") + good, 1,
        "contradict their own format");
    row("10 groups 10 000 deep", events, event_frame(std::string(10'000, '\x5b')) + good, 1,
        "contradict their own format");
    row("24 a file of zeros, 2 GB", "zeros.csv", "", 0, "NUL", std::int64_t{2} << 30);
    row("25 gzip under this name", events, std::string("\x1f\x8b\x08\x00", 4) + std::string(60, 'z'), 0,
        "not an event file");
    row("27 empty table", "log.csv", "", 0, "no rows");
    row("32 ragged row", "log.csv", "step,loss\n1,2\n2\n3,4\n", 2, "line 3");
    row("33 unclosed quote", "log.csv", "step,loss\n1,2\n2,\"" + std::string(std::size_t{3} << 20, 'a'), 1, "quote");
    row("34 NUL bytes", "log.csv", std::string("step,loss\n1,\0", 13), 0, "NUL");
    row("34 UTF-16", "log.csv", std::string("\xff\xfes\0t\0e\0p\0", 10), 0, "UTF-16");
    std::string columns = "step";
    for (int i = 0; i < 1'000'000; ++i)
        columns += ",c" + std::to_string(i);
    row("35 10^6 columns", "log.csv", columns + "\n1,2\n", 0, "20 000");
    row("36 a line of 64 MB", "log.csv", "step,loss\n1,2\n2," + std::string(std::size_t{64} << 20, '7') + "\n", 1,
        "16 MB");
    row("36 a line of 2 GB", "log.csv", "step,loss\n1,2\n2," + std::string(std::size_t{20} << 20, '7'), 1, "16 MB",
        std::int64_t{2} << 30);
    row("39 a step that is no integer", "log.csv", "step,loss\n1,2\n1.5,3\n3,4\n", 2, "line 3");
    row("40 duplicate headers", "log.csv", "step,loss,loss\n1,2,3\n2,3,4\n", 4, "loss");
    row("41 unsorted steps", "log.csv", "step,loss\n5,2\n1,3\n3,4\n", 3, "sort");
    row("44 100 000 brackets", "m.json", R"({"results":)" + std::string(100'000, '['), 0, "nested");
    row("46 1e400", "m.json", R"({"results":{"t":{"acc":1e400}},"versions":{}})", 0, "too big");
    row("48 half a last line", "log.jsonl", "{\"step\":1,\"loss\":2}\n{\"step\":2,\"lo", 1, "not whole yet");
    row("49 a string of 100 MB", "m.json",
        R"({"results":{"t":{"acc":1}},"versions":{},"x":")" + std::string(std::size_t{300} << 20, 'a') + "\"}", 0,
        "more than");
    std::string members = R"({"results":{"t":{)";
    for (int i = 0; i < 1'000'000; ++i)
        members += "\"m" + std::to_string(i) + "\":1,";
    row("51 10^6 members", "m.json", members + R"("z":1}},"versions":{}})", 0, "members");
    row("9 a submessage past its parent", events, event_frame(std::string("\x2a\x7f\x0a", 3)) + good, 1,
        "contradict their own format");
    row("11 unknown fields", events, event_frame(support::event_message(1, 2).varint(99, 5).text()) + good, 1);
    row("12 a wall time that is no number", events, scalar_frame("loss", 1, 0.5f, std::nan("")) + good, 2);
    row("13 a negative and a lower step", events, good + scalar_frame("loss", -3, 1), 2);
    row("14 the same step twice", events, good + good, 2);
    row("15 values that are no numbers", events,
        scalar_frame("loss", 1, std::nanf("")) + scalar_frame("loss", 2, HUGE_VALF) + scalar_frame("loss", 3, -0.0f),
        3);
    const support::ProtoWriter text = support::ProtoWriter().varint(1, 7).bytes(8, "abc");
    row("16 a text as a scalar", events, support::summary_frame(1, 1, {support::tensor_value("t", text)}) + good, 1,
        "no scalars");
    const support::ProtoWriter large = support::ProtoWriter().varint(1, 9).varint(10, (std::uint64_t{1} << 53) + 1);
    row("17 an integer beyond 2^53", events, support::summary_frame(1, 1, {support::tensor_value("t", large)}), 1,
        "2^53");
    const auto image = support::ProtoWriter().bytes(4, std::string(std::size_t{100} << 20, 'i'));
    row("18 an image of 100 MB", events, good + support::summary_frame(1, 1, {image}) + scalar_frame("loss", 2, 1), 2,
        "stepped over");
    row("19 strange tags", events,
        scalar_frame("", 1, 1) + scalar_frame(std::string(65'536, 'a'), 1, 1) +
            scalar_frame(std::string("a\0\xff", 3), 1, 1),
        3);
    row("20 a tag like a path", events, scalar_frame("../../x", 1, 1), 1);
    row("28 header only", "log.csv", "step,loss\n", 0);
    row("29 byte order mark", "log.csv", "\xef\xbb\xbfstep,loss\n1,2\n2,3\n", 2);
    row("30 ends of lines of all kinds", "log.csv", "step,loss\r\n1,2\r2,3\n3,4\r\n", 3);
    row("31 no end of the last line", "log.csv", "step,loss\n1,2\n2,3", 2);
    row("37 a comma in a number", "log.csv", "step;loss\n1;1,5\n2;2\n", 1, "1,5");
    row("38 words for numbers", "log.csv", "step,loss\n1,nan\n2,inf\n3,1e999\n4,-\n5,\n6,1\n", 4, "infinite");
    row("42 a formula", "log.csv", "step,loss,note\n1,2,=cmd()\n2,3,x\n", 2);
    row("43 NaN and Infinity", "log.jsonl", "{\"step\":1,\"loss\":NaN}\n{\"step\":2,\"loss\":-Infinity}\n", 2);
    row("45 a key twice", "log.jsonl", "{\"step\":1,\"loss\":2,\"loss\":3}\n{\"step\":2,\"loss\":1}\n", 2, "twice");
    row("47 half a surrogate pair", "log.jsonl",
        "{\"step\":1,\"loss\":2,\"note\":\"\\ud83d\"}\n{\"step\":2,\"loss\":1}\n", 2, "U+FFFD");
    row("45 a score twice", "m.json",
        R"({"results":{"t":{"acc":1,"acc":0.5}},"versions":{"t":0},"config":{"model":"hf"}})", 0, "twice");
    row("47 half a surrogate pair in a result", "m.json",
        R"({"results":{"t":{"acc":1}},"versions":{"t":0},"config":{"model":"\ud83d"}})", 0, "U+FFFD");
    row("47 half a surrogate pair in a history", "trainer_state.json",
        R"({"global_step":2,"log_history":[{"loss":1,"step":1,"note":"\udc00"}]})", 1, "U+FFFD");
    row("49 a text of 100 MB in a line", "log.jsonl",
        "{\"step\":1,\"loss\":2}\n{\"step\":2,\"x\":\"" + std::string(std::size_t{100} << 20, 'a') +
            "\"}\n{\"step\":3,\"loss\":4}\n",
        2, "16 MB");
    row("50 another type in the middle", "log.jsonl",
        "{\"step\":1,\"loss\":2}\n{\"step\":2,\"loss\":\"x\"}\n{\"step\":3,\"loss\":4}\n", 2);
    return inputs;
}

} // namespace isoloss::test
