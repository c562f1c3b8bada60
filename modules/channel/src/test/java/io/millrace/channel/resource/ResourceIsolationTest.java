package io.millrace.channel.resource;

import static io.millrace.channel.fixture.ChannelManagers.PATIENCE;
import static io.millrace.channel.fixture.Nothing.nothing;
import static io.millrace.channel.resource.ResourceCalls.granted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.Inspection;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.fixture.Callers;
import io.millrace.channel.fixture.TestJobs;
import io.millrace.channel.fixture.TestServices;
import io.millrace.channel.handle.Owners;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.resource.buffer.BufferMemory;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.handle.BoundaryViolation;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.contracts.handle.IsolationReport.Breach;
import io.millrace.contracts.handle.SecurityBoundary;
import io.millrace.contracts.incident.IncidentKind;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.AllocationRequest;
import io.millrace.contracts.resource.Buffer;
import io.millrace.contracts.resource.ReleaseReason;
import io.millrace.contracts.resource.ResourceState;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.domain.Limits;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the ledger of a channel says, against what is there. */
class ResourceIsolationTest {
    private static final AttemptId ATTEMPT = new AttemptId(TestJobs.id(1), 1, 1);
    private static final String BREACHED = "ResourceIsolationBreached";

    private final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
    private final ManualTime time = ManualTime.get(kit.system());
    private final ResourcesUnderTest resources = new ResourcesUnderTest(kit, TestServices.NODE_LIMITS);
    private final InterceptedNode intercepted = new InterceptedNode(kit, resources.node);
    private final ResourceCalls channel = resources.channel("mine", intercepted);
    private final ResourceCalls other = resources.channel("other", ChannelSpec.DEFAULT);

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    @Test
    @Proves("R-06")
    void channelsThatShareANodeAreIsolated() {
        // given
        for (ResourceType type : ResourceType.values()) {
            channel.allocate(type, 2);
            other.allocate(type, 3);
        }

        // when
        var report = channel.isolation();

        // then
        assertThat(report.violations()).isEmpty();
        assertThat(report.isolated()).isTrue();
        assertThat(report.itemsChecked()).isEqualTo(ResourceType.values().length);
    }

    @Test
    @Proves({"R-06", "R-36", "R-56"})
    void aBufferWithMemoryOfAnotherChannelIsNamedAndTakenAwayAndTheChannelSaysSo() {
        // given
        Buffer theirs = other.allocateBuffer(ATTEMPT, 100);
        theirs.memory().set(ValueLayout.JAVA_BYTE, 0, (byte) 7);
        ResourceView mine = holding(theirs.memory());

        // when
        var report = channel.isolation();

        // then it is named with whose it is
        assertThat(report.isolated()).isFalse();
        assertThat(report.violations())
                .extracting(Breach::subject)
                .containsExactly(mine.handle().id());
        assertThat(report.violations().getFirst().detail())
                .contains("'other'", theirs.handle().id());
        var raised = resources.report(ChannelReport.ConditionRaised.class).condition();
        assertThat(raised.type()).isEqualTo(BREACHED);
        assertThat(raised.message()).contains(mine.handle().id());
        var incident = resources.report(ChannelReport.IncidentSeen.class).report();
        assertThat(incident.kind()).isEqualTo(IncidentKind.ISOLATION_BREACHED);
        assertThat(incident.detail()).contains(mine.handle().id(), "'other'");

        // then it is out of reach here and untouched there
        assertThat(channel.list())
                .singleElement()
                .extracting(ResourceView::reason)
                .isEqualTo(ReleaseReason.RECLAIMED);
        assertThat(theirs.memory().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 7);

        // when the next check finds nothing
        assertThat(channel.isolation().isolated()).isTrue();

        // then
        assertThat(resources.report(ChannelReport.IncidentSubsided.class).subject())
                .isEqualTo("resources");
        assertThat(resources.report(ChannelReport.ConditionCleared.class).type())
                .isEqualTo(BREACHED);
        assertThat(channel.allocate(ResourceType.BUFFER, 100).state()).isEqualTo(ResourceState.GRANTED);
    }

    @Test
    @Proves({"R-05", "R-36"})
    void whatHadMemoryOfAnotherChannelIsRefusedToEveryCommand() {
        // given
        ResourceView mine = holding(other.allocateBuffer(ATTEMPT, 100).memory());
        channel.isolation();

        // when
        var refused = (ManagerReply.Refused) channel.read(mine.handle(), 0);

        // then
        assertThat(refused.problem().code()).isEqualTo(ErrorCode.PERMISSION);
        assertThat(refused.problem().context()).containsEntry("boundary", SecurityBoundary.FOREIGN_REFERENCE.name());
        assertThat(channel.validate(mine.handle()).violations())
                .extracting(BoundaryViolation::boundary)
                .containsExactly(SecurityBoundary.FOREIGN_REFERENCE);
    }

    @Test
    @Proves("R-06")
    void aBufferWithMemoryThatWasGrantedToNobodyIsNamed() {
        try (Arena arena = Arena.ofShared()) {
            // given
            ResourceView mine = holding(arena.allocate(4 << 10));

            // when
            var report = channel.isolation();

            // then
            assertThat(report.violations())
                    .extracting(Breach::subject)
                    .containsExactly(mine.handle().id());
            assertThat(report.violations().getFirst().detail()).contains("granted to nobody");
        }
    }

    @Test
    @Proves("R-30")
    void aChannelThatHoldsSomethingChecksItselfPeriodically() {
        // given
        holding(other.allocateBuffer(ATTEMPT, 100).memory());

        // when nobody asks
        time.timePasses(Limits.ISOLATION_CHECK_INTERVAL);

        // then it is found, and the next period ends the condition
        assertThat(resources
                        .report(ChannelReport.ConditionRaised.class)
                        .condition()
                        .type())
                .isEqualTo(BREACHED);
        time.timePasses(Limits.ISOLATION_CHECK_INTERVAL);
        assertThat(resources.report(ChannelReport.ConditionCleared.class).type())
                .isEqualTo(BREACHED);
    }

    @Test
    void aDefectOfTheManagerDoesNotMakeABreachForgotten() {
        // given
        holding(other.allocateBuffer(ATTEMPT, 100).memory());
        channel.isolation();
        resources.report(ChannelReport.ConditionRaised.class);

        // when
        channel.manager.tell(new ResourceManager.Configure(nothing()));
        channel.isolation();

        // then
        assertThat(resources.report(ChannelReport.ConditionCleared.class).type())
                .isEqualTo(BREACHED);
    }

    @Test
    @Proves("R-06")
    void whatTheNodeDoesNotKnowTwiceIsNamed() {
        // given
        ResourceView held = channel.allocate(ResourceType.FILES, 1);
        intercepted.keep(NodeResources.Audit.class);

        // when the node denies it at both looks
        var answer = channel.later(ResourceManager.VerifyIsolation::new);
        answerAudit(Set.of());
        answerAudit(Set.of());

        // then
        assertThat(reportIn(answer).violations())
                .extracting(Breach::subject)
                .containsExactly(held.handle().id());
    }

    @Test
    @Proves("R-06")
    void whatTheNodeChargesAndTheChannelDoesNotKnowIsNamed() {
        // given
        intercepted.keep(NodeResources.Audit.class);

        // when
        var answer = channel.later(ResourceManager.VerifyIsolation::new);
        answerAudit(Set.of("leaked"));
        answerAudit(Set.of("leaked"));

        // then
        assertThat(reportIn(answer).violations()).extracting(Breach::subject).containsExactly("leaked");
    }

    @Test
    void aGrantAndItsReturnSeenHalfwayAreNoBreach() {
        // given a look at the node just before it granted something
        ResourceView held = channel.allocate(ResourceType.FILES, 1);
        intercepted.keep(NodeResources.Audit.class);
        var answer = channel.later(ResourceManager.VerifyIsolation::new);
        answerAudit(Set.of());
        var second = intercepted.next(NodeResources.Audit.class);

        // when the second look is just before that was returned
        channel.release(held.handle());
        resources.reports.awaitAssert(
                PATIENCE,
                () -> assertThat(channel.cleanup(held.handle()).complete()).isTrue());
        second.replyTo().tell(new NodeResources.Audited(Set.of(held.handle().id()), Map.of(), 0));

        // then
        assertThat(reportIn(answer).violations()).isEmpty();
    }

    @Test
    @Proves("R-06")
    void aProcessWhoseJobHoldsNoneIsNamed() {
        // given a process of an attempt that holds one in the ledger, and one of nobody
        granted(channel.allocateLater(Owners.of(ATTEMPT), AllocationRequest.of(ResourceType.PROCESSES, 1)));
        var orphan = new AttemptId(TestJobs.id(2), 1, 2);
        resources.processes.set(new ProcessManager.Processes(List.of(process(ATTEMPT, 1_001), process(orphan, 1_002))));

        // when
        var report = channel.isolation();

        // then
        assertThat(report.violations())
                .extracting(Breach::kind, Breach::subject)
                .containsExactly(tuple("process", "process 1002"));
        assertThat(report.violations().getFirst().detail())
                .contains(orphan.job().toString());
    }

    @Test
    void aServiceNeedsNoneOfTheLedger() {
        // given
        resources.processes.set(new ProcessManager.Processes(List.of(service(ATTEMPT, 1_001))));

        // when
        var report = channel.isolation();

        // then
        assertThat(report.violations()).isEmpty();
    }

    @Test
    @Proves("R-06")
    void aProcessWithMoreFilesThanItsJobDeclaredIsNamed() {
        // given this process, which has far more than one file open
        granted(channel.allocateLater(Owners.of(ATTEMPT), AllocationRequest.of(ResourceType.PROCESSES, 1)));
        granted(channel.allocateLater(Owners.of(ATTEMPT), AllocationRequest.of(ResourceType.FILES, 1)));
        long pid = ProcessHandle.current().pid();
        resources.processes.set(new ProcessManager.Processes(List.of(process(ATTEMPT, pid))));

        // when
        var report = channel.isolation();

        // then
        assertThat(report.violations()).extracting(Breach::subject).containsExactly("process " + pid);
        assertThat(report.violations().getFirst().detail()).contains("files open", "declared 1");
    }

    @Test
    void noCheckRaisesAFalseAlarmWhileOthersAllocateAndRelease() throws Exception {
        // when some allocate and release, and one checks
        var outcomes = Callers.outcomes(4, number -> number == 0 ? checks(150) : allocations(number));

        // then
        assertThat(outcomes).filteredOn(Exception.class::isInstance).isEmpty();
        assertThat((List<?>) outcomes.getFirst())
                .hasSize(150)
                .allSatisfy(report ->
                        assertThat(((IsolationReport) report).violations()).isEmpty());
    }

    private Callable<List<IsolationReport>> checks(int times) {
        return () -> Stream.generate(channel::isolation).limit(times).toList();
    }

    private Callable<Integer> allocations(int number) {
        return () -> {
            int rounds = 0;
            for (; rounds < 300; rounds++) {
                var held = channel.allocate(rounds % 2 == 0 ? ResourceType.BUFFER : ResourceType.FILES, number);
                channel.release(held.handle());
            }
            return rounds;
        };
    }

    /** A buffer of the channel whose manager is told by mistake that other memory is its own. */
    private ResourceView holding(MemorySegment memory) {
        intercepted.keep(NodeResources.Take.class);
        var answer = channel.allocateLater(AllocationRequest.of(ResourceType.BUFFER, memory.byteSize()));
        var take = intercepted.next(NodeResources.Take.class);
        String id = take.wish().parts().getFirst().id();
        take.replyTo()
                .tell(new NodeResources.Taken(take.wish().number(), Map.of(id, new BufferMemory(memory)), Set.of()));
        intercepted.handOn(take);
        intercepted.keepNothing();
        return granted(answer);
    }

    private void answerAudit(Set<String> charged) {
        intercepted.next(NodeResources.Audit.class).replyTo().tell(new NodeResources.Audited(charged, Map.of(), 0));
    }

    private static IsolationReport reportIn(TestProbe<ManagerReply> answer) {
        return ((ResourceManager.IsolationVerified) answer.receiveMessage(PATIENCE)).report();
    }

    private static Inspection.ProcessView process(AttemptId attempt, long pid) {
        return view(attempt, false, pid);
    }

    private static Inspection.ProcessView service(AttemptId run, long pid) {
        return view(run, true, pid);
    }

    private static Inspection.ProcessView view(AttemptId attempt, boolean isService, long pid) {
        return new Inspection.ProcessView(
                ResourcesUnderTest.NODE,
                new ChannelName("mine"),
                attempt.job(),
                attempt.number(),
                isService,
                pid,
                "sleep",
                Instant.EPOCH);
    }
}
