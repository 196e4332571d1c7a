#include "engine/datasets/npz.h"

#include "engine/datasets/npy.h"

#include <algorithm>
#include <zlib.h>

namespace isoloss {

namespace {

constexpr std::size_t most_entries = 10'000;
constexpr std::uint64_t end_size = 22, longest_comment = 0xffff;
constexpr std::uint32_t end_magic = 0x06054b50, entry_magic = 0x02014b50, local_magic = 0x04034b50;
constexpr std::uint32_t beyond_4_gb = 0xffffffff;

std::uint32_t number(std::string_view bytes, std::size_t offset, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = size; i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(bytes[offset + i]);
    return value;
}

struct Entry {
    std::string name;
    std::uint32_t method = 0, crc = 0, packed = 0, unpacked = 0, offset = 0;
};

class Archive {
public:
    static Expected<Archive> open(const std::filesystem::path& path) {
        ISOLOSS_TRY(InputFile file, InputFile::open(path));
        Archive archive(std::move(file));
        ISOLOSS_TRY_VOID(archive.read_directory());
        return archive;
    }

    const std::vector<Entry>& entries() const { return entries_; }

    Expected<std::string> unpack(const Entry& entry) const {
        ISOLOSS_TRY(const std::string local, bytes(entry.offset, 30));
        if (number(local, 0, 4) != local_magic) return damaged(entry.name, "the entry is not where it is said to be");
        const std::uint64_t begin = entry.offset + 30ull + number(local, 26, 2) + number(local, 28, 2);
        ISOLOSS_TRY(std::string packed, bytes(begin, entry.packed));
        std::string unpacked;
        if (entry.method == 0) {
            unpacked = std::move(packed);
        } else if (entry.method == Z_DEFLATED) {
            ISOLOSS_TRY(unpacked, inflated(entry, packed));
        } else {
            return damaged(entry.name, "is compressed by method " + std::to_string(entry.method) +
                                           "; stored and deflated entries are read");
        }
        if (unpacked.size() != entry.unpacked) return damaged(entry.name, "has not the size that is stated");
        if (crc32_z(0, reinterpret_cast<const Bytef*>(unpacked.data()), unpacked.size()) != entry.crc)
            return damaged(entry.name, "the checksum is wrong");
        return unpacked;
    }

private:
    explicit Archive(InputFile file) : file_(std::move(file)) {}

    tl::unexpected<Error> damaged(std::string place, std::string reason) const {
        return fail({ErrorKind::damaged, path_text(file_.path()), std::move(place), std::move(reason),
                     "Write the file again with numpy.savez"});
    }

    Expected<std::string> bytes(std::uint64_t offset, std::uint64_t size) const {
        if (offset > file_.size() || size > file_.size() - offset)
            return damaged("byte " + std::to_string(offset), "the archive ends too early");
        std::string text(size, '\0');
        ISOLOSS_TRY_VOID(file_.read_exact(offset, std::as_writable_bytes(std::span(text))));
        return text;
    }

    static tl::unexpected<Error> no_zlib() { return fail(ErrorKind::internal, "zlib could not be started"); }

    // Never writes more than the stated size, so that a bomb ends where it exceeds it.
    Expected<std::string> inflated(const Entry& entry, std::string& packed) const {
        std::string unpacked(entry.unpacked, '\0');
        z_stream stream{};
        if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return no_zlib();
        stream.next_in = reinterpret_cast<Bytef*>(packed.data());
        stream.avail_in = entry.packed;
        stream.next_out = reinterpret_cast<Bytef*>(unpacked.data());
        stream.avail_out = entry.unpacked;
        const int result = inflate(&stream, Z_FINISH);
        const std::uint64_t left = stream.avail_out;
        inflateEnd(&stream);
        if (result != Z_STREAM_END || left != 0) return damaged(entry.name, "the compressed data are damaged");
        return unpacked;
    }

    Expected<void> read_directory() {
        const std::uint64_t tail_size = std::min(file_.size(), end_size + longest_comment);
        ISOLOSS_TRY(const std::string tail, bytes(file_.size() - tail_size, tail_size));
        std::size_t end = tail.rfind("PK\x05\x06");
        if (end == tail.npos || tail.size() - end < end_size) return damaged({}, "has no directory of a zip archive");
        const std::uint32_t count = number(tail, end + 10, 2), size = number(tail, end + 12, 4),
                            offset = number(tail, end + 16, 4);
        if (size == beyond_4_gb || offset == beyond_4_gb || count == longest_comment)
            return fail({ErrorKind::unsupported,
                         path_text(file_.path()),
                         {},
                         "is an archive of more than 4 GB or 65,534 entries",
                         "Save the arrays as .npy files"});
        if (count > most_entries) return damaged({}, "has more than " + std::to_string(most_entries) + " entries");
        ISOLOSS_TRY(const std::string directory, bytes(offset, size));
        std::size_t at = 0;
        for (std::uint32_t i = 0; i < count; ++i) {
            if (directory.size() - at < 46 || number(directory, at, 4) != entry_magic)
                return damaged("entry " + std::to_string(i + 1), "the directory is damaged");
            const std::size_t name = number(directory, at + 28, 2);
            const std::size_t next = at + 46 + name + number(directory, at + 30, 2) + number(directory, at + 32, 2);
            if (next > directory.size())
                return damaged("entry " + std::to_string(i + 1), "the directory ends too early");
            Entry entry{directory.substr(at + 46, name), number(directory, at + 10, 2), number(directory, at + 16, 4),
                        number(directory, at + 20, 4),   number(directory, at + 24, 4), number(directory, at + 42, 4)};
            if ((number(directory, at + 8, 2) & 1) != 0) return damaged(entry.name, "is encrypted");
            if (std::ranges::find(entries_, entry.name, &Entry::name) != entries_.end())
                return damaged(entry.name, "occurs twice in the archive");
            entries_.push_back(std::move(entry));
            at = next;
        }
        return {};
    }

    InputFile file_;
    std::vector<Entry> entries_;
};

} // namespace

Expected<std::map<std::string, NumberArray>> open_npz(const std::filesystem::path& path) {
    ISOLOSS_TRY(const Archive archive, Archive::open(path));
    std::uint64_t total = 0;
    for (const Entry& entry : archive.entries())
        total += entry.unpacked;
    if (total > ByteSource::most_unpacked)
        return fail({ErrorKind::limit,
                     path_text(path),
                     {},
                     "the entries have " + std::to_string(total) + " bytes when they are unpacked; at most " +
                         std::to_string(ByteSource::most_unpacked) + " are read",
                     "Save the arrays as .npy files"});
    std::map<std::string, NumberArray> arrays;
    for (const Entry& entry : archive.entries()) {
        if (!entry.name.ends_with(".npy")) continue;
        ISOLOSS_TRY(std::string bytes, archive.unpack(entry));
        ISOLOSS_TRY(NumberArray array,
                    open_npy(ByteSource::in_memory(std::move(bytes), path_text(path), "array " + entry.name)));
        arrays.emplace(entry.name.substr(0, entry.name.size() - 4), std::move(array));
    }
    if (arrays.empty())
        return fail({ErrorKind::unsupported,
                     path_text(path),
                     {},
                     "is a zip archive without arrays of NumPy",
                     "Unpack it, or save arrays with numpy.savez"});
    return arrays;
}

} // namespace isoloss
