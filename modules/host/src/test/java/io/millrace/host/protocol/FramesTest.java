package io.millrace.host.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Violation;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.log.LogStream;
import io.millrace.host.HostLimits;
import io.millrace.host.RunKey;
import io.millrace.host.RunListener.EndReason;
import io.millrace.host.RunListener.Ended;
import io.millrace.host.RunListener.Started;
import io.millrace.host.StartOrder;
import io.millrace.host.limits.LimitReport;
import io.millrace.host.limits.ProcessLimits;
import io.millrace.host.system.ExitStatus;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames arrive as they were sent, however the bytes come, and what is no frame is refused. */
class FramesTest {
    private static final RunKey KEY = new RunKey("default", "job-1", 2, 77);
    private static final int OUTPUT_BYTES = 50_000;

    // What is sent arrives

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1_000_000})
    void everyFrameOfANodeArrivesHoweverTheBytesCome(int bytesAtOnce) throws IOException {
        // given
        var sent = List.copyOf(framesOfNode());
        var received = new ArrayList<Frame.OfNode>();

        // when
        var input = FrameInput.ofNode(inParts(encoded(sent), bytesAtOnce));
        input.trust();
        readAll(input, received);

        // then
        assertThat(received).usingRecursiveComparison().isEqualTo(sent);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1_000_000})
    void everyFrameOfACompanionArrivesHoweverTheBytesCome(int bytesAtOnce) throws IOException {
        // given
        var sent = framesOfHost();
        var received = new ArrayList<Frame.OfHost>();

        // when
        readAll(FrameInput.ofHost(inParts(encoded(sent), bytesAtOnce), FramesTest::memory), received);

        // then
        assertThat(received)
                .usingRecursiveComparison()
                .withEqualsForType((one, other) -> one.mismatch(other) == -1, MemorySegment.class)
                .isEqualTo(sent);
    }

    @Test
    void outputIsReadIntoTheMemoryItIsMeantFor() throws IOException {
        // given
        var target = Arena.ofAuto().allocate(HostLimits.OUTPUT_PIECE_BYTES_MAX);
        var output = new Frame.Output(5, LogStream.STDERR, outputBytes());
        var received = new ArrayList<Frame.OfHost>();

        // when
        var input = FrameInput.ofHost(
                inParts(encoded(List.of(output)), 999), (call, stream, bytes) -> target.asSlice(0, bytes));
        readAll(input, received);

        // then
        assertThat(target.asSlice(0, OUTPUT_BYTES).toArray(ValueLayout.JAVA_BYTE))
                .isEqualTo(outputBytes().toArray(ValueLayout.JAVA_BYTE));
        assertThat(received).hasSize(1);
    }

    @Test
    void aFrameThatIsTooLongIsNotSent() {
        // given
        var output = new FrameOutput();
        var order = order(new byte[HostLimits.FRAME_BYTES_MAX]);

        // when, then
        assertThatThrownBy(() -> output.add(new Frame.Start(1, order)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("4194304 are the limit");
    }

    // What is no frame

    @Test
    void aStrangerCannotHaveLongFramesKept() {
        // given an end that has not shown the secret
        var frame = encoded(List.of(new Frame.Hello(Frame.VERSION, new byte[FrameInput.GREETING_BYTES_MAX])));

        // when
        var input = FrameInput.ofNode(inParts(frame, 100));

        // then
        assertThatThrownBy(() -> readAll(input, new ArrayList<>()))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("1024 are the limit");
    }

    static List<byte[]> bytesThatAreNoFrame() {
        var good = encoded(List.of(new Frame.Kill(KEY)));
        var tooLong =
                ByteBuffer.allocate(8).putInt(HostLimits.FRAME_BYTES_MAX + 1).array();
        var negative = ByteBuffer.allocate(8).putInt(-1).array();
        var empty = ByteBuffer.allocate(8).array();
        var unknownType = good.clone();
        unknownType[4] = 42;
        var ofTheOtherEnd = encoded(List.of(new Frame.Pong(1)));
        var textBeyondTheEnd = good.clone();
        textBeyondTheEnd[8] = 120;
        var noText = good.clone();
        noText[9] = (byte) 0xff;
        var outOfTheDirectory = encoded(List.of(new Frame.Kill(new RunKey("..", "x", 1, 1))));
        var longerThanItsContent =
                ByteBuffer.allocate(14).putInt(10).put((byte) 9).array();
        return List.of(
                tooLong,
                negative,
                empty,
                unknownType,
                ofTheOtherEnd,
                textBeyondTheEnd,
                noText,
                outOfTheDirectory,
                longerThanItsContent);
    }

    @ParameterizedTest
    @MethodSource("bytesThatAreNoFrame")
    void whatIsNoFrameIsRefused(byte[] bytes) {
        // given
        var input = FrameInput.ofNode(inParts(bytes, bytes.length));
        input.trust();

        // when, then
        assertThatThrownBy(() -> readAll(input, new ArrayList<>())).isInstanceOf(ProtocolException.class);
    }

    /** A fixed seed, so that a failure can be repeated; every frame is damaged in one to four places, or cut. */
    @Test
    void damagedFramesAreRefusedOrReadAndNothingElse() throws IOException {
        var random = new Random(20_261_121);
        var good = new ArrayList<byte[]>();
        framesOfNode().forEach(frame -> good.add(encoded(List.of(frame))));
        for (int round = 0; round < 20_000; round++) {
            var bytes = damaged(good.get(random.nextInt(good.size())), random);
            var input = FrameInput.ofNode(inParts(bytes, 1 + random.nextInt(bytes.length)));
            try {
                readAll(input, new ArrayList<>());
            } catch (ProtocolException e) {
                assertThat(e).hasMessageNotContaining("null");
            }
        }
    }

    private static byte[] damaged(byte[] good, Random random) {
        var bytes = Arrays.copyOf(good, random.nextInt(4) == 0 ? 1 + random.nextInt(good.length) : good.length);
        for (int place = random.nextInt(4); place >= 0; place--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return bytes;
    }

    // Fixtures

    private static List<Frame.OfNode> framesOfNode() {
        return List.of(
                new Frame.Hello(Frame.VERSION, new byte[] {1, 2, 3}),
                new Frame.Start(1, order("input \u00e4".getBytes(StandardCharsets.UTF_8))),
                new Frame.Adopt(2, KEY),
                new Frame.Signal(KEY, 15),
                new Frame.Kill(KEY),
                new Frame.Renew(Map.of(KEY, Long.MIN_VALUE, new RunKey("b", "c", 1, 2), 5L)),
                new Frame.Forget(KEY),
                new Frame.Taken(1),
                new Frame.Ping(9),
                new Frame.Farewell());
    }

    private static List<Frame.OfHost> framesOfHost() {
        var condition = new Condition("MemoryNotEnforced", "why", Instant.ofEpochMilli(1_234));
        var problem = new Problem(
                ErrorCode.RESOURCE_LIMIT,
                "ProcessManager",
                "too many",
                Map.of("limit", 10L, "name", "x", "isFull", true),
                List.of(new Violation("process.command", "empty")),
                Duration.ofMillis(1_500));
        return List.of(
                new Frame.Known(List.of(KEY)),
                new Frame.Welcome(Frame.VERSION, 42, Map.of("memory", "how")),
                new Frame.Started(1, new Started(4_711, 99, List.of(condition))),
                new Frame.NotStarted(2, problem),
                new Frame.NotStarted(3, Problem.of(ErrorCode.NOT_FOUND, "ProcessManager", "none")),
                new Frame.Output(1, LogStream.STDERR, outputBytes()),
                new Frame.Ended(1, new Ended(new ExitStatus(3, null), 100, null, LimitReport.NOTHING, 5, 6)),
                new Frame.Ended(
                        4,
                        new Ended(
                                new ExitStatus(null, "SIGKILL"),
                                100,
                                EndReason.LEASE,
                                new LimitReport(ResourceType.MEMORY, 1_000, 2_000),
                                0,
                                0)),
                new Frame.Pong(9));
    }

    private static StartOrder order(byte[] input) {
        return new StartOrder(
                KEY,
                List.of("sh", "-c", "echo \u20ac"),
                Map.of("A", "1", "B", ""),
                true,
                input,
                "/home",
                "/work",
                List.of(0, 3),
                new ProcessLimits(1, 2, 3),
                true,
                -5,
                true);
    }

    private static MemorySegment outputBytes() {
        var bytes = Arena.ofAuto().allocate(OUTPUT_BYTES);
        IntStream.range(0, OUTPUT_BYTES).forEach(i -> bytes.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 31)));
        return bytes;
    }

    private static MemorySegment memory(long call, LogStream stream, int bytes) {
        return Arena.ofAuto().allocate(bytes);
    }

    private static byte[] encoded(List<? extends Frame> frames) {
        var bytes = new ByteArrayOutputStream();
        var output = new FrameOutput();
        frames.forEach(output::add);
        try {
            assertThat(output.write(Channels.newChannel(bytes))).isTrue();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return bytes.toByteArray();
    }

    private static <F extends Frame> void readAll(FrameInput<F> input, List<F> into) throws IOException {
        boolean isOpen = true;
        while (isOpen) {
            isOpen = input.read(into::add);
        }
    }

    private static ReadableByteChannel inParts(byte[] bytes, int bytesAtOnce) {
        return Channels.newChannel(new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] into, int offset, int length) {
                return super.read(into, offset, Math.min(length, bytesAtOnce));
            }
        });
    }
}
