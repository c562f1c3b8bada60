package io.millrace.channel.log;

import static io.millrace.channel.log.TakingStore.content;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.AttemptId;
import io.millrace.channel.Instruments;
import io.millrace.channel.fixture.TestJobs;
import io.millrace.contracts.log.LogLine;
import io.millrace.contracts.log.LogStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Lines that wait for their end, and sequences for a terminal, in the output of an attempt. */
class UnfinishedOutputTest {
    private static final long T0 = 1_800_000_000_000L;

    private final TakingStore store = new TakingStore();
    private final Deque<Timer> timers = new ArrayDeque<>();
    private final OutputPump pump = pump(ControlSequences.KEPT);

    private record Timer(Duration delay, Runnable task) {}

    @Test
    void aLineWithoutEndIsShownInPartsWhileItWaits() {
        // given a prompt, and time that passes
        write("ready\nContinue? ");
        var waited = passTimeUntilNothingIsDue();

        // then the prompt has left within a quarter of a second
        assertThat(content(store.takeAll())).containsExactly("ready", "Continue? ");
        assertThat(waited).isLessThan(Duration.ofMillis(250));

        // and what comes next continues it
        write("yes\nnext\n");
        pump.close(_ -> {});
        var rest = store.takeAll();
        assertThat(content(rest)).containsExactly("yes", "next");
        assertThat(rest).noneMatch(LogLine::isPartial);
    }

    @Test
    void aRowOfDotsIsShownWhileItGrows() {
        // given a dot before each look
        for (int i = 0; i < 6; i++) {
            write(".");
            passTime();
        }

        // then parts of it have left, and nothing comes twice
        var parts = store.takeAll();
        assertThat(parts).hasSizeGreaterThan(1).allMatch(LogLine::isPartial);
        write("\n");
        pump.close(_ -> {});
        assertThat(String.join("", content(parts)) + String.join("", content(store.takeAll())))
                .isEqualTo("......");
    }

    @Test
    void aLineThatEndsInTimeIsNotCut() {
        // given the piece of a pipe that ends within a line, again and again
        for (int i = 0; i < 10; i++) {
            write("begin");
            passTime();
            write(" end\n");
        }
        pump.close(_ -> {});

        // then
        assertThat(store.takeAll()).hasSize(10).noneMatch(LogLine::isPartial);
    }

    @Test
    void aLineIsNotCutBecauseTheOtherStreamWaits() {
        // given a question on one stream, and a look at both
        write("done\n");
        pump.write(LogStream.STDERR, "Continue? ".getBytes(UTF_8), T0);
        passTime();

        // when a line begins on the other just before the next look
        write("begin");
        passTime();
        write(" end\n");
        pump.close(_ -> {});

        // then
        assertThat(content(store.takeAll())).containsExactly("done", "Continue? ", "begin end");
    }

    @Test
    void aPartDoesNotEndWithinACharacterNorWithACarriageReturn() {
        // given
        byte[] euro = "€".getBytes(UTF_8);
        pump.write(LogStream.STDOUT, new byte[] {'1', euro[0], euro[1]}, T0);
        passTimeUntilNothingIsDue();
        pump.write(LogStream.STDOUT, new byte[] {euro[2], '\r'}, T0);
        passTimeUntilNothingIsDue();
        write("\n");
        pump.close(_ -> {});

        // then
        var lines = store.takeAll();
        assertThat(content(lines)).containsExactly("1", "€", "");
        assertThat(lines).extracting(LogLine::isPartial).containsExactly(true, true, false);
    }

    @Test
    void nothingIsDueWhenNothingWaits() {
        // given half a character that never comes whole
        pump.write(LogStream.STDOUT, new byte[] {(byte) 0xe2}, T0);
        passTimeUntilNothingIsDue();

        // when
        pump.close(_ -> {});

        // then it is kept as it is, at the end
        assertThat(store.takeAll()).hasSize(1);
        assertThat(timers).isEmpty();
    }

    @Test
    void sequencesForATerminalAreTakenOutIfAskedFor() {
        // given
        var stripping = pump(ControlSequences.STRIPPED);

        // when they are cut, and one has no end
        stripping.write(LogStream.STDOUT, "\u001b[3".getBytes(UTF_8), T0);
        stripping.write(LogStream.STDERR, "\u001b]0;title\u0007err\n".getBytes(UTF_8), T0);
        stripping.write(LogStream.STDOUT, "1mred\u001b[0m\r\nlast\u001b]0;x".getBytes(UTF_8), T0);
        stripping.close(_ -> {});

        // then
        var lines = store.takeAll();
        assertThat(content(lines)).containsExactly("err", "red", "last0;x");
        assertThat(lines).extracting(LogLine::isPartial).containsExactly(false, false, true);
    }

    @Test
    void sequencesForATerminalAreKeptOtherwise() {
        // when
        write("\u001b[31mred\u001b[0m\n");
        pump.close(_ -> {});

        // then
        assertThat(content(store.takeAll())).containsExactly("\u001b[31mred\u001b[0m");
    }

    private OutputPump pump(ControlSequences sequences) {
        return new OutputPump(
                new AttemptId(TestJobs.id(1), 1, 1),
                store.inbox.getRef(),
                (delay, task) -> timers.add(new Timer(delay, task)),
                new Instruments(),
                sequences);
    }

    /** Runs the timers that are set; returns the longest delay. */
    private Duration passTime() {
        var due = List.copyOf(timers);
        timers.clear();
        due.forEach(timer -> timer.task().run());
        return due.stream().map(Timer::delay).max(Comparator.naturalOrder()).orElse(Duration.ZERO);
    }

    private Duration passTimeUntilNothingIsDue() {
        var passed = Duration.ZERO;
        while (!timers.isEmpty()) {
            passed = passed.plus(passTime());
        }
        return passed;
    }

    private void write(String text) {
        pump.write(LogStream.STDOUT, text.getBytes(UTF_8), T0);
    }
}
