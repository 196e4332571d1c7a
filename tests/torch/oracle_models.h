#pragma once

#include "engine/checkpoints/checkpoint_folder.h"
#include "engine/checkpoints/safetensors.h"
#include "tests/torch/torch_fixture.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>

namespace isoloss::test {

/// Models that a python script of tests/torch/oracle makes, with what comes out of them by definitions of its own.
class OracleModels {
public:
    /// Runs the script; false and `reason` when there is no python3 with torch.
    bool make(const char* script) {
        QProcess python;
        python.start(interpreter(), {QStringLiteral("-c"), QStringLiteral("import torch")});
        if (!python.waitForFinished(60'000) || python.exitCode() != 0) {
            reason = "there is no python3 with torch";
            return false;
        }
        python.start(interpreter(),
                     {QStringLiteral("-B"), QStringLiteral(ISOLOSS_ORACLE_DIR "/") + script, folder_.path()});
        if (python.waitForFinished(300'000) && python.exitCode() == 0) return true;
        qFatal("%s", python.readAllStandardError().constData());
    }

    /// One row per model of a group of the script's (all, where it has none), its path in the column "name".
    void add_rows(const QString& group = QStringLiteral(".")) const {
        QTest::addColumn<QString>("name");
        const QDir folder(folder_.filePath(group));
        for (const QString& name : folder.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name))
            QTest::newRow(name.toUtf8()) << group + QLatin1Char('/') + name;
    }

    std::filesystem::path folder(const QString& name) const { return folder_.filePath(name).toStdString(); }

    QJsonObject expected(const QString& name) const {
        QFile file(folder_.filePath(name + QStringLiteral("/expected.json")));
        if (!file.open(QIODevice::ReadOnly)) qFatal("no expected.json");
        return QJsonDocument::fromJson(file.readAll()).object();
    }

    Expected<std::unique_ptr<Model>> load(const QString& name, ComputeType type = ComputeType::float32) const {
        ISOLOSS_TRY(const Architecture architecture, read_architecture(folder(name) / "config.json"));
        ISOLOSS_TRY(const SafetensorsSource tensors, SafetensorsSource::open_folder(folder(name)));
        return cpu_backend()->load(architecture, tensors, on_cpu(type));
    }

    const char* reason = "";

private:
    // Debian's own, which is the one with Debian's torch, where several are installed.
    static QString interpreter() {
        const QString debian = QStringLiteral("/usr/bin/python3");
        return QFile::exists(debian) ? debian : QStringLiteral("python3");
    }

    QTemporaryDir folder_;
};

inline std::vector<double> doubles(const QJsonValue& array) {
    std::vector<double> values;
    for (const QJsonValue& value : array.toArray())
        values.push_back(value.toDouble());
    return values;
}

inline std::vector<std::int32_t> ids(const QJsonValue& array) {
    std::vector<std::int32_t> values;
    for (const QJsonValue& value : array.toArray())
        values.push_back(value.toInt());
    return values;
}

inline std::vector<double> as_doubles(std::span<const float> values) {
    return {values.begin(), values.end()};
}

} // namespace isoloss::test
