package io.millrace.domain.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.JobId;
import io.millrace.contracts.process.ProcessName;
import io.millrace.contracts.process.ProcessState;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Changes that must never become true, whoever decided them. */
class ContradictionCheckTest {
    private static final ProcessRef WEB = new ProcessRef(new JobId(1, 1), new ProcessName("web"));
    private static final RunEnd EXIT = RunEnd.exited(0, false, 1);

    private static BookUnderTest waiting() {
        return BookUnderTest.with(TestProcess.named("web").checked());
    }

    private static BookUnderTest starting() {
        BookUnderTest book = waiting();
        book.goOn();
        return book;
    }

    private static BookUnderTest running() {
        BookUnderTest book = starting();
        book.up("web");
        return book;
    }

    private static BookUnderTest stopping() {
        BookUnderTest book = running();
        book.stop("web");
        return book;
    }

    private static BookUnderTest ended() {
        BookUnderTest book = running();
        book.exit("web", 0);
        return book;
    }

    private static Stream<Arguments> impossible() {
        return Stream.of(
                Arguments.of(
                        "twice",
                        waiting(),
                        new ProcessChange.Registered(
                                WEB.id(), TestProcess.named("web").spec(), null, null)),
                Arguments.of(
                        "same name",
                        waiting(),
                        new ProcessChange.Registered(
                                new JobId(9, 9), TestProcess.named("web").spec(), null, null)),
                Arguments.of("unknown", BookUnderTest.with(), new ProcessChange.Removed(WEB)),
                Arguments.of("reopens what waits", waiting(), new ProcessChange.StartRequested(WEB, true)),
                Arguments.of("starts what runs", running(), new ProcessChange.StartRequested(WEB, false)),
                Arguments.of("starts anew what waits", ended(), new ProcessChange.StartRequested(WEB, false)),
                Arguments.of("cancels what runs", running(), new ProcessChange.Cancelled(WEB)),
                Arguments.of("removes what runs", running(), new ProcessChange.Removed(WEB)),
                Arguments.of("removes what waits", waiting(), new ProcessChange.Removed(WEB)),
                Arguments.of(
                        "second run beside the first", running(), new ProcessChange.RunStarted(WEB, 2, 0, "n1", null)),
                Arguments.of("starts what has ended", ended(), new ProcessChange.RunStarted(WEB, 2, 0, "n1", null)),
                Arguments.of("skips a run", waiting(), new ProcessChange.RunStarted(WEB, 2, 0, "n1", null)),
                Arguments.of("up without a run", waiting(), new ProcessChange.RunUp(WEB, 1, 7, 1, null, "")),
                Arguments.of("up twice", running(), new ProcessChange.RunUp(WEB, 1, 7, 1, null, "")),
                Arguments.of("another run", running(), new ProcessChange.BecameReady(WEB, 2)),
                Arguments.of("ready and not up", starting(), new ProcessChange.BecameReady(WEB, 1)),
                Arguments.of("signal to what is not up", starting(), new ProcessChange.SignalSent(WEB, 1, "HUP")),
                Arguments.of("stopped twice", stopping(), new ProcessChange.StopRequested(WEB, 1, StopCause.USER)),
                Arguments.of("stops what has ended", ended(), new ProcessChange.StopRequested(WEB, 1, StopCause.USER)),
                Arguments.of("status of what was not up", starting(), end(ProcessState.FAILED, null)),
                Arguments.of("stopped with success", stopping(), end(ProcessState.SUCCESS, null)),
                Arguments.of("no end", running(), end(ProcessState.RUNNING, null)),
                Arguments.of(
                        "ended and restarted", running(), end(ProcessState.FAILED, new ProcessChange.Restart(1, 1, 1))),
                Arguments.of("ended twice", ended(), end(ProcessState.SUCCESS, null)));
    }

    private static ProcessChange end(ProcessState next, ProcessChange.@Nullable Restart restart) {
        return new ProcessChange.RunEnded(WEB, 1, EXIT, next, null, restart);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("impossible")
    void isNoticed(String what, BookUnderTest book, ProcessChange change) {
        assertThat(ContradictionCheck.find(book.book, List.of(change))).as(what).startsWith("the process web ");
    }

    @Test
    void aChangeIsLookedAtBehindThoseBeforeIt() {
        BookUnderTest book = running();
        List<ProcessChange> possible = List.of(end(ProcessState.SUCCESS, null), new ProcessChange.Removed(WEB));
        List<ProcessChange> impossible = List.of(end(ProcessState.SUCCESS, null), end(ProcessState.SUCCESS, null));

        assertThat(ContradictionCheck.find(book.book, possible)).isNull();
        assertThat(ContradictionCheck.find(book.book, impossible)).contains("has no run 1 under way");
        assertThat(book.state("web")).isEqualTo(ProcessState.RUNNING);
    }
}
