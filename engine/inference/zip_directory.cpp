#include "engine/inference/zip_directory.h"

#include "engine/base/json.h"

#include <algorithm>
#include <set>

namespace isoloss {

namespace {

constexpr std::uint64_t most_entries = 1'000'000;
constexpr std::string_view end_magic = "PK\x05\x06", end64_magic = "PK\x06\x06", locator_magic = "PK\x06\x07",
                           entry_magic = "PK\x01\x02", header_magic = "PK\x03\x04";
constexpr std::size_t end_size = 22, end64_size = 56, locator_size = 20, entry_size = 46, header_size = 30;
constexpr std::size_t longest_comment = 0xffff;
constexpr std::uint64_t in_extra_field = 0xffffffff; ///< a size or offset that zip64 keeps elsewhere

/// Little-endian numbers at offsets that the caller has checked.
std::uint64_t number(std::string_view bytes, std::size_t offset, std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(bytes[offset + i]);
    return value;
}

bool stays_inside(std::string_view name) {
    if (name.empty() || name.front() == '/' || name.find('\\') != name.npos || name.find('\0') != name.npos ||
        name.find(':') != name.npos)
        return false;
    for (std::size_t begin = 0; begin <= name.size();) {
        const std::size_t end = std::min(name.find('/', begin), name.size());
        const std::string_view part = name.substr(begin, end - begin);
        if (part == ".." || part == ".") return false;
        begin = end + 1;
    }
    return true;
}

class Reader {
public:
    Reader(std::string_view archive, std::string_view file) : archive_(archive), file_(file) {}

    Expected<std::vector<ZipEntry>> read() {
        ISOLOSS_TRY_VOID(find_directory());
        std::vector<ZipEntry> entries;
        std::set<std::string, std::less<>> names;
        std::size_t at = begin_;
        for (std::uint64_t i = 0; i < count_; ++i) {
            ISOLOSS_TRY(ZipEntry entry, entry_at(at));
            if (!names.insert(entry.name).second) return damaged(entry.name, "occurs twice");
            entries.push_back(std::move(entry));
        }
        if (at != end_) return damaged({}, "the directory of the archive is not as long as it says");
        std::vector<const ZipEntry*> order;
        for (const ZipEntry& entry : entries)
            order.push_back(&entry);
        std::ranges::sort(order, {}, &ZipEntry::begin);
        for (std::size_t i = 1; i < order.size(); ++i)
            if (order[i]->begin < order[i - 1]->end) return damaged(order[i]->name, "overlaps another entry");
        return entries;
    }

private:
    tl::unexpected<Error> damaged(std::string_view entry, std::string reason) const {
        return fail({ErrorKind::damaged, std::string(file_),
                     entry.empty() ? std::string() : "entry " + json_quote(entry), std::move(reason),
                     "Write or download the file again"});
    }

    bool has(std::size_t offset, std::string_view magic, std::size_t size) const {
        return offset <= archive_.size() && size <= archive_.size() - offset &&
               archive_.substr(offset, magic.size()) == magic;
    }

    Expected<void> find_directory() {
        const std::size_t from = archive_.size() - std::min(archive_.size(), end_size + longest_comment);
        const std::size_t found = archive_.substr(from).rfind(end_magic);
        if (found == archive_.npos || !has(from + found, end_magic, end_size))
            return damaged({}, "is no zip archive: it has no directory");
        std::size_t record = from + found;
        if (record + end_size + number(archive_, record + 20, 2) != archive_.size())
            return damaged({}, "something follows the end of the archive");
        count_ = number(archive_, record + 10, 2);
        std::uint64_t size = number(archive_, record + 12, 4), begin = number(archive_, record + 16, 4);
        if (record >= locator_size && has(record - locator_size, locator_magic, locator_size)) {
            const std::uint64_t there = number(archive_, record - locator_size + 8, 8);
            if (there > record - locator_size || !has(there, end64_magic, end64_size) ||
                there + end64_size != record - locator_size)
                return damaged({}, "the zip64 end of the archive is not where it is said to be");
            record = there;
            count_ = number(archive_, record + 32, 8);
            size = number(archive_, record + 40, 8);
            begin = number(archive_, record + 48, 8);
        }
        if (count_ > most_entries)
            return damaged({}, "has " + std::to_string(count_) + " entries; at most " + std::to_string(most_entries) +
                                   " are read");
        if (begin > record || size != record - begin)
            return damaged({}, "the directory of the archive is not where it is said to be");
        begin_ = begin;
        end_ = record;
        return {};
    }

    /// The entry at `at`, which moves to the next one.
    Expected<ZipEntry> entry_at(std::size_t& at) const {
        if (!has(at, entry_magic, entry_size) || at + entry_size > end_)
            return damaged({}, "the directory of the archive ends too early");
        const std::size_t name_size = number(archive_, at + 28, 2), extra_size = number(archive_, at + 30, 2);
        const std::size_t next = at + entry_size + name_size + extra_size + number(archive_, at + 32, 2);
        if (next > end_) return damaged({}, "the directory of the archive ends too early");
        ZipEntry entry;
        entry.name = archive_.substr(at + entry_size, name_size);
        entry.method = static_cast<std::uint32_t>(number(archive_, at + 10, 2));
        entry.packed = number(archive_, at + 20, 4);
        entry.unpacked = number(archive_, at + 24, 4);
        entry.begin = number(archive_, at + 42, 4);
        if ((number(archive_, at + 8, 2) & 1) != 0) return damaged(entry.name, "is encrypted");
        if (!stays_inside(entry.name)) return damaged(entry.name, "has a name that leads out of the archive");
        if (!read_extra(archive_.substr(at + entry_size + name_size, extra_size), entry))
            return damaged(entry.name, "has a damaged zip64 field");
        if (entry.method != 0 && entry.method != 8)
            return damaged(entry.name, "is packed by method " + std::to_string(entry.method) +
                                           "; stored and deflated entries are read");
        if (entry.method == 0 && entry.packed != entry.unpacked)
            return damaged(entry.name, "is stored, but has two sizes");
        if (!has(entry.begin, header_magic, header_size) || entry.begin + header_size > begin_)
            return damaged(entry.name, "is not where it is said to be");
        const std::size_t own_name = number(archive_, entry.begin + 26, 2);
        const std::size_t data = entry.begin + header_size + own_name + number(archive_, entry.begin + 28, 2);
        if (data > begin_ || entry.packed > begin_ - data) return damaged(entry.name, "is longer than the archive");
        if (archive_.substr(entry.begin + header_size, own_name) != entry.name)
            return damaged(entry.name, "is called otherwise where it lies");
        entry.end = data + entry.packed;
        at = next;
        return entry;
    }

    /// Sizes and offsets above 4 GB.
    static bool read_extra(std::string_view extra, ZipEntry& entry) {
        while (extra.size() >= 4) {
            const std::uint64_t id = number(extra, 0, 2), size = number(extra, 2, 2);
            if (size > extra.size() - 4) return false;
            std::string_view field = extra.substr(4, size);
            extra.remove_prefix(4 + size);
            if (id != 1) continue;
            for (std::uint64_t* value : {&entry.unpacked, &entry.packed, &entry.begin}) {
                if (*value != in_extra_field) continue;
                if (field.size() < 8) return false;
                *value = number(field, 0, 8);
                field.remove_prefix(8);
            }
        }
        return true;
    }

    std::string_view archive_, file_;
    std::uint64_t count_ = 0;
    std::size_t begin_ = 0, end_ = 0; ///< of the directory
};

} // namespace

Expected<std::vector<ZipEntry>> read_zip_directory(std::string_view archive, std::string_view file) {
    return Reader(archive, file).read();
}

} // namespace isoloss
