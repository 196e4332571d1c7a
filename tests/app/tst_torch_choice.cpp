#include "app/torch_choice.h"

#include <QTest>

using namespace isoloss;

class TorchChoiceTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void the_choice_and_its_reason_data() {
        QTest::addColumn<TorchSituation>("situation");
        QTest::addColumn<QString>("file"); ///< empty: nothing to open
        QTest::addColumn<QString>("reason");
        QTest::addColumn<QString>("remedy");
        const auto row = [](const char* name, const TorchSituation& situation, const char* file, const char* reason,
                            const char* remedy = "") {
            QTest::newRow(name) << situation << QString(file) << QString(reason) << QString(remedy);
        };
        const CudaDriver none{0, "no NVIDIA driver"}, two{2, "2 GPUs, driver for CUDA 12.4"};
        row("nothing is there", {{}, {}, {}, {}, none, {}}, "", "");
        row("nothing is there for the GPUs", {{}, {}, {}, {}, two, {}}, "", "");
        row("CPU module, no driver", {{}, {}, {}, "cpu.so", none, {}}, "cpu.so", "for the CPU: no NVIDIA driver");
        row("CPU module, GPUs lie idle", {{}, {}, {}, "cpu.so", two, {}}, "cpu.so",
            "for the CPU: none for CUDA was built, though there is 2 GPUs", "ISOLOSS_LIBTORCH");
        row("both, no driver", {{}, {}, "cuda.so", "cpu.so", none, {}}, "cpu.so", "for the CPU: no NVIDIA driver");
        row("both, two GPUs", {{}, {}, "cuda.so", "cpu.so", two, {}}, "cuda.so", "for CUDA: 2 GPUs");
        row("CUDA module does not open", {{}, {}, "cuda.so", "cpu.so", two, "libcudart.so.12: no such file"}, "cpu.so",
            "for the CPU: the one for CUDA cannot be opened: libcudart.so.12", "Install what it lacks");
        row("CUDA module does not open and is alone", {{}, {}, "cuda.so", {}, two, "libcudart.so.12"}, "", "");
        row("only CUDA module, two GPUs", {{}, {}, "cuda.so", {}, two, {}}, "cuda.so", "for CUDA: 2 GPUs");
        row("only CUDA module, no driver", {{}, {}, "cuda.so", {}, none, {}}, "cuda.so",
            "the only one that is there, computes on the CPU: no NVIDIA driver");
        row("named over both", {{}, "my.so", "cuda.so", "cpu.so", two, {}}, "my.so", "named by ISOLOSS_TORCH_MODULE");
        row("named where nothing else is", {{}, "my.so", {}, {}, none, {}}, "my.so", "named by ISOLOSS_TORCH_MODULE");
        row("what is open stays, whatever is there", {"cpu.so", {}, "cuda.so", "cpu.so", two, {}}, "cpu.so", "open");
        row("what is open stays, whatever is named", {"cpu.so", "my.so", {}, "cpu.so", two, {}}, "cpu.so", "open");
    }

    void the_choice_and_its_reason() {
        QFETCH(TorchSituation, situation);
        QFETCH(QString, file);
        QFETCH(QString, reason);
        QFETCH(QString, remedy);
        const auto choice = choose_torch_module(situation);
        QCOMPARE(choice.has_value(), !file.isEmpty());
        if (!choice) return;
        QCOMPARE(QString::fromStdString(choice->file.string()), file);
        QVERIFY2(choice->reason.starts_with(reason.toStdString()), choice->reason.c_str());
        QCOMPARE(choice->remedy.empty(), remedy.isEmpty());
        QVERIFY2(choice->remedy.find(remedy.toStdString()) != std::string::npos, choice->remedy.c_str());
    }

    // After a refusal the next choice is another file or none, so that opening ends.
    void a_refused_module_is_not_chosen_again() {
        TorchSituation situation{{}, {}, "cuda.so", "cpu.so", {1, "1 GPU"}, {}};
        QVERIFY(choose_torch_module(situation)->module == TorchModule::cuda);
        situation.cuda_refusal = "why";
        QVERIFY(choose_torch_module(situation)->module == TorchModule::cpu);
        situation.cpu.clear();
        QVERIFY(!choose_torch_module(situation));
    }
};

QTEST_APPLESS_MAIN(TorchChoiceTest)
#include "tst_torch_choice.moc"
