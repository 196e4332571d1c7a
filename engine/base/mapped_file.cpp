#include "engine/base/mapped_file.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <optional>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace isoloss {

namespace {

constexpr std::uintptr_t unbroken = ~std::uintptr_t{0};

/// A mapped range as the handler sees it: nothing but lock-free atomics. begin is written last and cleared first.
struct Slot {
    std::atomic<std::uintptr_t> begin{0};
    std::atomic<std::uintptr_t> end{0};
    std::atomic<std::uintptr_t> broken_at{unbroken}; ///< the lowest address without its page
};

// A signal handler can reach nothing but what is global.
std::array<Slot, 256> slots;
std::array<bool, slots.size()> taken;
std::mutex slots_mutex; ///< over `taken`
struct sigaction previous_action;

void pass_on(int signal, siginfo_t* info, void* context) {
    if ((previous_action.sa_flags & SA_SIGINFO) != 0) {
        previous_action.sa_sigaction(signal, info, context);
    } else if (previous_action.sa_handler != SIG_DFL && previous_action.sa_handler != SIG_IGN) {
        previous_action.sa_handler(signal);
    } else {
        struct sigaction usual {};

        usual.sa_handler = SIG_DFL;
        ::sigaction(signal, &usual, nullptr); // the instruction faults again and ends the process
    }
}

/// Puts zero pages under the rest of a mapped file of which a page is gone.
void handle_bus_error(int signal, siginfo_t* info, void* context) {
    const int saved = errno;
    const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
    for (Slot& slot : slots) {
        const std::uintptr_t begin = slot.begin.load(), end = slot.end.load();
        if (begin == 0 || address < begin || address >= end) continue;
        const auto page = static_cast<std::uintptr_t>(::getpagesize());
        const std::uintptr_t from = address / page * page;
        std::uintptr_t lowest = slot.broken_at.load();
        while (from < lowest && !slot.broken_at.compare_exchange_weak(lowest, from)) {
        }
        void* const rest = ::mmap(reinterpret_cast<void*>(from), end - from, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
        errno = saved;
        if (rest != MAP_FAILED) return;
    }
    errno = saved;
    pass_on(signal, info, context);
}

void install_handler() {
    static std::once_flag once;
    std::call_once(once, [] {
        struct sigaction action {};

        action.sa_sigaction = handle_bus_error;
        action.sa_flags = SA_SIGINFO | SA_ONSTACK;
        sigemptyset(&action.sa_mask);
        ::sigaction(SIGBUS, &action, &previous_action);
    });
}

std::optional<std::size_t> take_slot() {
    const std::lock_guard lock(slots_mutex);
    for (std::size_t i = 0; i < taken.size(); ++i)
        if (!std::exchange(taken[i], true)) return i;
    return std::nullopt;
}

void give_slot_back(std::size_t slot) {
    const std::lock_guard lock(slots_mutex);
    taken[slot] = false;
}

tl::unexpected<Error> changed(const std::filesystem::path& path, std::string place, std::string reason) {
    return fail({ErrorKind::damaged, path_text(path), std::move(place), std::move(reason),
                 "Wait until nothing writes to it, or copy it again, and measure once more"});
}

} // namespace

Expected<std::shared_ptr<MappedFile>> MappedFile::open(const InputFile& file) {
    const auto refused = [&](ErrorKind kind, const char* reason) {
        return fail({kind, path_text(file.path()), {}, reason, "Read the file instead"});
    };
    if (file.size() == 0) return refused(ErrorKind::unsupported, "is empty");
    const auto slot = take_slot();
    if (!slot) return refused(ErrorKind::limit, "too many files are mapped");
    install_handler();
    const int descriptor = file.duplicate();
    void* const memory = descriptor < 0 ? MAP_FAILED
                                        : ::mmap(nullptr, file.size(), PROT_READ | PROT_WRITE,
                                                 MAP_PRIVATE | MAP_NORESERVE, descriptor, 0);
    if (memory == MAP_FAILED) {
        if (descriptor >= 0) ::close(descriptor);
        give_slot_back(*slot);
        return refused(ErrorKind::unsupported, "cannot be mapped into memory");
    }
    // Pages are read ahead while the first of them are used.
    ::madvise(memory, file.size(), MADV_WILLNEED);
    const std::span bytes(static_cast<std::byte*>(memory), static_cast<std::size_t>(file.size()));
    return std::shared_ptr<MappedFile>(new MappedFile(descriptor, bytes, *slot, file));
}

MappedFile::MappedFile(int descriptor, std::span<std::byte> bytes, std::size_t slot, const InputFile& file)
    : descriptor_(descriptor), bytes_(bytes), slot_(slot), path_(file.path()), identity_(file.identity()) {
    const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data());
    const auto page = static_cast<std::uintptr_t>(::getpagesize());
    slots[slot].broken_at = unbroken;
    slots[slot].end = (begin + bytes.size() + page - 1) / page * page;
    slots[slot].begin = begin;
}

MappedFile::~MappedFile() {
    slots[slot_].begin = 0;
    ::munmap(bytes_.data(), bytes_.size());
    give_slot_back(slot_);
    ::close(descriptor_);
}

Expected<void> MappedFile::check() const {
    const std::uintptr_t broken = slots[slot_].broken_at;
    if (broken != unbroken) {
        const std::uintptr_t offset = broken - reinterpret_cast<std::uintptr_t>(bytes_.data());
        return changed(path_, "byte " + std::to_string(offset),
                       "the file was cut short or could not be read from here on while it was in use");
    }

    struct stat status {};

    if (::fstat(descriptor_, &status) != 0) return changed(path_, {}, "the file could not be looked at again");
    const FileIdentity now = identity_of(status);
    if (now.size != identity_.size)
        return changed(path_, {},
                       "has " + std::to_string(now.size) + " bytes and had " + std::to_string(identity_.size) +
                           " when it was opened");
    if (now.modified != identity_.modified) return changed(path_, {}, "was written to while it was in use");
    return {};
}

} // namespace isoloss
