package io.millrace.channel.resource;

import static io.millrace.channel.fixture.ChannelManagers.PATIENCE;
import static io.millrace.channel.fixture.Nothing.nothing;
import static io.millrace.channel.resource.ResourceCalls.refusal;
import static io.millrace.channel.resource.ResourceCalls.waiting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.millrace.channel.AttemptId;
import io.millrace.channel.fixture.TestJobs;
import io.millrace.channel.fixture.TestServices;
import io.millrace.channel.resource.ResourceManager.Reclaimed;
import io.millrace.channel.resource.ResourceManager.WithheldReleased;
import io.millrace.channel.resource.buffer.PendingTransfer;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Proves;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.job.ResourceRequest;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.AllocationRequest;
import io.millrace.contracts.resource.ReleaseReason;
import io.millrace.contracts.resource.ResourceState;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.domain.Limits;
import io.millrace.domain.resource.NotedResource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a cleanup of the whole channel asks of its resource manager. */
class ResourceCleanupTest {
    private static final byte[] CONTENT = {1, 2, 3};
    private static final AttemptId ATTEMPT = new AttemptId(TestJobs.id(1), 1, 1);
    private static final Duration LONG = Duration.ofMinutes(1);

    private final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
    private final ManualTime time = ManualTime.get(kit.system());
    private final ResourcesUnderTest resources = new ResourcesUnderTest(kit, TestServices.NODE_LIMITS);
    private final InterceptedNode intercepted = new InterceptedNode(kit, resources.node);
    private final ResourceCalls channel = resources.channel("mine", intercepted);

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    // Withholding

    @Test
    @Proves("C-41")
    void whatIsWithheldIsOfNoUseToItsHolderAndStillCharged() {
        // given
        Handle buffer = written();

        // when
        var withheld = withhold();

        // then
        assertThat(withheld).isEqualTo(new ResourceManager.Withheld(1, 4_096));
        Reference named = Reference.to(buffer);
        assertThat(List.of(
                        channel.refusal(replyTo -> new ResourceManager.Write(named, 0, CONTENT, true, replyTo)),
                        channel.refusal(replyTo -> new ResourceManager.Read(named, 0, replyTo)),
                        channel.refusal(replyTo -> new ResourceManager.ShowUsage(named, replyTo)),
                        channel.refusal(replyTo -> new ResourceManager.Validate(named, replyTo)),
                        channel.refusal(replyTo -> new ResourceManager.Release(named, replyTo))))
                .allSatisfy(problem -> {
                    assertThat(problem.code()).isEqualTo(ErrorCode.INVALID_STATE);
                    assertThat(problem.detail()).contains("being cleaned up", "rolled back");
                });
        assertThat(channel.show(buffer).state()).isEqualTo(ResourceState.RELEASING);
        assertThat(channel.cleanup(buffer).complete()).isFalse();
        assertThat(channel.metrics(ResourceType.BUFFER).inUse()).isEqualTo(4_096);
        assertThat(resources.figures().inUse()).containsEntry(ResourceType.BUFFER, 4_096L);
    }

    @Test
    @Proves("C-41")
    void nobodyIsGrantedAnythingDuringACleanup() {
        // given
        channel.allocate(ResourceType.FILES, channel.metrics(ResourceType.FILES).limit());
        var waits = channel.allocateLater(waiting(ResourceType.FILES, 1, LONG));

        // when
        withhold();
        Problem later = channel.refusalOf(AllocationRequest.of(ResourceType.MEMORY, 1));
        TestProbe<ResourceManager.BufferAnswer> handler = kit.createTestProbe();
        channel.manager.tell(new ResourceManager.AllocateBuffer(
                ATTEMPT, AllocationRequest.of(ResourceType.BUFFER, 1), handler.getRef()));

        // then
        var refused = (ResourceManager.BufferRefused) handler.receiveMessage(PATIENCE);
        assertThat(List.of(refusal(waits), later, refused.problem())).allSatisfy(problem -> {
            assertThat(problem.code()).isEqualTo(ErrorCode.INVALID_STATE);
            assertThat(problem.detail()).contains("being cleaned up", "Ask again when the cleanup has ended");
        });
        assertThat(resources.figures().inUse().getOrDefault(ResourceType.MEMORY, 0L))
                .isZero();
    }

    @Test
    @Proves("C-41")
    void anAttemptThatStartsDuringACleanupGetsWhatItDeclaredBehindIt() {
        // given
        withhold();
        TestProbe<ResourceManager.Answer> attempt = kit.createTestProbe();

        // when, then
        channel.manager.tell(new ResourceManager.Acquire(
                ATTEMPT, List.of(new ResourceRequest(ResourceType.FILES, 3)), attempt.getRef()));
        var waits = (ResourceManager.Waits) attempt.receiveMessage(PATIENCE);
        assertThat(waits.condition().message()).contains("cleanup");

        release();
        assertThat(attempt.receiveMessage(PATIENCE)).isInstanceOf(ResourceManager.Granted.class);
    }

    @Test
    void aDefectDuringACleanupChangesNothing() {
        // given
        Handle buffer = written();
        var withheld = withhold();

        // when
        channel.manager.tell(new ResourceManager.Configure(nothing()));

        // then
        assertThat(withhold()).isEqualTo(withheld);
        assertThat(channel.refusalOf(AllocationRequest.of(ResourceType.FILES, 1))
                        .code())
                .isEqualTo(ErrorCode.INVALID_STATE);
        restore();
        assertThat(content(buffer)).startsWith(CONTENT);
    }

    // Taking it back

    @Test
    void whatIsRestoredIsItsHoldersAsBefore() {
        // given
        Handle buffer = written();
        ResourceView before = channel.show(buffer);
        withhold();

        // when
        restore();
        restore();

        // then
        assertThat(channel.show(buffer)).isEqualTo(before);
        assertThat(content(buffer)).isEqualTo(CONTENT);
        assertThat(channel.validate(buffer).violations()).isEmpty();
        assertThat(channel.allocate(ResourceType.FILES, 1).state()).isEqualTo(ResourceState.GRANTED);
        assertThat(channel.release(buffer)).isTrue();
        assertThat(channel.release(buffer)).isFalse();
    }

    @Test
    void whatOutlivedItsTimeInACleanupGoesBackWhenItIsRestored() {
        // given
        var request = new AllocationRequest(ResourceType.FILES, 2, null, Limits.RESOURCE_TTL_MIN);
        Handle files = ResourceCalls.granted(channel.allocateLater(request)).handle();
        withhold();
        resources.pass(time, Limits.RESOURCE_TTL_MIN);
        assertThat(channel.show(files).state()).isEqualTo(ResourceState.RELEASING);
        assertThat(channel.metrics(ResourceType.FILES).inUse()).isEqualTo(2);

        // when
        restore();

        // then
        resources.reports.awaitAssert(
                PATIENCE, () -> assertThat(channel.show(files).reason()).isEqualTo(ReleaseReason.EXPIRED));
    }

    // Giving it back

    @Test
    @Proves({"C-26", "C-27"})
    void aReleaseIsAnsweredWhenTheNodeHasEverything() {
        // given
        Handle buffer = written();
        channel.allocate(ResourceType.FILES, 5);
        withhold();
        intercepted.keep(NodeResources.GiveBack.class);

        // when
        var released = releaseLater();
        var giveBack = intercepted.next(NodeResources.GiveBack.class);
        released.expectNoMessage();
        intercepted.handOn(giveBack);

        // then
        WithheldReleased answer = released.receiveMessage(PATIENCE);
        assertThat(answer.resources()).isEqualTo(2);
        assertThat(answer.bytes()).isEqualTo(4_096);
        assertThat(answer.released())
                .extracting(NotedResource::type, NotedResource::amount)
                .containsExactly(tuple(ResourceType.BUFFER, 4_096L), tuple(ResourceType.FILES, 5L));
        assertThat(answer.isEverythingBack()).isTrue();
        assertThat(answer.left()).isEmpty();
        assertThat(channel.list()).extracting(ResourceView::state).containsOnly(ResourceState.RELEASED);
        assertThat(channel.show(buffer).reason()).isEqualTo(ReleaseReason.CLEANED_UP);
        assertThat(resources.figures().inUse().values()).containsOnly(0L);
        assertThat(resources.figures().buffers().total().inUseBytes()).isZero();
        assertThat(resources.figures().buffers().total().returningBytes()).isZero();
        assertThat(verified()).isEqualTo(new Reclaimed(true, List.of()));
    }

    @Test
    void aReleaseThatTakesTooLongNamesWhatIsNotBack() {
        // given
        Handle buffer = written();
        withhold();
        intercepted.keep(NodeResources.GiveBack.class);

        // when
        var released = releaseLater();
        intercepted.next(NodeResources.GiveBack.class);
        resources.pass(time, Limits.MANAGER_ANSWER_MAX);

        // then
        var answer = released.receiveMessage(PATIENCE);
        assertThat(answer.isEverythingBack()).isFalse();
        assertThat(answer.left()).singleElement().asString().contains(buffer.id(), "'ann'");
        assertThat(answer.resources()).isOne();
    }

    @Test
    void aReleaseThatIsAskedForAgainSaysTheSameAndReleasesNothingNew() {
        // given
        written();
        withhold();
        var first = release();
        Handle later = channel.allocate(ResourceType.FILES, 1).handle();

        // when
        channel.manager.tell(new ResourceManager.Configure(nothing()));
        var again = release();

        // then
        assertThat(again).isEqualTo(first);
        assertThat(channel.show(later).state()).isEqualTo(ResourceState.GRANTED);
    }

    @Test
    void aDefectDuringAReleaseDelaysNoAnswer() {
        // given
        written();
        withhold();
        intercepted.keep(NodeResources.GiveBack.class);
        var released = releaseLater();
        intercepted.next(NodeResources.GiveBack.class);

        // when
        channel.manager.tell(new ResourceManager.Configure(nothing()));
        channel.list();
        resources.pass(time, Limits.MANAGER_ANSWER_MAX);

        // then
        assertThat(released.receiveMessage(PATIENCE).isEverythingBack()).isFalse();
    }

    // Verification

    @Test
    void whatIsStillWithheldIsNotReclaimed() {
        // given
        Handle buffer = written();
        withhold();

        // when
        Reclaimed reclaimed = verified();

        // then
        assertThat(reclaimed.isReclaimed()).isFalse();
        assertThat(reclaimed.problems()).singleElement().asString().contains(buffer.id(), "withheld");
    }

    @Test
    void whatAttemptsHoldIsNoProblem() {
        channel.allocateBuffer(ATTEMPT, 100);

        assertThat(verified()).isEqualTo(new Reclaimed(true, List.of()));
    }

    @Test
    void aBufferThatIsStillAccessedIsNotReclaimed() throws Exception {
        // given
        var buffer = channel.allocateBuffer(ATTEMPT, 100);
        try (var transfer = PendingTransfer.into(buffer.memory())) {
            channel.releaseAll(ATTEMPT).receiveMessage(PATIENCE);

            // when
            Reclaimed reclaimed = verified();

            // then
            assertThat(reclaimed.problems())
                    .singleElement()
                    .asString()
                    .contains(buffer.handle().id(), "accessed");
            transfer.complete(new byte[] {1});
        }
    }

    @Test
    void whatTheNodeChargesAndTheChannelDoesNotKnowIsNotReclaimed() {
        // given
        intercepted.keep(NodeResources.Audit.class);

        // when
        var verified = verifiedLater();
        for (int look = 0; look < 2; look++) {
            intercepted
                    .next(NodeResources.Audit.class)
                    .replyTo()
                    .tell(new NodeResources.Audited(Set.of("lost"), Map.of(), 8_192));
        }

        // then
        var reclaimed = verified.receiveMessage(PATIENCE);
        assertThat(reclaimed.isReclaimed()).isFalse();
        assertThat(reclaimed.problems())
                .hasSize(2)
                .anyMatch(problem -> problem.contains("lost"))
                .anyMatch(problem -> problem.contains("8192 bytes"));
    }

    @Test
    void whatIsWrongOnlyOnceIsAReturnUnderWay() {
        // given
        intercepted.keep(NodeResources.Audit.class);

        // when
        var verified = verifiedLater();
        intercepted
                .next(NodeResources.Audit.class)
                .replyTo()
                .tell(new NodeResources.Audited(Set.of("lost"), Map.of(), 0));
        intercepted.next(NodeResources.Audit.class).replyTo().tell(new NodeResources.Audited(Set.of(), Map.of(), 0));

        // then
        assertThat(verified.receiveMessage(PATIENCE)).isEqualTo(new Reclaimed(true, List.of()));
    }

    @Test
    void aNodeThatSaysNothingProvesNothing() {
        // given
        intercepted.keep(NodeResources.Audit.class);

        // when
        var verified = verifiedLater();
        for (int look = 0; look < 2; look++) {
            intercepted.next(NodeResources.Audit.class);
            resources.pass(time, Limits.MANAGER_ANSWER_MAX);
        }

        // then
        assertThat(verified.receiveMessage(PATIENCE).isReclaimed()).isFalse();
    }

    private Handle written() {
        Handle buffer = channel.allocate(ResourceType.BUFFER, 3).handle();
        channel.write(buffer, 0, CONTENT, true);
        return buffer;
    }

    private byte[] content(Handle buffer) {
        return ((ResourceManager.Content) channel.read(buffer, 0)).part();
    }

    private <T> TestProbe<T> tell(Function<ActorRef<T>, ResourceManager.Command> command) {
        TestProbe<T> probe = kit.createTestProbe();
        channel.manager.tell(command.apply(probe.getRef()));
        return probe;
    }

    private ResourceManager.Withheld withhold() {
        return tell(ResourceManager.Withhold::new).receiveMessage(PATIENCE);
    }

    private void restore() {
        tell(ResourceManager.Restore::new).receiveMessage(PATIENCE);
    }

    private WithheldReleased release() {
        return releaseLater().receiveMessage(PATIENCE);
    }

    private TestProbe<WithheldReleased> releaseLater() {
        return tell(ResourceManager.ReleaseWithheld::new);
    }

    private Reclaimed verified() {
        return verifiedLater().receiveMessage(PATIENCE);
    }

    private TestProbe<Reclaimed> verifiedLater() {
        return tell(ResourceManager.VerifyReclaimed::new);
    }
}
