package io.millrace.host.server;

import io.millrace.host.HostLimits;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the output that is on its way to the node. Every run has one piece under way at most; the more there is in all,
 * the smaller the next pieces are, so that no run waits for another and a node that takes nothing costs little.
 */
final class OutputBudget {
    /** Even then each of {@link HostLimits#COMMANDS_MAX} runs may add a piece of this size. */
    private static final int PIECE_BYTES_MIN = 512;

    /** So many more runs find room for as much as one is given. */
    private static final int SHARES = 8;

    private final AtomicLong waitingBytes = new AtomicLong();

    /** Size of the next piece. */
    int pieceBytes() {
        long share = (HostLimits.OUTPUT_WAITING_BYTES_MAX - waitingBytes.get()) / SHARES;
        return Math.clamp(share, PIECE_BYTES_MIN, HostLimits.OUTPUT_PIECE_BYTES_MAX);
    }

    void add(long bytes) {
        waitingBytes.addAndGet(bytes);
    }

    void remove(long bytes) {
        waitingBytes.addAndGet(-bytes);
    }
}
