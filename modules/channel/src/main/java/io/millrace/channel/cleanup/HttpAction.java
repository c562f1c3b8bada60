package io.millrace.channel.cleanup;

import io.millrace.channel.HttpCalls;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.CleanupAction;
import io.millrace.contracts.cleanup.Released;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/** A request that a step sends. It has worked if it is answered with a status that the task expects. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class HttpAction implements StepAction {
    private final ActorContext<StepRunner.Command> context;
    private final HttpCalls calls;
    private final CleanupAction.Http request;
    private final Duration timeout;

    HttpAction(
            ActorContext<StepRunner.Command> context, HttpCalls calls, CleanupAction.Http request, Duration timeout) {
        this.context = context;
        this.calls = calls;
        this.request = request;
        this.timeout = timeout;
    }

    @Override
    public void start() {
        context.pipeToSelf(
                calls.status(request, timeout),
                (status, failure) -> new StepRunner.ActionEnded(
                        this, status == null ? failed(failure) : unexpected(status), Released.NOTHING));
    }

    /** What was sent cannot be called back. */
    @Override
    public void stop() {
        context.getSelf().tell(new StepRunner.ActionEnded(this, null, Released.NOTHING));
    }

    private @Nullable Problem unexpected(int status) {
        List<Integer> expected = request.expectStatus();
        boolean isExpected = expected.isEmpty() ? status >= 200 && status < 300 : expected.contains(status);
        return isExpected
                ? null
                : Problem.of(
                        ErrorCode.INVALID_STATE,
                        "HttpCalls",
                        request.method() + " " + request.url() + " was answered with status " + status + ", and "
                                + (expected.isEmpty() ? "200 to 299" : expected) + " was expected.");
    }

    private Problem failed(@Nullable Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof MillraceException expected
                ? expected.problem()
                : Problem.of(
                        ErrorCode.NETWORK,
                        "HttpCalls",
                        request.method() + " " + request.url() + " failed: " + cause + ".");
    }
}
