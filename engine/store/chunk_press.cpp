#include "engine/store/chunk_press.h"

#include <utility>

namespace isoloss {

ChunkPress::~ChunkPress() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void ChunkPress::give(const ChunkPlace& place, PointColumns points) {
    Job job{place, std::move(points)};
    if (++given_ <= most_without_thread) {
        Encoded encoded = encode(job);
        const std::lock_guard lock(mutex_);
        done_.push_back(std::move(encoded));
        keep(std::move(job.points));
        return;
    }
    if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    if (jobs_.size() == 1) changed_.notify_all();
}

std::optional<ChunkPress::Encoded> ChunkPress::take(Patience patience) {
    const std::size_t under_way = given_ - taken_;
    if (under_way == 0) return std::nullopt;
    std::unique_lock lock(mutex_);
    if (patience == Patience::wait || under_way >= most_under_way)
        changed_.wait(lock, [this] { return failure_ != nullptr || !done_.empty(); });
    if (failure_ != nullptr) std::rethrow_exception(failure_);
    if (done_.empty()) return std::nullopt;
    std::optional<Encoded> encoded(std::move(done_.front()));
    done_.pop_front();
    ++taken_;
    return encoded;
}

PointColumns ChunkPress::spare_columns() {
    const std::lock_guard lock(mutex_);
    if (spare_.empty()) return {};
    PointColumns columns = std::move(spare_.back());
    spare_.pop_back();
    return columns;
}

void ChunkPress::work() {
    std::unique_lock lock(mutex_);
    try {
        for (;;) {
            changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
            if (stopping_) return;
            Job job = std::move(jobs_.front());
            jobs_.pop_front();
            lock.unlock();
            Encoded encoded = encode(job);
            lock.lock();
            done_.push_back(std::move(encoded));
            keep(std::move(job.points));
            if (done_.size() == 1) changed_.notify_all();
        }
    } catch (...) {
        if (!lock.owns_lock()) lock.lock();
        failure_ = std::current_exception();
        changed_.notify_all();
    }
}

ChunkPress::Encoded ChunkPress::encode(const Job& job) {
    const PointSpan points = point_span(job.points);
    const auto levels = pyramid_.encode(points);
    const auto payload = encoder_.encode(points);
    return {job.place, pyramid_.summary(), ByteVector(payload.begin(), payload.end()),
            ByteVector(levels.begin(), levels.end())};
}

// Columns of float64 are rare, and to make them float32 again gains nothing.
void ChunkPress::keep(PointColumns columns) {
    if (!columns.is_float32() || spare_.size() >= most_spare) return;
    columns.steps.clear();
    columns.wall_times.clear();
    std::get<0>(columns.values).clear();
    spare_.push_back(std::move(columns));
}

} // namespace isoloss
