package io.millrace.testkit.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.Proves;
import java.util.List;
import org.junit.jupiter.api.Test;

/** All state that changes belongs to an actor, or to an object one owner holds. */
class NoSharedStateTest {
    private static final List<String> MODULES =
            List.of("contracts", "domain", "api", "storage", "channel", "edge", "node");

    private static final List<Exemption> MUTABLE_STATICS = List.of();
    private static final List<Exemption> THREAD_LOCALS = List.of();
    private static final List<Exemption> FILLED_LATER = List.of(new Exemption(
            "io.millrace.storage.embedded.DataDirectory",
            "static container that is filled later",
            "the directories this process has open: to take one and to learn that it is taken is one atomic step"));
    private static final List<Exemption> EMPTY_CATCHES = List.of(
            new Exemption(
                    "io.millrace.storage.database.Database",
                    "empty catch block",
                    "a rollback that fails after a failure: the first one is thrown, and the pool drops the connection"),
            new Exemption(
                    "io.millrace.storage.embedded.DataDirectory",
                    "empty catch block",
                    "closing a file that could not be locked: that it is locked is what the caller hears"));

    @Test
    @Proves({"G-74", "T-43", "G-02", "G-62", "G-90"})
    void noClassHoldsMutableStateInAStaticField() {
        var findings = CompiledClasses.of(MODULES)
                .flatMap(model -> SharedStateScan.mutableStatics(model).stream())
                .toList();

        Exemption.assertNothingElse(findings, MUTABLE_STATICS);
    }

    @Test
    @Proves({"G-01", "G-89"})
    void noStaticFieldIsFilledAtItsFirstUse() {
        var findings = CompiledClasses.of(MODULES)
                .flatMap(model -> SharedStateScan.filledLater(model).stream())
                .toList();

        Exemption.assertNothingElse(findings, FILLED_LATER);
    }

    @Test
    @Proves("G-60")
    void noClassUsesThreadLocals() {
        var findings = CompiledClasses.of(MODULES)
                .flatMap(model -> SharedStateScan.threadLocals(model).stream())
                .toList();

        Exemption.assertNothingElse(findings, THREAD_LOCALS);
    }

    @Test
    @Proves("G-79")
    void noCatchBlockIsEmpty() {
        var findings = CompiledClasses.of(MODULES)
                .flatMap(model -> EmptyCatchScan.scan(model).stream())
                .toList();

        Exemption.assertNothingElse(findings, EMPTY_CATCHES);
    }

    @Test
    void theScansFindWhatTheyLookFor() {
        var samples = CompiledClasses.of(ForbiddenSamples.class);

        assertThat(SharedStateScan.mutableStatics(samples))
                .extracting(Finding::member)
                .containsExactlyInAnyOrder("reassignable", "lazy", "COUNTER", "LIST");
        assertThat(SharedStateScan.filledLater(samples))
                .extracting(Finding::member)
                .containsExactlyInAnyOrder("lazy", "COUNTER", "LIST", "HIDDEN_SET");
        assertThat(SharedStateScan.threadLocals(samples)).hasSize(1);
        assertThat(EmptyCatchScan.scan(samples))
                .extracting(Finding::member)
                .containsExactlyInAnyOrder("emptyCatch", "emptyCatchInALoop");
    }
}
