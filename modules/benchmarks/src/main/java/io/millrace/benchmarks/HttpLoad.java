package io.millrace.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * A load generator small enough not to be what is measured: one thread, one selector, keep-alive connections, requests
 * built beforehand, replies parsed no further than status and length.
 */
final class HttpLoad {
    private static final int REPLY_BYTES_MAX = 4 << 20;
    private static final byte[] CONTENT_LENGTH = "content-length: ".getBytes(StandardCharsets.US_ASCII);

    private final InetSocketAddress address;
    private final int connections;

    HttpLoad(int port, int connections) {
        this.address = new InetSocketAddress("127.0.0.1", port);
        this.connections = connections;
    }

    /**
     * What a run saw.
     *
     * @param completed replies with a 2xx status
     * @param failed replies with any other status
     * @param latency nanoseconds per request; in an open loop counted from when it should have been sent
     */
    record Result(long completed, long failed, Duration elapsed, Histogram latency, String firstFailure) {
        double perSecond() {
            return completed / (elapsed.toNanos() / 1e9);
        }
    }

    /** Sends as fast as replies come, one request in flight per connection. */
    Result closedLoop(Duration duration, LongFunction<byte[]> request) {
        return run(duration, request, 0);
    }

    /** Sends at a fixed rate, whether or not replies keep up. */
    Result openLoop(Duration duration, double perSecond, LongFunction<byte[]> request) {
        return run(duration, request, (long) (1e9 / perSecond));
    }

    private Result run(Duration duration, LongFunction<byte[]> request, long nanosBetween) {
        try (Selector selector = Selector.open()) {
            return new Run(selector, request, nanosBetween).run(duration);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private final class Run {
        private final Selector selector;
        private final LongFunction<byte[]> request;
        private final long nanosBetween;
        private final Histogram latency = new Histogram(Duration.ofMinutes(2).toNanos(), 3);
        private final List<Connection> idle = new ArrayList<>();
        private long started;
        private long sent;
        private long completed;
        private long failed;
        private String firstFailure = "";

        Run(Selector selector, LongFunction<byte[]> request, long nanosBetween) {
            this.selector = selector;
            this.request = request;
            this.nanosBetween = nanosBetween;
        }

        Result run(Duration duration) throws IOException {
            for (int i = 0; i < connections; i++) {
                idle.add(new Connection(selector));
            }
            started = System.nanoTime();
            long end = started + duration.toNanos();
            while (System.nanoTime() < end) {
                sendDue();
                awaitReplies();
            }
            long elapsed = System.nanoTime() - started;
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
            return new Result(completed, failed, Duration.ofNanos(elapsed), latency, firstFailure);
        }

        private void sendDue() throws IOException {
            while (!idle.isEmpty()) {
                long due = nanosBetween == 0 ? System.nanoTime() : started + sent * nanosBetween;
                if (due > System.nanoTime()) {
                    return;
                }
                idle.removeLast().send(request.apply(sent++), due);
            }
        }

        private void awaitReplies() throws IOException {
            if (nanosBetween == 0 || idle.isEmpty()) {
                selector.select(100);
            } else {
                long wait = started + sent * nanosBetween - System.nanoTime();
                if (selector.selectNow() == 0 && wait > 50_000) {
                    LockSupport.parkNanos(Math.min(wait - 30_000, 200_000));
                }
            }
            for (SelectionKey key : selector.selectedKeys()) {
                ((Connection) key.attachment()).read();
            }
            selector.selectedKeys().clear();
        }

        private final class Connection {
            private final SocketChannel channel;
            private ByteBuffer in = ByteBuffer.allocate(16 * 1024);
            private long dueNanos;

            Connection(Selector selector) throws IOException {
                channel = SocketChannel.open(address);
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ, this);
            }

            void send(byte[] bytes, long due) throws IOException {
                dueNanos = due;
                ByteBuffer out = ByteBuffer.wrap(bytes);
                while (out.hasRemaining()) {
                    channel.write(out);
                }
            }

            void read() throws IOException {
                if (channel.read(in) < 0) {
                    throw new IOException("the node closed a connection: " + text());
                }
                int end = endOfReply();
                if (end < 0) {
                    growIfFull();
                    return;
                }
                latency.recordValue(Math.max(0, System.nanoTime() - dueNanos));
                if (in.get(9) == '2') {
                    completed++;
                } else {
                    failed++;
                    firstFailure = firstFailure.isEmpty() ? text() : firstFailure;
                }
                in.clear();
                idle.add(this);
            }

            private void growIfFull() throws IOException {
                if (in.hasRemaining()) {
                    return;
                }
                if (in.capacity() >= REPLY_BYTES_MAX) {
                    throw new IOException("a reply is larger than " + REPLY_BYTES_MAX + " bytes");
                }
                ByteBuffer larger = ByteBuffer.allocate(in.capacity() * 4);
                larger.put(in.flip());
                in = larger;
            }

            private String text() {
                return new String(in.array(), 0, in.position(), StandardCharsets.UTF_8);
            }

            /** Position behind the reply, or -1 while it is not complete. */
            private int endOfReply() {
                byte[] bytes = in.array();
                int limit = in.position();
                int length = 0;
                for (int i = 0; i + 3 < limit; i++) {
                    if (bytes[i] == '\r' && bytes[i + 1] == '\n') {
                        if (bytes[i + 2] == '\r' && bytes[i + 3] == '\n') {
                            int end = i + 4 + length;
                            return end <= limit ? end : -1;
                        }
                        Integer value = contentLengthAt(bytes, i + 2, limit);
                        length = value == null ? length : value;
                    }
                }
                return -1;
            }

            private @Nullable Integer contentLengthAt(byte[] bytes, int from, int limit) {
                if (from + CONTENT_LENGTH.length >= limit) {
                    return null;
                }
                for (int i = 0; i < CONTENT_LENGTH.length; i++) {
                    if ((bytes[from + i] | 0x20) != (CONTENT_LENGTH[i] | 0x20)) {
                        return null;
                    }
                }
                int value = 0;
                for (int i = from + CONTENT_LENGTH.length; i < limit && bytes[i] >= '0' && bytes[i] <= '9'; i++) {
                    value = value * 10 + bytes[i] - '0';
                }
                return value;
            }
        }
    }
}
