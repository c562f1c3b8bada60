package io.millrace.domain.process;

import static io.millrace.contracts.process.ProcessState.FAILED;
import static io.millrace.contracts.process.ProcessState.LOST;
import static io.millrace.contracts.process.ProcessState.PENDING;
import static io.millrace.contracts.process.ProcessState.RUNNING;
import static io.millrace.contracts.process.ProcessState.STOPPED;
import static io.millrace.contracts.process.ProcessState.STOPPING;
import static io.millrace.contracts.process.ProcessState.SUCCESS;
import static io.millrace.domain.process.BookUnderTest.accepted;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Proves;
import io.millrace.contracts.process.ProcessDependency.Condition;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.RestartPolicy.Mode;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Which state follows which. */
class ProcessStatesTest {
    private static final Problem GONE = Problem.of(ErrorCode.UNAVAILABLE, "ProcessHost", "The process host is gone.");

    private static final Map<ProcessState, Set<ProcessState>> LEGAL = new EnumMap<>(Map.of(
            PENDING, EnumSet.of(RUNNING, STOPPING, STOPPED, FAILED, LOST),
            RUNNING, EnumSet.of(PENDING, STOPPING, STOPPED, FAILED, SUCCESS, LOST),
            STOPPING, EnumSet.of(PENDING, STOPPED, FAILED),
            STOPPED, EnumSet.of(PENDING),
            FAILED, EnumSet.of(PENDING),
            SUCCESS, EnumSet.of(PENDING),
            LOST, EnumSet.of(PENDING)));

    /** One way along each legal edge: a process that is in the state before, and what leads to the one behind. */
    record Way(ProcessState from, ProcessState to, TestProcess process, Consumer<BookUnderTest> step) {
        @Override
        public String toString() {
            return from + " to " + to;
        }
    }

    private static Stream<Way> ways() {
        TestProcess once = TestProcess.named("web");
        TestProcess always = once.restarted(Mode.ALWAYS, 0);
        return Stream.of(
                new Way(PENDING, RUNNING, once, book -> book.up("web")),
                new Way(PENDING, STOPPING, once, book -> book.stop("web")),
                new Way(PENDING, STOPPED, once.after("absent", Condition.READY), book -> book.stop("web")),
                new Way(PENDING, FAILED, once, book -> book.end("web", RunEnd.notStarted(GONE, 0))),
                new Way(PENDING, LOST, once, book -> book.end("web", RunEnd.interrupted(GONE, 0))),
                new Way(RUNNING, PENDING, always, book -> book.exit("web", 1)),
                new Way(RUNNING, STOPPING, once, book -> book.stop("web")),
                new Way(RUNNING, STOPPED, once, ProcessStatesTest::endByUsersSignal),
                new Way(RUNNING, FAILED, once, book -> book.exit("web", 1)),
                new Way(RUNNING, SUCCESS, once, book -> book.exit("web", 0)),
                new Way(RUNNING, LOST, once, book -> book.end("web", RunEnd.interrupted(GONE, 0))),
                new Way(STOPPING, PENDING, once, book -> {
                    book.restart("web");
                    book.exit("web", 0);
                }),
                new Way(STOPPING, STOPPED, once, book -> book.killed("web", "SIGTERM")),
                new Way(STOPPING, FAILED, once.checked(), book -> book.killed("web", "SIGTERM")),
                new Way(STOPPED, PENDING, once, book -> book.restart("web")),
                new Way(FAILED, PENDING, once, book -> book.restart("web")),
                new Way(SUCCESS, PENDING, once, book -> book.restart("web")),
                new Way(LOST, PENDING, once, book -> book.restart("web")));
    }

    private static void endByUsersSignal(BookUnderTest book) {
        book.apply(accepted(book.rules.signal(book.entry("web"), "INT", book.ownership)));
        book.killed("web", "SIGINT");
    }

    private static BookUnderTest in(ProcessState state, TestProcess process) {
        BookUnderTest book = BookUnderTest.with(process);
        book.goOn();
        if (state != PENDING) {
            book.up("web");
        }
        switch (state) {
            case PENDING, RUNNING -> {
                // Is there.
            }
            case STOPPING -> {
                if (process.ready() == null) {
                    book.stop("web");
                } else {
                    book.passUntilNext();
                    book.goOn();
                }
            }
            case STOPPED -> {
                book.stop("web");
                book.exit("web", 0);
            }
            case FAILED -> book.exit("web", 1);
            case SUCCESS -> book.exit("web", 0);
            case LOST -> book.end("web", RunEnd.interrupted(GONE, 0));
        }
        return book;
    }

    @ParameterizedTest
    @EnumSource
    @Proves("B-47")
    void onlyTheseStatesMayFollow(ProcessState state) {
        Set<ProcessState> next = EnumSet.noneOf(ProcessState.class);
        for (ProcessState other : ProcessState.values()) {
            if (state.mayBecome(other)) {
                next.add(other);
            }
        }

        assertThat(next).isEqualTo(LEGAL.get(state));
    }

    @ParameterizedTest
    @MethodSource("ways")
    @Proves("B-47")
    void aProcessGoesThisWay(Way way) {
        BookUnderTest book = in(way.from(), way.process());
        assertThat(book.state("web")).isEqualTo(way.from());

        way.step().accept(book);

        assertThat(book.state("web")).isEqualTo(way.to());
    }

    @Test
    @Proves("B-47")
    void everyLegalEdgeIsGone() {
        Map<ProcessState, Set<ProcessState>> gone = new TreeMap<>();
        ways().forEach(way -> gone.computeIfAbsent(way.from(), _ -> EnumSet.noneOf(ProcessState.class))
                .add(way.to()));

        assertThat(gone).isEqualTo(LEGAL);
    }

    @ParameterizedTest
    @EnumSource(names = {"STOPPED", "FAILED", "SUCCESS", "LOST"})
    void whatHasEndedStaysSoUntilItsUserStartsIt(ProcessState ended) {
        BookUnderTest book = in(ended, TestProcess.named("web"));

        book.stop("web");
        boolean isDueLater = book.rules.millisUntilNext(book.book, book.ownership, book.now()) < Long.MAX_VALUE;

        assertThat(book.goOn()).isEmpty();
        assertThat(isDueLater).isFalse();
        assertThat(book.state("web")).isEqualTo(ended);
        assertThat(book.book.live()).isZero();
    }
}
