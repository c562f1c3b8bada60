package io.millrace.host.protocol;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Violation;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.log.LogStream;
import io.millrace.host.RunKey;
import io.millrace.host.RunListener.EndReason;
import io.millrace.host.RunListener.Ended;
import io.millrace.host.RunListener.Started;
import io.millrace.host.limits.LimitReport;
import io.millrace.host.system.ExitStatus;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the frames of a companion are written and read. The bytes of a piece of output are not among what is written here:
 * they follow behind, straight from the memory they lie in to that which they go to.
 */
final class HostFrames {
    /** Type, call and stream; the rest of such a frame are the bytes. */
    static final int OUTPUT_HEADER_BYTES = 1 + Long.BYTES + 1;

    private HostFrames() {}

    static ByteBuffer encode(Frame.OfHost frame) {
        var writer = new FrameWriter(type(frame));
        switch (frame) {
            case Frame.Known(List<RunKey> runs) -> writer.all(runs, key -> NodeFrames.writeKey(writer, key));
            case Frame.Welcome(int version, long clockNanos, Map<String, String> enforcement) ->
                writer.number32(version)
                        .number64(clockNanos)
                        .all(
                                enforcement.entrySet(),
                                entry -> writer.text(entry.getKey()).text(entry.getValue()));
            case Frame.Started(long call, Started started) -> writeStarted(writer.number64(call), started);
            case Frame.NotStarted(long call, Problem problem) -> writeProblem(writer.number64(call), problem);
            case Frame.Output(long call, LogStream stream, MemorySegment bytes) -> {
                writer.number64(call).number8(number(stream));
                return writer.finish(Math.toIntExact(bytes.byteSize()));
            }
            case Frame.Ended(long call, Ended ended) -> writeEnded(writer.number64(call), ended);
            case Frame.Pong(long number) -> writer.number64(number);
        }
        return writer.finish(0);
    }

    private static FrameType type(Frame.OfHost frame) {
        return switch (frame) {
            case Frame.Known _ -> FrameType.KNOWN;
            case Frame.Welcome _ -> FrameType.WELCOME;
            case Frame.Started _ -> FrameType.STARTED;
            case Frame.NotStarted _ -> FrameType.NOT_STARTED;
            case Frame.Output _ -> FrameType.OUTPUT;
            case Frame.Ended _ -> FrameType.ENDED;
            case Frame.Pong _ -> FrameType.PONG;
        };
    }

    /** @throws ProtocolException for anything but a whole frame of a companion that is no output */
    static Frame.OfHost decode(ByteBuffer bytes) throws ProtocolException {
        var reader = new FrameReader(bytes);
        var type = reader.type();
        Frame.OfHost frame = switch (type) {
            case KNOWN -> new Frame.Known(reader.all(() -> NodeFrames.readKey(reader)));
            case WELCOME -> new Frame.Welcome(reader.number32(), reader.number64(), readTexts(reader));
            case STARTED -> new Frame.Started(reader.number64(), readStarted(reader));
            case NOT_STARTED -> new Frame.NotStarted(reader.number64(), readProblem(reader));
            case ENDED -> new Frame.Ended(reader.number64(), readEnded(reader));
            case PONG -> new Frame.Pong(reader.number64());
            case HELLO, START, ADOPT, SIGNAL, KILL, RENEW, FORGET, TAKEN, PING, FAREWELL, OUTPUT ->
                throw new ProtocolException("A companion does not send " + type);
        };
        reader.end();
        return frame;
    }

    /** Which run a piece of output is of. */
    record OutputHeader(long call, LogStream stream) {}

    /** Reads the beginning of a frame that carries output. */
    static OutputHeader outputHeader(ByteBuffer bytes) throws ProtocolException {
        var reader = new FrameReader(bytes);
        reader.type();
        long call = reader.number64();
        return new OutputHeader(call, stream(reader.number8()));
    }

    private static int number(LogStream stream) {
        return switch (stream) {
            case STDOUT -> 1;
            case STDERR -> 2;
            case SYSTEM -> 3;
        };
    }

    private static LogStream stream(int number) throws ProtocolException {
        return switch (number) {
            case 1 -> LogStream.STDOUT;
            case 2 -> LogStream.STDERR;
            case 3 -> LogStream.SYSTEM;
            default -> throw new ProtocolException("Output of stream " + number);
        };
    }

    private static Map<String, String> readTexts(FrameReader reader) throws ProtocolException {
        var texts = new HashMap<String, String>();
        reader.all(() -> texts.put(reader.text(), reader.text()));
        return texts;
    }

    private static void writeStarted(FrameWriter writer, Started started) {
        writer.number32(started.pid())
                .number64(started.startedAtMillis())
                .all(
                        started.conditions(),
                        condition -> writer.text(condition.type())
                                .text(condition.message())
                                .number64(condition.since().toEpochMilli()));
    }

    private static Started readStarted(FrameReader reader) throws ProtocolException {
        return new Started(
                reader.number32(),
                reader.number64(),
                reader.all(() -> new Condition(reader.text(), reader.text(), Instant.ofEpochMilli(reader.number64()))));
    }

    private static void writeEnded(FrameWriter writer, Ended ended) {
        var limits = ended.limits();
        writer.optional(ended.status().exitCode(), writer::number32)
                .optional(ended.status().signal(), writer::text)
                .number64(ended.endedAtMillis())
                .optional(ended.reason(), reason -> writer.text(reason.name()))
                .optional(limits.reached(), resource -> writer.text(resource.name()))
                .number64(limits.limit())
                .number64(limits.addressSpaceBytesMax())
                .number64(ended.bytesDropped())
                .number32(ended.leftovers());
    }

    private static Ended readEnded(FrameReader reader) throws ProtocolException {
        return new Ended(
                new ExitStatus(reader.optional(reader::number32), reader.optional(reader::text)),
                reader.number64(),
                reader.optional(() -> reader.constant(EndReason.class)),
                readLimits(reader),
                reader.number64(),
                reader.number32());
    }

    private static LimitReport readLimits(FrameReader reader) throws ProtocolException {
        @Nullable ResourceType reached = reader.optional(() -> reader.constant(ResourceType.class));
        return new LimitReport(reached, reader.number64(), reader.number64());
    }

    private static void writeProblem(FrameWriter writer, Problem problem) {
        writer.text(problem.code().name())
                .text(problem.component())
                .text(problem.detail())
                .all(problem.context().entrySet(), entry -> writeContext(writer, entry))
                .all(
                        problem.violations(),
                        violation -> writer.text(violation.field()).text(violation.message()))
                .optional(problem.retryAfter(), delay -> writer.number64(delay.toNanos()));
    }

    private static void writeContext(FrameWriter writer, Map.Entry<String, Object> entry) {
        writer.text(entry.getKey());
        switch (entry.getValue()) {
            case Boolean value -> writer.number8('b').flag(value);
            case Integer value -> writer.number8('n').number64(value);
            case Long value -> writer.number8('n').number64(value);
            case Object value -> writer.number8('t').text(value.toString());
        }
    }

    private static Problem readProblem(FrameReader reader) throws ProtocolException {
        return new Problem(
                reader.constant(ErrorCode.class),
                reader.text(),
                reader.text(),
                readContext(reader),
                reader.all(() -> new Violation(reader.text(), reader.text())),
                reader.optional(() -> Duration.ofNanos(reader.number64())));
    }

    private static Map<String, Object> readContext(FrameReader reader) throws ProtocolException {
        var context = new HashMap<String, Object>();
        reader.all(() -> context.put(reader.text(), readContextValue(reader)));
        return context;
    }

    private static Object readContextValue(FrameReader reader) throws ProtocolException {
        int type = reader.number8();
        return switch (type) {
            case 'b' -> reader.flag();
            case 'n' -> reader.number64();
            case 't' -> reader.text();
            default -> throw new ProtocolException("A value of type " + type);
        };
    }
}
