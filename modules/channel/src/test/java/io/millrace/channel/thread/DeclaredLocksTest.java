package io.millrace.channel.thread;

import static io.millrace.channel.fixture.ChannelManagers.locking;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.fixture.ChannelManagers;
import io.millrace.channel.fixture.TestHandler;
import io.millrace.channel.lock.LockManager;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Proves;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.lock.LockAnswer;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.lock.LockView;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.AttemptOutcome;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attempts whose jobs declare locks. The test plays the lock manager. */
class DeclaredLocksTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final Owner OTHER_JOB = Owner.named("job 01H attempt 1");

    @TempDir
    Path directory;

    private final TestHandler.Gate gate = new TestHandler.Gate("gate");
    private ChannelManagers managers;

    @BeforeEach
    void start() {
        managers = ChannelManagers.with(KIT, directory, gate);
    }

    @AfterEach
    void stop() {
        gate.open();
        managers.close();
    }

    @AfterAll
    static void stopKit() {
        KIT.shutdownTestKit();
    }

    private LockManager.Acquire asked() {
        return managers.askedOfLocks(LockManager.Acquire.class);
    }

    private void isHeldByAnother(LockManager.Acquire asked) {
        asked.replyTo()
                .tell(new LockManager.Acquired(new LockAnswer.NotGranted(
                        asked.request().lock(), OTHER_JOB, Instant.parse("2026-11-21T12:00:01Z"))));
    }

    @Test
    void locksAreTakenOneByOneInTheOrderTheLockManagerKnowsBeforeTheWorkBegins() throws InterruptedException {
        AttemptId attempt = managers.run(locking("gate", "schema", "index"));
        LockManager.Arrange arrange = managers.askedOfLocks(LockManager.Arrange.class);
        assertThat(arrange.locks()).containsExactly(new LockName("schema"), new LockName("index"));
        arrange.replyTo().tell(new LockManager.Arranged(List.of(new LockName("index"), new LockName("schema"))));

        LockManager.Acquire first = asked();
        assertThat(first.request().lock()).isEqualTo(new LockName("index"));
        assertThat(first.owner().job()).isEqualTo(attempt.job());
        assertThat(first.owner().epoch()).isEqualTo(attempt.epoch());
        managers.locks.expectNoMessage();
        managers.grant(first);

        LockManager.Acquire second = asked();
        assertThat(second.request().lock()).isEqualTo(new LockName("schema"));
        assertThat(gate.entered).isEmpty();
        managers.grant(second);

        gate.awaitEntered();
    }

    @Test
    @Proves("T-32")
    void locksAreGivenBackBeforeTheAttemptIsReportedAsEnded() {
        AttemptId attempt = managers.run(locking("gate", "schema"));
        managers.grant(asked());
        gate.open();

        LockManager.ReleaseAll released = managers.askedOfLocks(LockManager.ReleaseAll.class);
        AttemptOutcome outcome = managers.outcome(attempt);

        assertThat(released.attempt()).isEqualTo(attempt);
        assertThat(outcome.kind()).isEqualTo(AttemptOutcome.Kind.SUCCEEDED);
    }

    @Test
    void anAttemptThatWaitsSaysForWhichLockAndWhoHasIt() throws InterruptedException {
        AttemptId attempt = managers.run(locking("gate", "schema"));
        LockManager.Acquire atOnce = asked();
        assertThat(atOnce.request().timeout()).isEqualTo(Duration.ZERO);

        isHeldByAnother(atOnce);

        ChannelReport.AttemptWaits waits = managers.report(ChannelReport.AttemptWaits.class);
        Condition condition = Objects.requireNonNull(waits.condition());
        assertThat(waits.attempt()).isEqualTo(attempt);
        assertThat(condition.type()).isEqualTo("WaitingForLock");
        assertThat(condition.message()).isEqualTo("lock schema is held by job 01H attempt 1 since 12:00:01 UTC");

        LockManager.Acquire patient = asked();
        assertThat(patient.request().timeout()).isEqualTo(Limits.LOCK_WAIT_MAX);
        managers.grant(patient);
        assertThat(managers.report(ChannelReport.AttemptWaits.class).condition())
                .isNull();
        gate.awaitEntered();
    }

    @Test
    void anAttemptThatWaitsHearsOfTheNextHolder() {
        managers.run(locking("gate", "schema"));
        isHeldByAnother(asked());
        managers.report(ChannelReport.AttemptWaits.class);

        managers.askedOfLocks(LockManager.Show.class)
                .replyTo()
                .tell(new LockManager.Shown(new LockView(
                        new LockName("schema"),
                        null,
                        Owner.named("deploy"),
                        5,
                        Instant.parse("2026-11-21T12:34:56Z"),
                        null,
                        List.of())));

        Condition condition = Objects.requireNonNull(
                managers.report(ChannelReport.AttemptWaits.class).condition());
        assertThat(condition.message()).isEqualTo("lock schema is held by deploy since 12:34:56 UTC");
    }

    @Test
    void aWaitThatIsOverBeginsAnew() throws InterruptedException {
        managers.run(locking("gate", "schema"));
        isHeldByAnother(asked());

        isHeldByAnother(asked());

        managers.grant(asked());
        gate.awaitEntered();
    }

    @Test
    void anAnswerToAnEarlierQuestionCountsNoMore() throws InterruptedException {
        managers.run(locking("gate", "schema"));
        LockManager.Acquire earlier = asked();
        LockManager.Acquire again = asked(); // It was not answered, so it is sent once more.

        assertThat(again.requestKey()).isNotNull().isEqualTo(earlier.requestKey());
        earlier.replyTo()
                .tell(new ManagerReply.Refused(Problem.of(ErrorCode.CONCURRENCY, "LockManager", "asked again")));
        managers.grant(again);

        gate.awaitEntered();
    }

    @Test
    void anAttemptFailsWithTheProblemOfTheLockItIsRefused() {
        AttemptId attempt = managers.run(locking("gate", "schema"));
        Problem problem = Problem.of(ErrorCode.CONCURRENCY, "LockManager", "would close a circle");

        asked().replyTo().tell(new ManagerReply.Refused(problem));

        AttemptOutcome outcome = managers.outcome(attempt);
        assertThat(outcome.kind()).isEqualTo(AttemptOutcome.Kind.FAILED);
        assertThat(outcome.error()).isEqualTo(problem);
    }

    @Test
    void anAttemptThatIsCancelledWhileItWaitsGivesUpItsPlace() {
        AttemptId attempt = managers.run(locking("gate", "schema"));
        isHeldByAnother(asked());

        managers.threads.tell(new ThreadManager.Cancel(attempt.job(), attempt.epoch()));

        assertThat(managers.askedOfLocks(LockManager.ReleaseAll.class).attempt())
                .isEqualTo(attempt);
        assertThat(managers.outcome(attempt).kind()).isEqualTo(AttemptOutcome.Kind.CANCELLED);
    }

    @Test
    void theTimeLimitOfAnAttemptCountsWhileItWaits() {
        AttemptId attempt = managers.run(locking("gate", "schema"), Duration.ofMillis(50));
        isHeldByAnother(asked());

        assertThat(managers.outcome(attempt).kind()).isEqualTo(AttemptOutcome.Kind.TIMED_OUT);
        managers.askedOfLocks(LockManager.ReleaseAll.class);
    }

    @Test
    void whoDeclaresNoLocksAsksForNone() {
        assertThat(managers.runToEnd(opened()).kind()).isEqualTo(AttemptOutcome.Kind.SUCCEEDED);

        managers.locks.expectNoMessage();
    }

    private JobSpec opened() {
        gate.open();
        return ChannelManagers.handler("gate");
    }
}
