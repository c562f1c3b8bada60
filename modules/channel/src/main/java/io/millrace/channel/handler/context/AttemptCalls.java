package io.millrace.channel.handler.context;

import io.millrace.channel.ManagerReply;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The way of one attempt to one of the managers of its channel, open until the attempt is over.
 *
 * @param <C> what the manager understands
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class AttemptCalls<C> {
    private final ManagerCalls<C> calls;
    private final String overDetail;
    private final SendingGate gate = new SendingGate();

    /**
     * @param overDetail what a call is refused with once the attempt is over
     */
    public AttemptCalls(ManagerCalls<C> calls, String overDetail) {
        this.calls = calls;
        this.overDetail = overDetail;
    }

    /**
     * As {@link ManagerCalls#ask}, unless the attempt is over.
     *
     * @return fails with {@code INVALID_STATE} if it is
     */
    public <R extends ManagerReply> CompletionStage<R> ask(
            Function<ActorRef<ManagerReply>, ? extends C> request, Duration wait) {
        return send(open -> open.ask(request, wait));
    }

    /** Sends what {@link #ask} cannot express. */
    <T> CompletionStage<T> send(Function<ManagerCalls<C>, CompletionStage<T>> request) {
        return gate.send(
                () -> request.apply(calls),
                () -> CompletableFuture.failedFuture(Problem.of(ErrorCode.INVALID_STATE, calls.name(), overDetail)
                        .asException()));
    }

    /** Ends the attempt: from here on every call fails, and what was sent before is on its way. */
    public void close() {
        gate.close();
    }

    /** True if anything was sent. */
    boolean wereUsed() {
        return gate.wasUsed();
    }
}
