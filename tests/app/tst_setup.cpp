#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

// What packaging/setup.sh finds to build the CUDA module with, given what nvidia-smi and python3's torch say.
class SetupTest : public QObject {
    Q_OBJECT

    static void write(const QString& path, const QByteArray& content) {
        QVERIFY(QDir().mkpath(QFileInfo(path).path()));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(content) == content.size());
        QVERIFY(file.setPermissions(file.permissions() | QFile::ExeOwner));
    }

    static void make_libtorch(const QString& folder) {
        for (const char* part :
             {"share/cmake/Torch/TorchConfig.cmake", "lib/libtorch_cuda.so", "include/torch/torch.h"})
            write(folder + "/" + part, "");
    }

    QTemporaryDir folder_;

    QString path(const QString& name) const { return folder_.filePath(name); }

private Q_SLOTS:

    void initTestCase() {
        if (QProcess::execute("/usr/bin/python3", {"--version"}) != 0) QSKIP("there is no /usr/bin/python3");
        make_libtorch(path("named"));
        write(path("gpu/nvidia-smi"), "#!/bin/sh\necho 'GPU 0: NVIDIA H100 (UUID: GPU-1)'\n");
        write(path("no gpu/nvidia-smi"), "#!/bin/sh\necho 'No devices were found'\nexit 6\n");
        make_libtorch(path("python/torch"));
    }

    void libtorch_data() {
        QTest::addColumn<QString>("machine"); ///< folder with nvidia-smi
        QTest::addColumn<QString>("version"); ///< of python3's torch
        QTest::addColumn<QString>("cuda");    ///< as Python writes it
        QTest::addColumn<QString>("named");   ///< ISOLOSS_LIBTORCH
        QTest::addColumn<QString>("found");   ///< folder; "": only the CPU module; "refused"
        QTest::addColumn<QString>("words");
        const auto row = [](const char* name, const char* machine, const char* version, const char* cuda,
                            const char* named, const char* found, const char* words) {
            QTest::newRow(name) << machine << version << cuda << named << found << words;
        };
        row("PyTorch with CUDA", "gpu", "2.7.1+cu126", "'12.6'", "", "python/torch", "(python3's torch)");
        row("two digits", "gpu", "2.10.0", "'12.8'", "", "python/torch", "(python3's torch)");
        row("PyTorch 3", "gpu", "3.0.0a0", "'13.0'", "", "python/torch", "(python3's torch)");
        row("too old", "gpu", "2.6.0+cu124", "'12.4'", "", "", "is 2.6.0+cu124, 2.7 or newer is needed");
        row("for the CPU", "gpu", "2.8.0+cpu", "None", "", "", "2.8.0+cpu was built without CUDA");
        row("no GPU", "no gpu", "2.7.1", "'12.6'", "", "", "nvidia-smi shows none");
        row("named without a GPU", "no gpu", "2.7.1", "'12.6'", "named", "named", "(ISOLOSS_LIBTORCH)");
        row("named before PyTorch", "gpu", "2.7.1", "'12.6'", "named", "named", "(ISOLOSS_LIBTORCH)");
        row("named wrongly", "gpu", "2.7.1", "'12.6'", "gpu", "refused", "is no LibTorch");
    }

    void libtorch() {
        QFETCH(QString, machine);
        QFETCH(QString, version);
        QFETCH(QString, cuda);
        QFETCH(QString, named);
        QFETCH(QString, found);
        QFETCH(QString, words);
        write(path("python/torch/__init__.py"),
              QStringLiteral("__version__ = '%1'\nclass version:\n    cuda = %2\ndef compiled_with_cxx11_abi():\n"
                             "    return True\n")
                  .arg(version, cuda)
                  .toUtf8());
        auto environment = QProcessEnvironment::systemEnvironment();
        environment.insert("PATH", path(machine) + ":/usr/bin:/bin");
        environment.insert("PYTHONPATH", path("python"));
        environment.insert("PYTHONDONTWRITEBYTECODE", "1");
        environment.insert("ISOLOSS_LIBTORCH", named.isEmpty() ? QString() : path(named));
        QProcess shell;
        shell.setProcessEnvironment(environment);
        shell.setProcessChannelMode(QProcess::MergedChannels);
        shell.start("bash",
                    {"-euo", "pipefail", "-c",
                     ". " ISOLOSS_SOURCE_DIR "/packaging/setup.sh; find_cuda_libtorch; echo \"=$cuda_libtorch\""});
        QVERIFY(shell.waitForFinished(60000));
        const QStringList lines = QString::fromUtf8(shell.readAll()).trimmed().split('\n');
        QVERIFY2(lines.first().contains(words), qPrintable(lines.join('\n')));
        if (found == "refused") {
            QCOMPARE(lines.size(), 1);
            QVERIFY(shell.exitCode() != 0);
            return;
        }
        QCOMPARE(lines.size(), 2);
        QCOMPARE(lines.last(), "=" + (found.isEmpty() ? QString() : path(found)));
    }
};

QTEST_GUILESS_MAIN(SetupTest)
#include "tst_setup.moc"
