#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/importers/event_points.h"
#include "engine/importers/wandb/wandb_content.h"
#include "engine/importers/wandb/wandb_log.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <unistd.h>

namespace {

constexpr std::size_t header_bytes = isoloss::WandbLogReader::header_bytes;

// The reader wants a file; one is written anew for each input.
const std::filesystem::path& log_path() {
    static const std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("fuzz_wandb." + std::to_string(::getpid()));
    return path;
}

void write_log(std::span<const std::uint8_t> chunks) {
    std::ofstream stream(log_path(), std::ios::binary | std::ios::trunc);
    stream.write("\x3a\x57\x26\x42\xe1\xbe\x00", header_bytes);
    stream.write(reinterpret_cast<const char*>(chunks.data()), static_cast<std::streamsize>(chunks.size()));
}

void read_log() {
    const auto file = isoloss::InputFile::open(log_path());
    if (!file) __builtin_trap();
    isoloss::EventPoints points;
    isoloss::WandbContent content(points, std::nullopt);
    isoloss::WandbLogReader reader(*file, 0);
    for (;;) {
        const auto record = reader.next();
        if (!record) __builtin_trap();
        if (!*record) break;
        content.read(**record);
    }
    if (reader.offset() > file->size()) __builtin_trap();
}

} // namespace

/// Input that begins with an odd byte is one record, any other a file's chunks. What a log says can be read back from
/// its state.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::span input(data + 1, size - 1);
    if (data[0] % 2 == 0) {
        write_log(input);
        read_log();
        return 0;
    }
    isoloss::EventPoints points;
    isoloss::WandbContent content(points, std::nullopt);
    content.read(std::as_bytes(input));
    static_cast<void>(content.take_facts());
    const auto state = isoloss::parse_json("{" + content.state() + "}", "state");
    if (!state) __builtin_trap();
    isoloss::WandbContent restored(points, std::nullopt);
    restored.restore(*state);
    if (restored.next_step() != content.next_step()) __builtin_trap();
    return 0;
}
