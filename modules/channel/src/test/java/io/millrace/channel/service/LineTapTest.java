package io.millrace.channel.service;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.fixture.TestJobs;
import io.millrace.contracts.JobId;
import io.millrace.contracts.log.LogStream;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LineTapTest {
    private static final JobId PROCESS = TestJobs.id(1);

    private final List<String> stored = new ArrayList<>();
    private final List<String> heard = new ArrayList<>();
    private final AtomicInteger found = new AtomicInteger();
    private final AtomicInteger first = new AtomicInteger();

    @Test
    void everyLineGoesToEveryListenerAndOnToTheLog() {
        // given
        var tap = tap(null, listener("a"), listener("b"));

        // when
        write(tap, LogStream.STDOUT, "out");
        write(tap, LogStream.STDERR, "error €");

        // then
        assertThat(heard).containsExactly("a:out:false", "b:out:false", "a:error €:true", "b:error €:true");
        assertThat(stored).containsExactly("out", "error €");
        assertThat(first).hasValue(1);
    }

    @Test
    void theLineThatSaysReadyIsFoundOnce() {
        // given
        var tap = tap(LineWatch.of("listening on port \\d+", found::incrementAndGet));

        // when
        write(tap, LogStream.STDOUT, "starting");
        assertThat(found).hasValue(0);
        write(tap, LogStream.STDERR, "now listening on port 80");
        write(tap, LogStream.STDERR, "now listening on port 81");

        // then
        assertThat(found).hasValue(1);
        assertThat(stored).hasSize(3);
    }

    @Test
    void anExpressionThatRepeatsRepetitionsTakesNoLongerThanOthers() {
        // given what makes a backtracking search try 2^60 ways
        var tap = tap(LineWatch.of("^(a+)+$", found::incrementAndGet));

        // when
        write(tap, LogStream.STDOUT, "a".repeat(60) + "!");
        write(tap, LogStream.STDOUT, "a".repeat(60));

        // then
        assertThat(found).hasValue(1);
    }

    @Test
    void aLineThatComesInPartsIsHeardOnceAndFoundAsSoonAsItSaysReady() {
        // given
        var tap = tap(LineWatch.of("^ready>$", found::incrementAndGet), listener("a"));

        // when
        writePart(tap, "rea");
        writePart(tap, "dy>");
        assertThat(found).hasValue(1);
        assertThat(heard).isEmpty();
        write(tap, LogStream.STDERR, "other stream");
        write(tap, LogStream.STDOUT, " go");
        writePart(tap, "no end");
        tap.end();

        // then
        assertThat(heard).containsExactly("a:other stream:true", "a:ready> go:false", "a:no end:false");
        assertThat(stored).containsExactly("rea", "dy>", "other stream", " go", "no end");
    }

    @ParameterizedTest
    @CsvSource({"ready.*, true", "'', false", "(, false", "(?=x)y, false", "(a)\\1, false"})
    void anExpressionThatRe2DoesNotHaveIsExplained(String expression, boolean isUsable) {
        assertThat(LineWatch.problemOf(expression) == null).isEqualTo(isUsable);
        assertThat(LineWatch.problemOf("x".repeat(513))).contains("512");
    }

    private LineTap tap(@Nullable LineWatch watch, ListenerQueue... listeners) {
        return new LineTap(
                PROCESS,
                List.of(listeners),
                watch,
                first::incrementAndGet,
                (_, _, _, bytes, from, length) -> stored.add(text(bytes, from, length)));
    }

    private ListenerQueue listener(String name) {
        return new ListenerQueue(
                (_, line, isError) -> heard.add(name + ":" + line + ":" + isError),
                Runnable::run,
                new ListenerCounters());
    }

    private static void write(LineTap tap, LogStream stream, String line) {
        byte[] bytes = ("<" + line + ">").getBytes(UTF_8);
        tap.line(0, stream, false, MemorySegment.ofArray(bytes), 1, bytes.length - 2);
    }

    private static void writePart(LineTap tap, String part) {
        byte[] bytes = part.getBytes(UTF_8);
        tap.line(0, LogStream.STDOUT, true, MemorySegment.ofArray(bytes), 0, bytes.length);
    }

    private static String text(MemorySegment bytes, long from, int length) {
        return new String(bytes.asSlice(from, length).toArray(JAVA_BYTE), UTF_8);
    }
}
