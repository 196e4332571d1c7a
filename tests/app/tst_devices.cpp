#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

// What doctor says of GPUs and modules. The program runs from a folder of its own, beside modules that this test puts
// there, with a stand-in for the NVIDIA driver.
class DevicesTest : public QObject {
    Q_OBJECT

    struct Report {
        int code = -1;
        QMap<QString, QString> text, remedy; ///< by topic
        QString err;
    };

    static Report doctor(const QString& folder, const QMap<QString, QString>& variables) {
        QProcess process;
        auto environment = QProcessEnvironment::systemEnvironment();
        for (const char* name : {"ISOLOSS_TORCH_MODULE", "CUDA_VISIBLE_DEVICES"})
            environment.remove(name);
        environment.insert("LD_LIBRARY_PATH", QStringLiteral(ISOLOSS_FAKE_DRIVER_DIR));
        for (const auto& [name, value] : variables.asKeyValueRange())
            environment.insert(name, value);
        process.setProcessEnvironment(environment);
        process.start(folder + "/isoloss", {"doctor", "--json"});
        if (!process.waitForFinished(60000)) qFatal("the program did not end");
        Report report{process.exitCode(), {}, {}, QString::fromUtf8(process.readAllStandardError())};
        for (const QJsonValue finding : QJsonDocument::fromJson(process.readAllStandardOutput()).array()) {
            report.text[finding["topic"].toString()] = finding["text"].toString();
            report.remedy[finding["topic"].toString()] = finding["remedy"].toString();
        }
        return report;
    }

    QTemporaryDir folder_;

    QString cuda_module() const { return folder_.filePath("libisoloss_torch_cuda.so"); }

private Q_SLOTS:

    void initTestCase() {
        QVERIFY(QFile::copy(ISOLOSS_PROGRAM, folder_.filePath("isoloss")));
        QVERIFY(QFile::copy(ISOLOSS_TORCH_MODULE, folder_.filePath("libisoloss_torch.so")));
    }

    void cleanup() { QFile::remove(cuda_module()); }

    void gpus_data() {
        QTest::addColumn<QString>("devices");
        QTest::addColumn<QString>("visible");
        QTest::addColumn<QString>("words");
        QTest::newRow("one") << "1" << QString() << "1 GPU, driver for CUDA 12.4";
        QTest::newRow("four") << "4" << QString() << "4 GPUs, driver for CUDA 12.4";
        QTest::newRow("none") << "0" << QString() << "the NVIDIA driver shows no GPU";
        QTest::newRow("none, as cuInit says it") << "-100" << QString() << "the NVIDIA driver shows no GPU";
        QTest::newRow("hidden") << "-100"
                                << "7"
                                << "the NVIDIA driver shows no GPU (CUDA_VISIBLE_DEVICES is \"7\")";
        QTest::newRow("broken") << "-999" << QString() << "the NVIDIA driver does not start (CUDA error 999)";
    }

    void gpus() {
        QFETCH(QString, devices);
        QFETCH(QString, visible);
        QFETCH(QString, words);
        QMap<QString, QString> variables{{"FAKE_CUDA_DEVICES", devices}};
        if (!visible.isEmpty()) variables["CUDA_VISIBLE_DEVICES"] = visible;
        const Report report = doctor(folder_.path(), variables);
        QCOMPARE(report.text["gpu"], words);
        QCOMPARE(report.remedy["gpu"], QString());
    }

    void without_a_gpu_the_cuda_module_is_not_touched() {
        QVERIFY(QFile::copy(ISOLOSS_PROGRAM, cuda_module())); // would not open
        const Report report = doctor(folder_.path(), {});
        QVERIFY2(report.text["module"].endsWith("libisoloss_torch.so: for the CPU: the NVIDIA driver shows no GPU"),
                 qPrintable(report.text["module"]));
        QVERIFY2(report.err.isEmpty(), qPrintable(report.err));
        QCOMPARE(report.remedy["devices"], QString());
    }

    void a_cuda_module_that_does_not_open_leaves_the_cpu() {
        QFile broken(cuda_module());
        QVERIFY(broken.open(QIODevice::WriteOnly) && broken.write("not a library") > 0);
        broken.close();
        const Report report = doctor(folder_.path(), {{"FAKE_CUDA_DEVICES", "2"}});
        QVERIFY2(report.text["module"].contains("libisoloss_torch.so: for the CPU: the one for CUDA cannot be opened"),
                 qPrintable(report.text["module"]));
        QVERIFY(report.text["inference"].startsWith("LibTorch"));
        QVERIFY2(report.err.contains("cannot be opened"), qPrintable(report.err));
        QVERIFY(report.text["devices"].startsWith("cpu"));
        QVERIFY2(report.remedy["devices"].contains("ISOLOSS_LIBTORCH"), qPrintable(report.remedy["devices"]));
        QCOMPARE(report.code, 1);
    }

    // Any module does for CUDA's: it opens, and this LibTorch sees no GPU.
    void the_cuda_module_is_opened_where_the_driver_shows_a_gpu() {
        QVERIFY(QFile::copy(ISOLOSS_TORCH_MODULE, cuda_module()));
        const Report report = doctor(folder_.path(), {{"FAKE_CUDA_DEVICES", "2"}});
        QVERIFY2(report.text["module"].contains("libisoloss_torch_cuda.so: for CUDA: 2 GPUs"),
                 qPrintable(report.text["module"]));
        if (report.text["devices"] == "cpu")
            QVERIFY2(report.remedy["devices"].contains("NVIDIA driver"), qPrintable(report.remedy["devices"]));
    }

    void a_gpu_without_its_module_is_a_finding() {
        const Report report = doctor(folder_.path(), {{"FAKE_CUDA_DEVICES", "1"}});
        QVERIFY(report.text["module"].contains("none for CUDA was built"));
        QVERIFY(report.remedy["devices"].contains("packaging/run.sh"));
        QVERIFY(report.err.isEmpty());
        QCOMPARE(report.code, 1);
    }

    void a_named_module_wins() {
        QVERIFY(QFile::copy(ISOLOSS_TORCH_MODULE, cuda_module()));
        const QString cpu = folder_.filePath("libisoloss_torch.so");
        Report report = doctor(folder_.path(), {{"FAKE_CUDA_DEVICES", "2"}, {"ISOLOSS_TORCH_MODULE", cpu}});
        QCOMPARE(report.text["module"], cpu + ": named by ISOLOSS_TORCH_MODULE");
        QCOMPARE(report.remedy["devices"], QString());
        report = doctor(folder_.path(), {{"ISOLOSS_TORCH_MODULE", "/nowhere/module.so"}});
        QVERIFY(report.text["inference"].contains("/nowhere/module.so"));
        QVERIFY(report.remedy["inference"].contains("ISOLOSS_TORCH_MODULE"));
        QCOMPARE(report.code, 1);
    }
};

QTEST_GUILESS_MAIN(DevicesTest)
#include "tst_devices.moc"
