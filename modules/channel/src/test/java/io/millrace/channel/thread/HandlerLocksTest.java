package io.millrace.channel.thread;

import static io.millrace.channel.fixture.ChannelManagers.handler;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.fixture.ChannelManagers;
import io.millrace.channel.fixture.TestHandler;
import io.millrace.channel.lock.LockManager;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Proves;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.handler.JobContext;
import io.millrace.contracts.lock.Lease;
import io.millrace.contracts.lock.LockAnswer;
import io.millrace.contracts.lock.LockRequest;
import io.millrace.domain.channel.AttemptOutcome;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Locks as a handler takes them through its context. The test plays the lock manager. */
class HandlerLocksTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final LockRequest SCHEMA = LockRequest.of("schema");

    @TempDir
    Path directory;

    private @Nullable ChannelManagers managers;

    @AfterEach
    void stop() {
        if (managers != null) {
            managers.close();
        }
    }

    @AfterAll
    static void stopKit() {
        KIT.shutdownTestKit();
    }

    private ChannelManagers running(TestHandler.Body body) {
        var started = ChannelManagers.with(KIT, directory, TestHandler.named("locking", body));
        managers = started;
        return started;
    }

    private static Lease releasedLease(ChannelManagers managers, Lease granted) {
        var release = managers.askedOfLocks(LockManager.Release.class);
        assertThat(release.lease()).isEqualTo(granted.handle());
        release.replyTo().tell(new LockManager.Released(true));
        return granted;
    }

    @Test
    @Proves("G-82")
    void theLockIsReleasedWhenTheBodyReturns() {
        // given
        var managers = running(context -> context.locks().withLock(SCHEMA, Lease::token));

        // when
        AttemptId attempt = managers.run(handler("locking"));
        var asked = managers.askedOfLocks(LockManager.Acquire.class);
        Lease lease = managers.grant(asked);

        // then
        assertThat(asked.owner().job()).isEqualTo(attempt.job());
        assertThat(asked.owner().epoch()).isEqualTo(attempt.epoch());
        releasedLease(managers, lease);
        assertThat(managers.outcome(attempt)).isEqualTo(AttemptOutcome.succeeded(null, "1"));
    }

    @Test
    @Proves("G-82")
    void theLockIsReleasedWhenTheBodyThrows() {
        // given
        var managers = running(context -> context.locks().withLock(SCHEMA, _ -> {
            throw new IllegalArgumentException("the body failed");
        }));

        // when
        AttemptId attempt = managers.run(handler("locking"));
        Lease lease = managers.grant(managers.askedOfLocks(LockManager.Acquire.class));

        // then
        releasedLease(managers, lease);
        assertThat(Objects.requireNonNull(managers.outcome(attempt).error()).detail())
                .isEqualTo("the body failed");
    }

    @Test
    @Proves("G-82")
    void theLockIsReleasedWhenTheBodyIsInterrupted() throws InterruptedException {
        // given
        var inside = new CountDownLatch(1);
        var managers = running(context -> context.locks().withLock(SCHEMA, _ -> {
            inside.countDown();
            return new SynchronousQueue<Integer>().take();
        }));
        AttemptId attempt = managers.run(handler("locking"));
        Lease lease = managers.grant(managers.askedOfLocks(LockManager.Acquire.class));
        assertThat(inside.await(20, TimeUnit.SECONDS)).isTrue();

        // when
        managers.threads.tell(new ThreadManager.Cancel(attempt.job(), attempt.epoch()));

        // then
        releasedLease(managers, lease);
        assertThat(managers.outcome(attempt).kind()).isEqualTo(AttemptOutcome.Kind.CANCELLED);
    }

    @Test
    void aLockThatComesAfterItsWaitWasInterruptedIsGivenBackWithTheAttempt() {
        // given
        var managers = running(context -> context.locks().withLock(SCHEMA, Lease::token));
        AttemptId attempt = managers.run(handler("locking"));
        managers.askedOfLocks(LockManager.Acquire.class);

        // when
        managers.threads.tell(new ThreadManager.Cancel(attempt.job(), attempt.epoch()));

        // then
        assertThat(managers.askedOfLocks(LockManager.ReleaseAll.class).attempt())
                .isEqualTo(attempt);
        assertThat(managers.outcome(attempt).kind()).isEqualTo(AttemptOutcome.Kind.CANCELLED);
    }

    @Test
    void aLockThatIsNotGrantedInTimeIsATimeoutThatNamesItsHolder() {
        // given
        var managers = running(context -> context.locks().withLock(SCHEMA, Lease::token));

        // when
        AttemptId attempt = managers.run(handler("locking"));
        var asked = managers.askedOfLocks(LockManager.Acquire.class);
        asked.replyTo()
                .tell(new LockManager.Acquired(new LockAnswer.NotGranted(
                        asked.request().lock(), Owner.named("deploy"), Instant.parse("2026-11-21T12:00:01Z"))));

        // then
        Problem error = Objects.requireNonNull(managers.outcome(attempt).error());
        assertThat(error.code()).isEqualTo(ErrorCode.TIMEOUT);
        assertThat(error.detail()).contains("schema", "deploy", "2026-11-21T12:00:01Z");
    }

    @Test
    void aRefusalReachesTheHandlerAsItIs() {
        // given
        var managers = running(context -> context.locks().withLock(SCHEMA, Lease::token));
        Problem refusal = Problem.of(ErrorCode.CONCURRENCY, "LockManager", "out of order");

        // when
        AttemptId attempt = managers.run(handler("locking"));
        managers.askedOfLocks(LockManager.Acquire.class).replyTo().tell(new ManagerReply.Refused(refusal));

        // then
        assertThat(managers.outcome(attempt).error()).isEqualTo(refusal);
    }

    @Test
    @Proves("T-32")
    void whatTheHandlerForgotIsReleasedWithItsAttempt() {
        // given
        var managers = running(context -> {
            context.locks().acquire(SCHEMA).toCompletableFuture().get();
            return null;
        });

        // when
        AttemptId attempt = managers.run(handler("locking"));
        managers.grant(managers.askedOfLocks(LockManager.Acquire.class));

        // then
        assertThat(managers.askedOfLocks(LockManager.ReleaseAll.class).attempt())
                .isEqualTo(attempt);
        assertThat(managers.outcome(attempt).kind()).isEqualTo(AttemptOutcome.Kind.SUCCEEDED);
    }

    @Test
    void afterTheEndOfTheAttemptEveryCallFails() {
        // given
        var kept = new AtomicReference<@Nullable JobContext>();
        var managers = running(context -> {
            kept.set(context);
            return null;
        });
        managers.runToEnd(handler("locking"));

        // when
        var late = Objects.requireNonNull(kept.get()).locks().acquire(SCHEMA);

        // then
        var failure = catchThrowableOfType(
                CompletionException.class, () -> late.toCompletableFuture().join());
        assertThat(failure.getCause())
                .isInstanceOfSatisfying(
                        MillraceException.class,
                        e -> assertThat(e.problem().code()).isEqualTo(ErrorCode.INVALID_STATE));
        managers.locks.expectNoMessage();
    }
}
