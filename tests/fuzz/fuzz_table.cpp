#include "engine/importers/tables/delimited_text.h"
#include "engine/importers/tables/json_lines.h"
#include "engine/importers/tables/table_guess.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <sys/mman.h>
#include <unistd.h>

namespace {

/// The bytes as a file in memory.
std::optional<isoloss::InputFile> file_of(const std::uint8_t* data, std::size_t size) {
    static const int descriptor = ::memfd_create("table", 0);
    static const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
    if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, data, size, 0) != static_cast<ssize_t>(size)) abort();
    auto file = isoloss::InputFile::open(path);
    if (!file) return std::nullopt;
    return std::move(*file);
}

/// Rows lie one behind the other, their cells name columns that exist, and reading ends.
void read_all(isoloss::TableRows& rows, std::size_t size) {
    isoloss::TableRow row;
    std::uint64_t end = 0;
    for (;;) {
        const auto any = rows.next(row);
        if (!any || !*any) return;
        if (row.begin < end || row.end <= row.begin || row.end > size) __builtin_trap();
        end = row.end;
        if (!row.fault.empty()) continue;
        for (const isoloss::TableCell& cell : row.cells)
            if (cell.column >= rows.columns().size()) __builtin_trap();
    }
}

} // namespace

/// Any bytes, as delimited text, as JSON lines, and as whatever they are taken for.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto file = file_of(data, size);
    if (!file) return 0;
    for (const char delimiter : {',', ';'})
        if (const auto rows = isoloss::DelimitedRows::open(*file, delimiter)) read_all(**rows, size);
    isoloss::JsonLineRows lines(*file);
    read_all(lines, size);
    const std::string_view head(reinterpret_cast<const char*>(data), size);
    if (const auto dialect = isoloss::detect_dialect(head))
        if (const auto sample = isoloss::sample_table(*file, *dialect)) {
            const isoloss::TableGuess guess = isoloss::guess_table(*sample);
            if (guess.columns.size() != sample->columns.size()) __builtin_trap();
        }
    return 0;
}
