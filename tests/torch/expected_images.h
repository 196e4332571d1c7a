#pragma once

#include "tests/torch/oracle_models.h"

namespace isoloss::test {

/// Pictures of expected.json.
class ExpectedImages final : public ImageSource {
public:
    explicit ExpectedImages(const QJsonArray& images) : images_(images) {}

    std::size_t count() const override { return static_cast<std::size_t>(images_.size()); }

    Expected<void> read(std::size_t index, std::span<float> values) const override {
        const auto picture = doubles(images_[static_cast<qsizetype>(index)]);
        if (picture.size() != values.size()) return fail(ErrorKind::damaged, "another size");
        std::ranges::transform(picture, values.begin(), [](double value) { return static_cast<float>(value); });
        return {};
    }

private:
    QJsonArray images_;
};

} // namespace isoloss::test
