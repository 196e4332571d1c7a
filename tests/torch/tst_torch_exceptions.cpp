#include "engine/inference/torch/exceptions.h"

#include <QTest>
#include <functional>
#include <new>
#include <stdexcept>

using namespace isoloss;
using isoloss::torch_module::without_exceptions;

using Throws = std::function<void()>;
Q_DECLARE_METATYPE(Throws)

class TorchExceptionsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void become_errors_data() {
        QTest::addColumn<Throws>("throws");
        QTest::addColumn<int>("kind");
        QTest::addColumn<QString>("words");
        const auto message = [](const char* text) { return Throws([text] { throw std::runtime_error(text); }); };
        const int limit = static_cast<int>(ErrorKind::limit), internal = static_cast<int>(ErrorKind::internal);
        QTest::newRow("bad_alloc") << Throws([] { throw std::bad_alloc(); }) << limit << "Scoring ran out of memory";
        // As LibTorch words them.
        QTest::newRow("CPU allocator")
            << message("[enforce fail at alloc_cpu.cpp:66] . DefaultCPUAllocator: can't allocate memory: you tried to "
                       "allocate 4096000000000 bytes. Error code 12 (Cannot allocate memory)")
            << limit << "needed 4096000000000 bytes more. Use a shorter window";
        QTest::newRow("CUDA allocator") << message("CUDA out of memory. Tried to allocate 20.00 GiB (GPU 0; …") << limit
                                        << "needed 20.00 GiB more";
        QTest::newRow("no kernel") << message("\"addmm_impl_cpu_\" not implemented for 'Half'")
                                   << static_cast<int>(ErrorKind::unsupported) << "Use float32";
        QTest::newRow("anything else") << message("shapes do not match\nframe #0: c10") << internal
                                       << "Scoring failed in LibTorch: shapes do not match";
        QTest::newRow("no exception type") << Throws([] { throw 1; }) << internal << "unknown";
    }

    void become_errors() {
        QFETCH(Throws, throws);
        QFETCH(int, kind);
        QFETCH(QString, words);
        const Expected<int> result = without_exceptions("Scoring", [&]() -> Expected<int> {
            throws();
            return 1;
        });
        QVERIFY(!result);
        QCOMPARE(static_cast<int>(result.error().kind), kind);
        const QString text = QString::fromStdString(result.error().text());
        QVERIFY2(text.contains(words) && !text.contains("frame #0"), qPrintable(text));
    }

    void values_and_errors_pass() {
        QCOMPARE(without_exceptions("Scoring", []() -> Expected<int> { return 3; }).value(), 3);
        const auto error =
            without_exceptions("Scoring", []() -> Expected<int> { return fail(ErrorKind::cancelled, "stopped"); });
        QVERIFY(!error && error.error().kind == ErrorKind::cancelled);
    }
};

QTEST_APPLESS_MAIN(TorchExceptionsTest)
#include "tst_torch_exceptions.moc"
