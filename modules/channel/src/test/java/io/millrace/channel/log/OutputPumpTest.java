package io.millrace.channel.log;

import static io.millrace.channel.log.TakingStore.content;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.millrace.channel.AttemptId;
import io.millrace.channel.Instruments;
import io.millrace.channel.fixture.TestJobs;
import io.millrace.contracts.log.LogLine;
import io.millrace.contracts.log.LogStream;
import io.millrace.domain.Limits;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.Test;

class OutputPumpTest {
    private static final long T0 = 1_800_000_000_000L;
    private final TakingStore store = new TakingStore();
    private final Deque<Runnable> timers = new ArrayDeque<>();
    private final AtomicReference<OutputPump.Written> written = new AtomicReference<>();
    private final OutputPump pump = new OutputPump(
            new AttemptId(TestJobs.id(1), 1, 1),
            store.inbox.getRef(),
            (_, task) -> timers.add(task),
            new Instruments());

    @Test
    void linesLeaveTogetherWhenTheFirstIsOldEnough() {
        // given
        write("one\ntwo\n");
        assertThat(store.inbox.hasMessages()).isFalse();

        // when
        timers.remove().run();

        // then
        assertThat(content(store.takeAll())).containsExactly("one", "two");
    }

    @Test
    void outputWithoutLineEndBecomesAPartialLineAtItsEnd() {
        // given
        write("done\nno end");

        // when
        pump.close(written::set);

        // then
        var lines = store.takeAll();
        assertThat(content(lines)).containsExactly("done", "no end");
        assertThat(lines).extracting(LogLine::isPartial).containsExactly(false, true);
        assertThat(written.get()).isEqualTo(new OutputPump.Written(2, 0));
    }

    @Test
    void whatWaitsToLeaveIsStoredAtItsEndAndWhatComesLaterIsRefused() {
        // given a line whose block waits for others
        write("told");
        TestInbox<LogStore.Flushed> stored = TestInbox.create();

        // when
        pump.closeAndStore(stored.getRef());
        boolean hadRefused = pump.hasRefused();
        write("too late");

        // then
        var append = (LogStore.Append) store.inbox.receiveMessage();
        var flush = (LogStore.FlushAttempt) store.inbox.receiveMessage();
        assertThat(append.block().lineCount()).isEqualTo(1);
        assertThat(flush.replyTo()).isEqualTo(stored.getRef());
        assertThat(store.inbox.hasMessages()).isFalse();
        assertThat(hadRefused).isFalse();
        assertThat(pump.hasRefused()).isTrue();
    }

    @Test
    void anotherPumpGoesOnWithWhatTheStoreOfTheFirstDidNotTakeIn() {
        // given lines that the store has, some that are on their way to it, and some that have not left
        write("stored\n");
        timers.remove().run();
        store.takeAll();
        write("on its way\n");
        timers.remove().run();
        write("kept\nhalf a ");
        TakingStore next = new TakingStore();
        OutputPump successor = new OutputPump(
                new AttemptId(TestJobs.id(1), 1, 1),
                next.inbox.getRef(),
                (_, task) -> timers.add(task),
                new Instruments());

        // when
        pump.suspend();
        write("refused\n");
        successor.goOnFrom(pump, () -> successor.write(LogStream.STDOUT, "line\n".getBytes(UTF_8), T0));
        successor.close(written::set);

        // then
        assertThat(content(next.takeAll())).containsExactly("on its way", "kept", "half a line");
        assertThat(pump.hasRefused()).isTrue();
        assertThat(store.inbox.getAllReceived()).hasSize(1);
    }

    @Test
    void aLineMayComeInPiecesAndEndWithCarriageReturn() {
        // given
        write("a li");
        write("ne\r");
        write("\n\r\n\n");

        // when
        pump.close(written::set);

        // then
        assertThat(content(store.takeAll())).containsExactly("a line", "", "");
    }

    @Test
    void streamsDoNotMixWithinALine() {
        // given
        write("out ");
        pump.write(LogStream.STDERR, "err\n".getBytes(UTF_8), T0);
        write("put\n");

        // when
        pump.close(written::set);

        // then
        var lines = store.takeAll();
        assertThat(content(lines)).containsExactly("err", "out put");
        assertThat(lines).extracting(LogLine::stream).containsExactly(LogStream.STDERR, LogStream.STDOUT);
    }

    @Test
    void aLineOfTenMegabytesIsStoredInPartialLines() {
        // given a line of characters of three bytes, so that pieces cannot all end where the limit is
        String line = "€".repeat(10_000_000 / 3);

        // when
        write(line + "\nnext\n");
        pump.close(written::set);

        // then nothing is lost, no character is cut, and only the last piece has an end
        var lines = store.takeAll();
        assertThat(String.join("", content(lines.subList(0, lines.size() - 1)))).isEqualTo(line);
        assertThat(lines.subList(0, lines.size() - 2)).allMatch(LogLine::isPartial);
        assertThat(lines.get(lines.size() - 2).isPartial()).isFalse();
        assertThat(lines.getLast().content()).isEqualTo("next");
        assertThat(lines).allMatch(piece -> piece.content().getBytes(UTF_8).length <= Limits.LOG_LINE_BYTES_MAX);
    }

    @Test
    void binaryOutputIsKeptAsBytes() {
        // given
        byte[] bytes = new byte[256];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }

        // when
        pump.write(LogStream.STDOUT, bytes, T0);
        pump.close(written::set);

        // then it is two lines, as it holds one line feed
        assertThat(store.takeAll()).hasSize(2);
        assertThat(written().lines()).isEqualTo(2);
    }

    @Test
    void withoutCreditNoMoreThanTheAllowedBlocksTravel() {
        // given
        var resumed = new AtomicInteger();
        byte[] block = new byte[Limits.LOG_BLOCK_BYTES_MAX];
        Arrays.fill(block, (byte) 'x');
        block[block.length - 1] = '\n';

        // when a writer goes on as long as there is room
        int blocksWritten = 0;
        while (pump.hasRoom()) {
            pump.write(LogStream.STDOUT, block.clone(), T0);
            blocksWritten++;
        }
        pump.whenRoom(resumed::incrementAndGet);

        // then the last one waits in the pump
        assertThat(blocksWritten).isEqualTo(Limits.LOG_BLOCKS_IN_FLIGHT_MAX + 1);
        var travelling = store.inbox.getAllReceived();
        assertThat(travelling).hasSize(Limits.LOG_BLOCKS_IN_FLIGHT_MAX);
        assertThat(resumed).hasValue(0);

        // and goes when one was taken
        ((LogStore.Append) travelling.getFirst()).taken().run();
        assertThat(store.inbox.getAllReceived()).hasSize(1);
        assertThat(resumed).hasValue(1);
        assertThat(pump.hasRoom()).isTrue();
    }

    @Test
    void theEndIsToldOnlyWhenEveryLineHasTravelled() {
        // given more blocks than there is credit for
        byte[] block = new byte[Limits.LOG_BLOCK_BYTES_MAX * (Limits.LOG_BLOCKS_IN_FLIGHT_MAX + 2)];
        Arrays.fill(block, (byte) '\n');
        pump.write(LogStream.STDOUT, block, T0);

        // when
        pump.close(written::set);

        // then
        assertThat(written.get()).isNull();
        assertThat(store.takeAll()).hasSize(block.length);
        assertThat(written().lines()).isEqualTo(block.length);
    }

    @Test
    void ofVeryLongOutputTheHeadAndTheTailAreKeptAndTheGapIsNamed() {
        // given 64 MiB of numbered lines
        long linesTotal = 1L << 20;
        var chunk = new StringBuilder();
        var collected = new ArrayList<LogLine>();
        for (long n = 0; n < linesTotal; n++) {
            chunk.append(String.format("%063d%n", n));
            if (chunk.length() >= 60_000) {
                write(chunk.toString());
                chunk.setLength(0);
                collected.addAll(store.takeAll());
            }
        }
        write(chunk.toString());

        // when
        pump.close(written::set);
        collected.addAll(store.takeAll());

        // then
        var numbers = collected.stream()
                .filter(line -> line.stream() == LogStream.STDOUT)
                .toList();
        var notes = collected.stream()
                .filter(line -> line.stream() == LogStream.SYSTEM)
                .toList();
        assertThat(numbers.getFirst().content()).isEqualTo(String.format("%063d", 0));
        assertThat(numbers.getLast().content()).isEqualTo(String.format("%063d", linesTotal - 1));
        assertThat(numbers.size() * 64L)
                .isLessThanOrEqualTo(Limits.LOG_HEAD_BYTES_MAX + Limits.LOG_TAIL_BYTES_MAX + 64)
                .isGreaterThan(Limits.LOG_HEAD_BYTES_MAX + Limits.LOG_TAIL_BYTES_MAX * 9L / 10);
        long dropped = (linesTotal - numbers.size()) * 64;
        assertThat(written().bytesDropped()).isEqualTo(dropped);
        assertThat(notes).hasSize(2);
        assertThat(notes.getLast().content()).startsWith(dropped + " bytes of output are missing here");
    }

    @Test
    void anUnfinishedLineOutlivesTheBufferItWasReadInto() {
        // given
        var buffer = Arena.ofAuto().allocate(8);

        // when every read goes to the same memory
        for (String read : List.of("one\ntw", "o and a ", "half")) {
            writeBuffered(buffer, read);
        }
        pump.close(written::set);

        // then
        assertThat(content(store.takeAll())).containsExactly("one", "two and a half");
    }

    @Test
    void thereIsNoRoomWhileABufferWaitsToBeRead() {
        // given a pump at work, which a call out of it sees
        var buffer = Arena.ofAuto().allocate(8);
        var hadRoom = new ArrayList<Boolean>();

        // when
        pump.whenRead(() -> {
            writeBuffered(buffer, "bytes\n");
            hadRoom.add(pump.hasRoom());
            pump.whenRoom(() -> hadRoom.add(pump.hasRoom()));
        });
        pump.close(written::set);

        // then the writer hears when it may use the buffer again
        assertThat(hadRoom).containsExactly(false, true);
        assertThat(content(store.takeAll())).containsExactly("bytes");
    }

    @Test
    void aFailureDoesNotHoldUpWhatComesNext() {
        // given memory that was taken away
        var arena = Arena.ofShared();
        var buffer = arena.allocate(8);
        arena.close();

        // when
        assertThatThrownBy(() -> pump.writeBuffered(LogStream.STDOUT, buffer, T0))
                .isInstanceOf(IllegalStateException.class);
        write("next\n");
        pump.close(written::set);

        // then
        assertThat(pump.hasRoom()).isTrue();
        assertThat(content(store.takeAll())).containsExactly("next");
    }

    @Test
    void outputThatIsNotKeptCostsTheHeapNothing() {
        // given an output beyond its head whose tail is full
        var buffer = Arena.ofAuto().allocate(OutputBuffer.BYTES);
        buffer.copyFrom(
                MemorySegment.ofArray(("x".repeat(63) + "\n").repeat(1024).getBytes(UTF_8)));
        long kept = Limits.LOG_HEAD_BYTES_MAX + 2L * Limits.LOG_TAIL_BYTES_MAX;
        print(buffer, kept);
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();

        // when
        long bytes = 32L << 20;
        print(buffer, bytes);

        // then
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(allocated).isLessThan(bytes / 50);
    }

    private void print(MemorySegment buffer, long bytes) {
        for (long printed = 0; printed < bytes; printed += buffer.byteSize()) {
            pump.writeBuffered(LogStream.STDOUT, buffer, T0);
            if (!pump.hasRoom()) {
                store.takeAll();
            }
        }
    }

    private void writeBuffered(MemorySegment buffer, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        pump.writeBuffered(
                LogStream.STDOUT, buffer.asSlice(0, bytes.length).copyFrom(MemorySegment.ofArray(bytes)), T0);
    }

    private OutputPump.Written written() {
        return Objects.requireNonNull(written.get());
    }

    private void write(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        pump.write(LogStream.STDOUT, bytes, T0);
    }
}
