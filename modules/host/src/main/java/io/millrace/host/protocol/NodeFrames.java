package io.millrace.host.protocol;

import io.millrace.host.RunKey;
import io.millrace.host.StartOrder;
import io.millrace.host.limits.ProcessLimits;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How the frames of a node are written and read. */
final class NodeFrames {
    private NodeFrames() {}

    static ByteBuffer encode(Frame.OfNode frame) {
        var writer = new FrameWriter(type(frame));
        switch (frame) {
            case Frame.Hello(int version, byte[] secret) ->
                writer.number32(version).bytes(secret);
            case Frame.Start(long call, StartOrder order) -> writeOrder(writer.number64(call), order);
            case Frame.Adopt(long call, RunKey key) -> writeKey(writer.number64(call), key);
            case Frame.Signal(RunKey key, int signal) -> writeKey(writer, key).number32(signal);
            case Frame.Kill(RunKey key) -> writeKey(writer, key);
            case Frame.Renew(Map<RunKey, Long> deadlines) -> writeDeadlines(writer, deadlines);
            case Frame.Forget(RunKey key) -> writeKey(writer, key);
            case Frame.Taken(long call) -> writer.number64(call);
            case Frame.Ping(long number) -> writer.number64(number);
            case Frame.Farewell() -> {
                // It says all by its type.
            }
        }
        return writer.finish(0);
    }

    private static FrameType type(Frame.OfNode frame) {
        return switch (frame) {
            case Frame.Hello _ -> FrameType.HELLO;
            case Frame.Start _ -> FrameType.START;
            case Frame.Adopt _ -> FrameType.ADOPT;
            case Frame.Signal _ -> FrameType.SIGNAL;
            case Frame.Kill _ -> FrameType.KILL;
            case Frame.Renew _ -> FrameType.RENEW;
            case Frame.Forget _ -> FrameType.FORGET;
            case Frame.Taken _ -> FrameType.TAKEN;
            case Frame.Ping _ -> FrameType.PING;
            case Frame.Farewell _ -> FrameType.FAREWELL;
        };
    }

    /** @throws ProtocolException for anything but a whole frame of a node */
    static Frame.OfNode decode(ByteBuffer bytes) throws ProtocolException {
        var reader = new FrameReader(bytes);
        var type = reader.type();
        Frame.OfNode frame = switch (type) {
            case HELLO -> new Frame.Hello(reader.number32(), reader.bytes());
            case START -> new Frame.Start(reader.number64(), readOrder(reader));
            case ADOPT -> new Frame.Adopt(reader.number64(), readKey(reader));
            case SIGNAL -> new Frame.Signal(readKey(reader), reader.number32());
            case KILL -> new Frame.Kill(readKey(reader));
            case RENEW -> new Frame.Renew(readDeadlines(reader));
            case FORGET -> new Frame.Forget(readKey(reader));
            case TAKEN -> new Frame.Taken(reader.number64());
            case PING -> new Frame.Ping(reader.number64());
            case FAREWELL -> new Frame.Farewell();
            case KNOWN, WELCOME, STARTED, NOT_STARTED, OUTPUT, ENDED, PONG ->
                throw new ProtocolException("A node does not send " + type);
        };
        reader.end();
        return frame;
    }

    static FrameWriter writeKey(FrameWriter writer, RunKey key) {
        return writer.text(key.channel()).text(key.id()).number32(key.number()).number64(key.epoch());
    }

    static RunKey readKey(FrameReader reader) throws ProtocolException {
        return new RunKey(readName(reader), readName(reader), reader.number32(), reader.number64());
    }

    /** Part of the name of a file later on. */
    private static String readName(FrameReader reader) throws ProtocolException {
        String name = reader.text();
        if (name.isEmpty() || name.startsWith(".") || name.indexOf('/') >= 0 || name.indexOf('\0') >= 0) {
            throw new ProtocolException("A run whose name is no name of a file");
        }
        return name;
    }

    private static void writeOrder(FrameWriter writer, StartOrder order) {
        var limits = order.limits();
        writeKey(writer, order.key())
                .all(order.command(), writer::text)
                .all(
                        order.env().entrySet(),
                        variable -> writer.text(variable.getKey()).text(variable.getValue()))
                .flag(order.namesOwnPath())
                .bytes(order.input())
                .text(order.home())
                .optional(order.workingDirectory(), writer::text)
                .all(order.affinity(), writer::number32)
                .number64(limits.memoryBytes())
                .number64(limits.files())
                .number64(limits.processes())
                .flag(order.terminal())
                .number64(order.deadlineNanos())
                .flag(order.survivesNode());
    }

    private static StartOrder readOrder(FrameReader reader) throws ProtocolException {
        return new StartOrder(
                readKey(reader),
                readCommand(reader),
                readEnvironment(reader),
                reader.flag(),
                reader.bytes(),
                reader.text(),
                reader.optional(reader::text),
                reader.all(reader::number32),
                new ProcessLimits(reader.number64(), reader.number64(), reader.number64()),
                reader.flag(),
                reader.number64(),
                reader.flag());
    }

    private static List<String> readCommand(FrameReader reader) throws ProtocolException {
        List<String> command = reader.all(reader::text);
        if (command.isEmpty()) {
            throw new ProtocolException("A command without a program");
        }
        return command;
    }

    private static Map<String, String> readEnvironment(FrameReader reader) throws ProtocolException {
        var environment = new HashMap<String, String>();
        reader.all(() -> environment.put(reader.text(), reader.text()));
        return environment;
    }

    private static void writeDeadlines(FrameWriter writer, Map<RunKey, Long> deadlines) {
        writer.all(
                deadlines.entrySet(), lease -> writeKey(writer, lease.getKey()).number64(lease.getValue()));
    }

    private static Map<RunKey, Long> readDeadlines(FrameReader reader) throws ProtocolException {
        var deadlines = new HashMap<RunKey, Long>();
        reader.all(() -> deadlines.put(readKey(reader), reader.number64()));
        return deadlines;
    }
}
