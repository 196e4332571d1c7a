#pragma once

#include <QByteArray>
#include <QFile>
#include <QString>
#include <QTest>
#include <QtEndian>

namespace isoloss::test {

/// The bytes of a safetensors file: length, header as given, data.
inline QByteArray safetensors_bytes(const QByteArray& header, const QByteArray& data = {}) {
    QByteArray bytes(8, '\0');
    qToLittleEndian<quint64>(static_cast<quint64>(header.size()), bytes.data());
    return bytes + header + data;
}

/// Writes a file for a test; a failure to do so fails the test.
inline void write_bytes(const QString& path, const QByteArray& bytes) {
    QFile file(path);
    QVERIFY2(file.open(QIODevice::WriteOnly), qPrintable(file.errorString()));
    QCOMPARE(file.write(bytes), bytes.size());
}

} // namespace isoloss::test
