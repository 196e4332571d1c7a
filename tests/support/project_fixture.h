#pragma once

#include "engine/base/error.h"
#include "engine/store/project.h"

#include <QTemporaryDir>
#include <QTest>
#include <filesystem>
#include <stdexcept>
#include <string>

// A test stops with the words of the Error.
#define REQUIRE_OK(expression)                                                                                         \
    do {                                                                                                               \
        const auto& required = (expression);                                                                           \
        QVERIFY2(required.has_value(), required ? "" : required.error().text().c_str());                               \
    } while (false)

namespace isoloss::test {

/// The value of an Expected in a place where a test cannot return; fails loudly by throwing.
template <typename T>
T value_of(Expected<T> expected) {
    if (!expected) throw std::runtime_error(expected.error().text());
    return std::move(*expected);
}

/// A new project in a folder that goes away with it.
class ProjectFixture {
public:
    ProjectFixture() : path_(std::filesystem::path(folder_.path().toStdString()) / "test.isoloss") {
        project_ = value_of(Project::create(path_));
    }

    Project& project() { return *project_; }

    Writer& writer() { return project_->writer(); }

    std::unique_ptr<Reader> reader() const { return value_of(project_->reader()); }

    const std::filesystem::path& path() const { return path_; }

    std::filesystem::path folder() const { return path_.parent_path(); }

    /// Closes the project; open() it again.
    void close() { project_.reset(); }

    void open() { project_ = value_of(Project::open(path_)); }

private:
    QTemporaryDir folder_;
    std::filesystem::path path_;
    std::unique_ptr<Project> project_;
};

inline QuantityRecord quantity_named(std::string key) {
    QuantityRecord quantity;
    quantity.key = std::move(key);
    return quantity;
}

/// Points with steps first_step, first_step + 1, … and the given values, one a second.
inline PointColumns counted_points(std::vector<float> values, std::int64_t first_step = 0) {
    PointColumns points;
    for (std::size_t i = 0; i < values.size(); ++i) {
        points.steps.push_back(first_step + static_cast<std::int64_t>(i));
        points.wall_times.push_back(1.7e9 + static_cast<double>(points.steps.back()));
    }
    points.values = std::move(values);
    return points;
}

} // namespace isoloss::test
