package io.millrace.edge.http;

import io.millrace.edge.http.Connection.Phase;
import java.time.Duration;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.BidiShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.stream.stage.TimerGraphStageLogic;
import org.apache.pekko.util.ByteString;

/**
 * Bounds the time a connection may take, between the network and the HTTP layer.
 *
 * <p>The HTTP layer of Pekko bounds only the silence between two bytes, so a client that sends a byte now and then would
 * hold its connection for ever. This stage counts from the first byte of a request to its last and answers 408 when the
 * time is up; it closes a connection that is idle, or whose client takes nothing of what is sent to it, for too long.
 */
final class ConnectionGuard extends GraphStage<BidiShape<ByteString, ByteString, ByteString, ByteString>> {
    private static final String TICK = "tick";
    private static final Duration TICK_MAX = Duration.ofSeconds(2);
    private static final int TICKS_PER_LIMIT = 8;

    private final Inlet<ByteString> fromNetwork = Inlet.create("guard.fromNetwork");
    private final Outlet<ByteString> toHttp = Outlet.create("guard.toHttp");
    private final Inlet<ByteString> fromHttp = Inlet.create("guard.fromHttp");
    private final Outlet<ByteString> toNetwork = Outlet.create("guard.toNetwork");
    private final BidiShape<ByteString, ByteString, ByteString, ByteString> shape =
            BidiShape.of(fromHttp, toNetwork, fromNetwork, toHttp);

    private final Connection connection;
    private final HttpSettings.Times times;
    private final ByteString timeoutReply;

    /** @param timeoutReply complete response, status line included, for a request that took too long */
    ConnectionGuard(Connection connection, HttpSettings.Times times, ByteString timeoutReply) {
        this.connection = connection;
        this.times = times;
        this.timeoutReply = timeoutReply;
    }

    @Override
    public BidiShape<ByteString, ByteString, ByteString, ByteString> shape() {
        return shape;
    }

    @Override
    public GraphStageLogic createLogic(Attributes attributes) {
        return new Logic();
    }

    private Duration tick() {
        Duration shortest = times.receive().compareTo(times.idle()) < 0 ? times.receive() : times.idle();
        Duration tick = shortest.dividedBy(TICKS_PER_LIMIT);
        return tick.compareTo(TICK_MAX) < 0 ? tick : TICK_MAX;
    }

    private final class Logic extends TimerGraphStageLogic {
        /** When something was last handed to the network that it has not taken yet; 0 if there is nothing. */
        private long sendingSinceNanos;

        Logic() {
            super(shape);
            setHandler(fromNetwork, new AbstractInHandler() {
                @Override
                public void onPush() {
                    connection.bytesReceived();
                    push(toHttp, grab(fromNetwork));
                }

                @Override
                public void onUpstreamFinish() {
                    connection.clientGone();
                    complete(toHttp);
                }

                @Override
                public void onUpstreamFailure(Throwable cause) {
                    connection.clientGone();
                    fail(toHttp, cause);
                }
            });
            setHandler(toHttp, new AbstractOutHandler() {
                @Override
                public void onPull() {
                    pull(fromNetwork);
                }

                @Override
                public void onDownstreamFinish(Throwable cause) {
                    cancel(fromNetwork);
                }
            });
            setHandler(fromHttp, new AbstractInHandler() {
                @Override
                public void onPush() {
                    sendingSinceNanos = System.nanoTime();
                    push(toNetwork, grab(fromHttp));
                    connection.bytesSent();
                    stopIfIdle();
                }

                @Override
                public void onUpstreamFinish() {
                    complete(toNetwork);
                }

                @Override
                public void onUpstreamFailure(Throwable cause) {
                    fail(toNetwork, cause);
                }
            });
            setHandler(toNetwork, new AbstractOutHandler() {
                @Override
                public void onPull() {
                    sendingSinceNanos = 0;
                    pull(fromHttp);
                }

                @Override
                public void onDownstreamFinish(Throwable cause) {
                    cancel(fromHttp);
                }
            });
        }

        @Override
        public void preStart() {
            scheduleWithFixedDelay(TICK, tick(), tick());
            var stop = this.<Boolean>createAsyncCallback(_ -> stopIfSettled());
            connection.onStop(() -> stop.invoke(true));
        }

        @Override
        public void onTimer(Object key) {
            if (isSending()) {
                if (System.nanoTime() - sendingSinceNanos > times.idle().toNanos()) {
                    completeStage();
                }
                return;
            }
            long nanos = connection.nanosInPhase();
            switch (connection.phase()) {
                case RECEIVING -> {
                    if (nanos > times.receive().toNanos()) {
                        answerTimeout();
                    }
                }
                case IDLE -> {
                    if (connection.isStopping() || nanos > times.idle().toNanos()) {
                        completeStage();
                    }
                }
                case SENDING -> {
                    // The end of a stream may be noticed only after its last bytes were handed on.
                    if (nanos > tick().toNanos()) {
                        connection.bytesSent();
                    }
                }
                case ANSWERING, STREAMING -> {}
            }
        }

        /** True while the network has not taken what it was handed. */
        private boolean isSending() {
            return sendingSinceNanos != 0;
        }

        private void stopIfSettled() {
            if (!isSending()) {
                stopIfIdle();
            }
        }

        private void stopIfIdle() {
            if (connection.isStopping() && connection.phase() == Phase.IDLE) {
                completeStage();
            }
        }

        private void answerTimeout() {
            cancelTimer(TICK);
            complete(toHttp);
            cancel(fromHttp);
            emit(toNetwork, timeoutReply, this::completeStage);
        }
    }
}
