package io.millrace.channel;

import static io.millrace.channel.CleanupUnderTest.once;
import static io.millrace.channel.CleanupUnderTest.release;
import static io.millrace.channel.CleanupUnderTest.result;
import static io.millrace.channel.CleanupUnderTest.run;
import static io.millrace.channel.CleanupUnderTest.shell;
import static io.millrace.channel.CleanupUnderTest.step;
import static io.millrace.channel.CleanupUnderTest.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.fixture.TestHandler;
import io.millrace.channel.lock.LockManager;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Proves;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.ReleaseScope;
import io.millrace.contracts.cleanup.RollbackResult;
import io.millrace.contracts.cleanup.StepStatus;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.incident.IncidentKind;
import io.millrace.contracts.incident.IncidentPriority;
import io.millrace.contracts.incident.IncidentReport;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.lock.Lease;
import io.millrace.contracts.lock.LockAnswer;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.lock.LockRequest;
import io.millrace.contracts.resource.AllocationRequest;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.contracts.work.Work;
import io.millrace.domain.channel.SubmittedJob;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is taken back, and what is released for good. */
class CleanupRollbackTest {
    private static final LockName SCHEMA = new LockName("schema");
    private static final Owner DEPLOY = Owner.named("deploy");

    @TempDir
    Path data;

    private final TestHandler.Gate gate = new TestHandler.Gate("gate");
    private CleanupUnderTest cleanups;

    @BeforeEach
    void start() {
        cleanups = new CleanupUnderTest(data, gate).started();
    }

    @AfterEach
    void stop() {
        gate.open();
        cleanups.close();
    }

    @Test
    @Proves("C-10")
    void stepsAreUndoneInReverseOrder() {
        cleanups.registered(task("a"), task("b", "a"), once(task("c", run("fail", "c"), null, run("ok", "-c"), "b")));
        assertThat(cleanups.rollback("c").rolledBack()).isFalse();
        cleanups.execute("c");

        RollbackResult rollback = cleanups.rollback("c");

        assertThat(rollback.rolledBack()).isTrue();
        assertThat(cleanups.acted).containsExactly("a", "b", "c", "-c", "-b", "-a");
        assertThat(cleanups.status("c")).isEqualTo(CleanupStatus.ROLLED_BACK);
        assertThat(cleanups.rollback("c").reason()).contains("has been rolled back already");
        assertThat(cleanups.conditions()).isEmpty();
    }

    @Test
    @Proves("C-10")
    void whatCannotBeUndoneIsLeftAsItIs() {
        cleanups.registered(task("a"), once(task("b", run("ok", "b"), null, null, "a")));
        cleanups.execute("b");

        RollbackResult rollback = cleanups.rollback("b");

        assertThat(rollback.rolledBack()).isFalse();
        assertThat(rollback.reason()).contains("'b'", "no undo");
        assertThat(cleanups.acted).containsExactly("a", "b");
    }

    @Test
    void anUndoThatFailsAsksForAPerson() {
        cleanups.registered(task("a", run("ok", "a"), null, run("fail", "-a")));
        cleanups.execute("a");

        RollbackResult rollback = cleanups.rollback("a");

        assertThat(rollback.rolledBack()).isFalse();
        assertThat(rollback.reason()).contains("it is stuck", "a person");
        assertThat(cleanups.status("a")).isEqualTo(CleanupStatus.NEEDS_OPERATOR);
        assertThat(cleanups.conditions()).contains("CleanupNeedsOperator");
        IncidentReport incident = cleanups.incident(IncidentKind.ROLLBACK_FAILED, "a");
        assertThat(incident.severity().priority()).isEqualTo(IncidentPriority.P1);
        assertThat(incident.detail()).contains("neither cleaned up nor as it was", "it is stuck");
    }

    @Test
    void theNextOwnerTellsTheSameOccurrenceAgainAndThatItIsOverWhenItIs() {
        // given
        cleanups.registered(task("a", run("ok", "a"), null, run("fail", "-a")));
        cleanups.execute("a");
        cleanups.rollback("a");
        IncidentReport incident = cleanups.incident(IncidentKind.ROLLBACK_FAILED, "a");

        // when the node is lost
        cleanups.fixture.crash();
        cleanups.fixture.startOnAnotherNode();

        // then
        assertThat(cleanups.incident(IncidentKind.ROLLBACK_FAILED, "a").occurrence())
                .isEqualTo(incident.occurrence());

        // when a person has it executed again
        assertThat(cleanups.execute("a").status()).isEqualTo(CleanupStatus.COMPLETE);

        // then
        assertThat(cleanups.subsided(IncidentKind.ROLLBACK_FAILED, "a").note()).contains("has completed");
    }

    @Test
    @Proves("C-52")
    void anExecutionThatRunsIsStoppedAndTakenBack() throws InterruptedException {
        cleanups.registered(task("a"), task("b", run("gate", ""), null, run("ok", "-b"), "a"), task("c", "b"));
        TestProbe<ManagerReply> executing = cleanups.executing("c");
        gate.awaitEntered();

        RollbackResult rollback = cleanups.rollback("c");

        CleanupResult result = result(executing);
        assertThat(rollback.rolledBack()).isTrue();
        assertThat(cleanups.acted).containsExactly("a", "-b", "-a");
        assertThat(result.status()).isEqualTo(CleanupStatus.ROLLED_BACK);
        assertThat(step(result, "c")).isEqualTo(StepStatus.SKIPPED);
    }

    @Test
    @Proves({"C-26", "C-41"})
    void whatIsReleasedIsWithheldFirstAndGoneWhenTheExecutionHasCompleted() throws InterruptedException {
        // given
        Lease lease = acquired();
        ResourceView buffer = allocated();
        cleanups.registered(
                task("locks", release(ReleaseScope.LOCKS), null, null),
                task("resources", release(ReleaseScope.RESOURCES), null, null),
                task("slow", run("gate", ""), null, null, "locks", "resources"));

        // when it is under way
        TestProbe<ManagerReply> executing = cleanups.executing("slow");
        gate.awaitEntered();
        TestProbe<ManagerReply> refused = cleanups.caller();
        cleanups.fixture.channel().tell(allocation(refused));
        assertThat(refused.expectMessageClass(ManagerReply.Refused.class, CleanupUnderTest.PATIENCE)
                        .problem()
                        .code())
                .isEqualTo(ErrorCode.INVALID_STATE);
        gate.open();

        // then
        CleanupResult result = result(executing);
        assertThat(result.status()).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(result.released().locks()).isOne();
        assertThat(result.released().resources()).isOne();
        assertThat(result.released().bytes()).isGreaterThanOrEqualTo(65_536);
        assertThat(result.isMemoryReclaimed()).isTrue();
        assertThat(released(lease)).isFalse();
        assertThat(released(buffer)).isFalse();
        assertThat(cleanups.rollback("slow").rolledBack()).isFalse();
        assertThat(released(allocated())).isTrue();
    }

    @Test
    @Proves("C-30")
    void whatIsWithheldGoesBackToItsHolderWhenTheExecutionIsTakenBack() {
        Lease lease = acquired();
        ResourceView buffer = allocated();
        cleanups.registered(
                task("locks", release(ReleaseScope.LOCKS), null, null),
                task("resources", release(ReleaseScope.RESOURCES), null, null),
                once(task("last", run("fail", ""), null, null, "locks", "resources")));
        assertThat(cleanups.execute("last").status()).isEqualTo(CleanupStatus.COMPLETE_WITH_FAILURES);

        assertThat(cleanups.rollback("last").rolledBack()).isTrue();

        assertThat(released(lease)).isTrue();
        assertThat(released(buffer)).isTrue();
    }

    @Test
    @Proves("C-10")
    void whatAnotherExecutionHasReleasedForGoodDoesNotGoBackToItsHolder() {
        Lease lease = acquired();
        cleanups.registered(
                task("locks", release(ReleaseScope.LOCKS), null, null),
                once(task("last", run("fail", ""), null, null, "locks")),
                task("again", release(ReleaseScope.LOCKS), null, null));
        assertThat(cleanups.execute("last").status()).isEqualTo(CleanupStatus.COMPLETE_WITH_FAILURES);
        assertThat(cleanups.execute("again").released().locks()).isOne();

        RollbackResult rollback = cleanups.rollback("last");

        assertThat(rollback.rolledBack()).isFalse();
        assertThat(rollback.reason()).contains("released for good", "later execution");
        assertThat(released(lease)).isFalse();

        // and a new owner does not withhold it again from whoever has it now
        Lease anew = acquired();
        cleanups.fixture.crash();
        cleanups.fixture.startOnAnotherNode();
        assertThat(released(anew)).isTrue();
    }

    @Test
    void nothingIsGivenBackWhileAnotherExecutionWithholds() throws InterruptedException {
        Lease lease = acquired();
        cleanups.registered(
                task("locks", release(ReleaseScope.LOCKS), null, null),
                once(task("last", run("fail", ""), null, null, "locks")),
                task("again", release(ReleaseScope.LOCKS), null, null),
                task("slow", run("gate", ""), null, null, "again"));
        cleanups.execute("last");
        TestProbe<ManagerReply> executing = cleanups.executing("slow");
        gate.awaitEntered();

        RollbackResult meanwhile = cleanups.rollback("last");
        gate.open();

        assertThat(meanwhile.rolledBack()).isFalse();
        assertThat(meanwhile.reason()).contains("execution 2 goes on");
        assertThat(result(executing).released().locks()).isOne();
        assertThat(released(lease)).isFalse();
    }

    @Test
    @Proves("C-42")
    void theWholeChannelIsCleanedUp() {
        Lease lease = acquired();
        allocated();
        cleanups.registered(task("a"), task("b", "a"));

        CleanupResult result = cleanups.executeAll();

        assertThat(result.status()).as("%s", result).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(cleanups.acted).containsExactly("a", "b");
        assertThat(result.released().locks()).isOne();
        assertThat(result.released().resources()).isOne();
        assertThat(released(lease)).isFalse();
        assertThat(released(allocated())).isTrue();
    }

    @Test
    void attemptsThatRunAreEndedAndRunAgainBehindTheCleanup() throws InterruptedException {
        SubmittedJob job = submitted(new Work.Handler("gate", null));
        gate.awaitEntered();

        CleanupResult result = cleanups.executeAll();

        assertThat(result.status()).as("%s", result).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(result.released().threads()).isOne();
        gate.awaitEntered();
        gate.open();
        assertThat(cleanups.fixture.awaitEnd(job.id()).state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void processesThatRunAreKilledExceptThoseOfTheCleanup() throws InterruptedException {
        Path started = data.resolve("started");
        SubmittedJob job =
                submitted(new Work.Process(List.of("sh", "-c", "touch " + started + "; sleep 60"), Map.of(), "", null));
        while (!Files.exists(started)) {
            Thread.onSpinWait();
        }
        cleanups.registered(
                task("beside", shell("sleep 0.3"), null, shell("true")),
                task("kill", release(ReleaseScope.PROCESSES), null, null),
                task("all", "beside", "kill"));

        CleanupResult result = cleanups.execute("all");

        assertThat(result.status()).as("%s", result).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(result.released().processes()).isOne();
        assertThat(cleanups.fixture.awaitEnd(job.id()).state()).isEqualTo(JobState.FAILED);
    }

    private SubmittedJob submitted(Work work) {
        SubmittedJob job = cleanups.fixture
                .submissions()
                .accept(List.of(JobSpec.of(work)), null)
                .getFirst();
        cleanups.fixture.submitted(job);
        return job;
    }

    private Lease acquired() {
        TestProbe<ManagerReply> caller = cleanups.caller();
        cleanups.fixture
                .channel()
                .tell(new ChannelRequest.AskLocks(new LockManager.Acquire(
                        DEPLOY,
                        new LockRequest(SCHEMA, Duration.ZERO, Duration.ofMinutes(10), null),
                        null,
                        caller.ref())));
        LockAnswer answer = caller.expectMessageClass(LockManager.Acquired.class, CleanupUnderTest.PATIENCE)
                .answer();
        return ((LockAnswer.Granted) answer).lease();
    }

    private boolean released(Lease lease) {
        TestProbe<ManagerReply> caller = cleanups.caller();
        cleanups.fixture
                .channel()
                .tell(new ChannelRequest.AskLocks(new LockManager.Release(SCHEMA, lease.handle(), caller.ref())));
        return caller.expectMessageClass(LockManager.Released.class, CleanupUnderTest.PATIENCE)
                .wasHeld();
    }

    private static ChannelRequest.AskResources allocation(TestProbe<ManagerReply> caller) {
        return new ChannelRequest.AskResources(new ResourceManager.Allocate(
                DEPLOY, new AllocationRequest(ResourceType.BUFFER, 65_536, null, null), null, null, caller.ref()));
    }

    private ResourceView allocated() {
        TestProbe<ManagerReply> caller = cleanups.caller();
        cleanups.fixture.channel().tell(allocation(caller));
        return caller.expectMessageClass(ResourceManager.Allocated.class, CleanupUnderTest.PATIENCE)
                .resource();
    }

    private boolean released(ResourceView resource) {
        TestProbe<ManagerReply> caller = cleanups.caller();
        cleanups.fixture
                .channel()
                .tell(new ChannelRequest.AskResources(
                        new ResourceManager.Release(Reference.to(resource.handle()), caller.ref())));
        return caller.expectMessageClass(ResourceManager.Released.class, CleanupUnderTest.PATIENCE)
                .wasHeld();
    }
}
