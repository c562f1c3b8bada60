package io.millrace.channel.resource;

import static io.millrace.channel.fixture.ChannelManagers.PATIENCE;
import static io.millrace.channel.resource.ResourceCalls.granted;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.AttemptId;
import io.millrace.channel.fixture.TestJobs;
import io.millrace.channel.fixture.TestServices;
import io.millrace.channel.handle.Owners;
import io.millrace.channel.resource.buffer.PendingTransfer;
import io.millrace.contracts.Proves;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.AllocationRequest;
import io.millrace.contracts.resource.ReleaseReason;
import io.millrace.contracts.resource.ResourceState;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.domain.resource.NotedResource;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** How what an attempt holds goes back when the attempt has ended. */
class AttemptReleaseTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final AttemptId FIRST = new AttemptId(TestJobs.id(1), 1, 1);
    private static final AttemptId SECOND = new AttemptId(TestJobs.id(2), 1, 2);

    private final ResourcesUnderTest resources = new ResourcesUnderTest(KIT, TestServices.NODE_LIMITS);
    private final InterceptedNode intercepted = new InterceptedNode(KIT, resources.node);
    private final ResourceCalls channel = resources.channel("mine", intercepted);

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    @Proves("R-42")
    void whatAnAttemptHeldIsStagedAndThenBackTogether() {
        // given
        take(FIRST, ResourceType.FILES, 4);
        take(FIRST, ResourceType.BUFFER, 1);

        // when the attempt ends and the node has not heard of it
        intercepted.keep(NodeResources.GiveBack.class);
        var released = channel.releaseAll(FIRST);
        var giveBack = intercepted.next(NodeResources.GiveBack.class);

        // then
        assertThat(channel.list()).extracting(ResourceView::state).containsOnly(ResourceState.RELEASING);
        assertThat(channel.metrics(ResourceType.FILES).inUse()).isEqualTo(4);

        // when
        intercepted.handOn(giveBack);

        // then
        assertThat(released.receiveMessage(PATIENCE).anythingLeft()).isFalse();
        assertThat(channel.list()).hasSize(2).extracting(ResourceView::state).containsOnly(ResourceState.RELEASED);
        assertThat(channel.metrics(ResourceType.FILES).inUse()).isZero();
    }

    @Test
    void anAttemptIsNotToldOfWhatOthersGaveBack() {
        // given two attempts that end at the same time
        take(FIRST, ResourceType.FILES, 4);
        take(SECOND, ResourceType.FILES, 5);
        intercepted.keep(NodeResources.GiveBack.class);
        var first = channel.releaseAll(FIRST);
        var second = channel.releaseAll(SECOND);
        var ofFirst = intercepted.next(NodeResources.GiveBack.class);
        var ofSecond = intercepted.next(NodeResources.GiveBack.class);

        // when the node has heard of one of them
        intercepted.handOn(ofFirst);

        // then only that one is told, and the other when all it had is back
        assertThat(first.receiveMessage(PATIENCE)).isEqualTo(released(FIRST, 4));
        intercepted.handOn(ofSecond);
        assertThat(second.receiveMessage(PATIENCE)).isEqualTo(released(SECOND, 5));
    }

    @Test
    @Proves("R-34")
    void anAttemptIsToldThatABufferIsStillAccessed() throws Exception {
        // given
        take(FIRST, ResourceType.FILES, 4);
        var buffer = channel.allocateBuffer(FIRST, 100);
        try (var transfer = PendingTransfer.into(buffer.memory())) {

            // when
            var released = channel.releaseAll(FIRST).receiveMessage(PATIENCE);
            var again = channel.releaseAll(FIRST).receiveMessage(PATIENCE);

            // then
            assertThat(released.anythingLeft()).isTrue();
            assertThat(again.anythingLeft()).isTrue();
            assertThat(channel.metrics(ResourceType.FILES).inUse()).isZero();
            transfer.complete(new byte[] {1});
        }
        resources.reports.awaitAssert(
                PATIENCE,
                () -> assertThat(channel.releaseAll(FIRST)
                                .receiveMessage(PATIENCE)
                                .anythingLeft())
                        .isFalse());
        assertThat(channel.show(buffer.handle()).reason()).isEqualTo(ReleaseReason.OWNER_ENDED);
    }

    private ResourceManager.AllReleased released(AttemptId attempt, long files) {
        String id = channel.list().stream()
                .filter(view -> view.owner().equals(Owners.of(attempt)))
                .map(view -> view.handle().id())
                .findFirst()
                .orElseThrow();
        var resources = new NotedResource(ResourceType.FILES, null, 1, files, List.of(id));
        return new ResourceManager.AllReleased(attempt, List.of(resources), false);
    }

    private void take(AttemptId attempt, ResourceType type, long size) {
        granted(channel.allocateLater(Owners.of(attempt), AllocationRequest.of(type, size)));
    }
}
