package io.millrace.channel.resource.buffer;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** A read from a socket into a buffer that lasts as long as a test wants, so that the system may write to it any time. */
public final class PendingTransfer implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 20;

    private final AsynchronousSocketChannel reader;
    private final AsynchronousSocketChannel writer;
    private final Future<Integer> bytesRead;

    private PendingTransfer(AsynchronousSocketChannel reader, AsynchronousSocketChannel writer, MemorySegment into) {
        this.reader = reader;
        this.writer = writer;
        this.bytesRead = reader.read(into.asByteBuffer());
    }

    /** Returns when the read has begun. */
    public static PendingTransfer into(MemorySegment segment) throws Exception {
        try (var server = AsynchronousServerSocketChannel.open()
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            var reader = AsynchronousSocketChannel.open();
            var accepted = server.accept();
            reader.connect(server.getLocalAddress()).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return new PendingTransfer(reader, accepted.get(PATIENCE_SECONDS, TimeUnit.SECONDS), segment);
        }
    }

    /** Lets the bytes arrive; returns when the read has ended. */
    public void complete(byte[] bytes) throws Exception {
        writer.write(ByteBuffer.wrap(bytes)).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        bytesRead.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        close();
    }

    @Override
    public void close() throws IOException {
        reader.close();
        writer.close();
    }
}
