package io.millrace.channel.handler.context;

import io.millrace.channel.log.OutputPump;
import io.millrace.contracts.log.LogStream;
import io.millrace.domain.Limits;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lines a handler writes. Its pump is made with the first line, so a handler that writes nothing costs nothing. While the
 * log store is behind, the writing thread waits: it belongs to the handler, and losing lines would be worse. Only a
 * thread that was interrupted, because its attempt is being stopped, does not wait; what it cannot hand over is dropped.
 */
final class HandlerOutput {
    private final Supplier<OutputPump> pumps;
    private final AtomicReference<@Nullable OutputPump> pump = new AtomicReference<>();

    HandlerOutput(Supplier<OutputPump> pumps) {
        this.pumps = pumps;
    }

    /** Writes text as lines; a line end is added if it has none. */
    void write(String text) {
        byte[] bytes = (text.endsWith("\n") ? text : text + "\n").getBytes(StandardCharsets.UTF_8);
        var open = open();
        long now = System.currentTimeMillis();
        for (int from = 0; from < bytes.length; from += Limits.LOG_BLOCK_BYTES_MAX) {
            if (!awaitRoom(open)) {
                return;
            }
            byte[] piece = Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + Limits.LOG_BLOCK_BYTES_MAX));
            open.write(LogStream.STDOUT, piece, now);
        }
    }

    /**
     * Ends the output.
     *
     * @param ended called once, with true if lines were written
     */
    void close(Consumer<Boolean> ended) {
        var open = pump.get();
        if (open == null) {
            ended.accept(false);
        } else {
            open.close(_ -> ended.accept(true));
        }
    }

    private OutputPump open() {
        var open = pump.get();
        if (open != null) {
            return open;
        }
        var fresh = pumps.get();
        return pump.compareAndSet(null, fresh) ? fresh : open();
    }

    /** False if the thread was interrupted: that is for the handler, so it ends the wait and stays set. */
    private static boolean awaitRoom(OutputPump pump) {
        if (pump.hasRoom()) {
            return true;
        }
        var room = new Semaphore(0);
        pump.whenRoom(room::release);
        try {
            room.acquire();
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
