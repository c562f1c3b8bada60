package io.millrace.edge.http;

/**
 * What a connection is doing, as far as its time limits are concerned. Written by its guard and by whoever answers its
 * request; at most one request is in work at a time.
 */
final class Connection {

    /** What the connection waits for. */
    enum Phase {
        /** The next request; bounded by the idle time. */
        IDLE,
        /** The rest of a request; bounded by the receive time. */
        RECEIVING,
        /** The reply; its bound is that of the operation. */
        ANSWERING,
        /** The end of a streamed reply; bounded only by the client taking what is sent. */
        STREAMING,
        /** A finished reply to be handed to the network; bounded by the idle time. */
        SENDING
    }

    private record State(Phase phase, long sinceNanos) {}

    private volatile State state = new State(Phase.IDLE, System.nanoTime());
    private volatile Runnable stop = () -> {};
    private volatile boolean isStopping;
    private volatile boolean isClientGone;

    Phase phase() {
        return state.phase;
    }

    /** How long the connection has been in its phase. */
    long nanosInPhase() {
        return System.nanoTime() - state.sinceNanos;
    }

    /** Bytes came from the client. They start a request only if none is in work. */
    void bytesReceived() {
        Phase phase = state.phase;
        if (phase == Phase.IDLE || phase == Phase.SENDING) {
            enter(Phase.RECEIVING);
        }
    }

    /** The request is there, to its last byte. */
    void received() {
        enter(Phase.ANSWERING);
    }

    /** A reply is there whose body is produced while it is sent. */
    void streaming() {
        enter(Phase.STREAMING);
    }

    /** The reply is there, to its last byte. */
    void answered() {
        enter(Phase.SENDING);
    }

    /** Bytes were handed to the network. They end a reply only if it is finished. */
    void bytesSent() {
        if (state.phase == Phase.SENDING) {
            enter(Phase.IDLE);
        }
    }

    /** The client has closed its side: nobody is left who would read a reply. */
    void clientGone() {
        isClientGone = true;
    }

    boolean isClientGone() {
        return isClientGone;
    }

    /** True once the server wants to end: no further request is taken. */
    boolean isStopping() {
        return isStopping;
    }

    /** Asks the connection to end as soon as it is idle. */
    void stop() {
        isStopping = true;
        stop.run();
    }

    /** Sets what {@link #stop()} runs. */
    void onStop(Runnable action) {
        stop = action;
        if (isStopping) {
            action.run();
        }
    }

    private void enter(Phase phase) {
        state = new State(phase, System.nanoTime());
    }
}
