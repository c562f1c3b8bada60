package io.millrace.channel.resource;

import static io.millrace.channel.fixture.Nothing.nothing;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.AttemptId;
import io.millrace.channel.Inspection;
import io.millrace.channel.fixture.TestJobs;
import io.millrace.channel.fixture.TestServices;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.job.ResourceRequest;
import io.millrace.contracts.job.ResourceType;
import java.time.Duration;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class ResourceManagerTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long MEMORY = ChannelSpec.DEFAULT.resources().memoryBytes();

    private final ResourcesUnderTest resources = new ResourcesUnderTest(KIT, TestServices.NODE_LIMITS);
    private final ActorRef<ResourceManager.Command> manager = resources.manager("resources", ChannelSpec.DEFAULT);

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    void whatIsFreeIsGrantedAtOnceAndCharged() {
        // when
        var answer = acquire(1, memory(1_000), files(3)).receiveMessage(PATIENCE);

        // then
        assertThat(answer).isInstanceOf(ResourceManager.Granted.class);
        assertThat(inUse(ResourceType.MEMORY)).isEqualTo(1_000);
        assertThat(inUse(ResourceType.FILES)).isEqualTo(3);
    }

    @Test
    @Proves("R-40")
    void nothingIsGrantedInPart() {
        // given one type is all taken
        acquire(1, files(200)).receiveMessage(PATIENCE);

        // when an attempt asks for that type and for another
        var answer = acquire(2, memory(1_000), files(1)).receiveMessage(PATIENCE);

        // then it waits, says why, and holds nothing meanwhile
        assertThat(answer).isInstanceOf(ResourceManager.Waits.class);
        assertThat(((ResourceManager.Waits) answer).condition().message()).contains("'files'");
        assertThat(inUse(ResourceType.MEMORY)).isZero();
    }

    @Test
    void waitersAreServedInTheOrderTheyCame() {
        // given
        acquire(1, memory(MEMORY)).receiveMessage(PATIENCE);
        var large = acquire(2, memory(MEMORY));
        var small = acquire(3, memory(1));
        assertThat(large.receiveMessage(PATIENCE)).isInstanceOf(ResourceManager.Waits.class);
        assertThat(small.receiveMessage(PATIENCE)).isInstanceOf(ResourceManager.Waits.class);

        // when
        release(1);

        // then the large request is not passed by the small one
        assertThat(large.receiveMessage(PATIENCE)).isInstanceOf(ResourceManager.Granted.class);
        small.expectNoMessage();
        release(2);
        assertThat(small.receiveMessage(PATIENCE)).isInstanceOf(ResourceManager.Granted.class);
    }

    @Test
    void moreThanTheChannelMayEverHoldIsRefusedWithBothNumbers() {
        // when
        var answer = acquire(1, memory(MEMORY + 1)).receiveMessage(PATIENCE);

        // then
        var problem = ((ResourceManager.Refused) answer).problem();
        assertThat(problem.code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(problem.context())
                .containsEntry("type", "memory")
                .containsEntry("requested", MEMORY + 1)
                .containsEntry("limit", MEMORY);
    }

    @Test
    void aBufferLargerThanTheLargestTierIsRefused() {
        // when
        var answer = acquire(1, buffer((1 << 20) + 1)).receiveMessage(PATIENCE);

        // then
        assertThat(answer).isInstanceOf(ResourceManager.Refused.class);
    }

    @Test
    void aBufferIsChargedToTheSmallestTierThatHoldsIt() {
        // when
        acquire(1, buffer(1), buffer(4_097), buffer(1 << 20)).receiveMessage(PATIENCE);

        // then
        assertThat(inUse(ResourceType.BUFFER)).isEqualTo((4 << 10) + (64 << 10) + (1 << 20));
    }

    @Test
    void askingTwiceChargesOnceAndIsAnsweredTwice() {
        // when
        acquire(1, memory(10)).receiveMessage(PATIENCE);
        var again = acquire(1, memory(10)).receiveMessage(PATIENCE);

        // then
        assertThat(again).isInstanceOf(ResourceManager.Granted.class);
        assertThat(inUse(ResourceType.MEMORY)).isEqualTo(10);
    }

    @Test
    void releasingTwiceCreditsOnce() {
        // given
        acquire(1, memory(10)).receiveMessage(PATIENCE);
        acquire(2, memory(20)).receiveMessage(PATIENCE);

        // when
        release(1);
        release(1);

        // then
        assertThat(inUse(ResourceType.MEMORY)).isEqualTo(20);
    }

    @Test
    void aWaiterThatGivesUpLetsTheNextOneThrough() {
        // given
        acquire(1, memory(MEMORY - 10)).receiveMessage(PATIENCE);
        acquire(2, memory(MEMORY)).receiveMessage(PATIENCE);
        var third = acquire(3, memory(5));
        third.receiveMessage(PATIENCE);

        // when
        release(2);

        // then
        assertThat(third.receiveMessage(PATIENCE)).isInstanceOf(ResourceManager.Granted.class);
    }

    @Test
    void aLoweredLimitRefusesWaitersItCanNeverServe() {
        // given
        acquire(1, files(200)).receiveMessage(PATIENCE);
        var waiting = acquire(2, files(150));
        waiting.receiveMessage(PATIENCE);

        // when
        manager.tell(new ResourceManager.Configure(withFiles(100)));

        // then
        assertThat(waiting.receiveMessage(PATIENCE)).isInstanceOf(ResourceManager.Refused.class);
    }

    @Test
    void theHighestAmountIsRemembered() {
        // given
        acquire(1, memory(700)).receiveMessage(PATIENCE);
        release(1);

        // then
        assertThat(view(ResourceType.MEMORY).peak()).isEqualTo(700);
        assertThat(view(ResourceType.MEMORY).inUse()).isZero();
    }

    @Test
    void aDefectForgetsNothing() {
        // given
        acquire(1, memory(MEMORY)).receiveMessage(PATIENCE);
        var waiting = acquire(2, memory(1));
        waiting.receiveMessage(PATIENCE);

        // when
        manager.tell(new ResourceManager.Configure(nothing()));

        // then what was held is charged, and the waiter is served
        assertThat(inUse(ResourceType.MEMORY)).isEqualTo(MEMORY);
        release(1);
        assertThat(waiting.receiveMessage(PATIENCE)).isInstanceOf(ResourceManager.Granted.class);
    }

    private TestProbe<ResourceManager.Answer> acquire(int n, ResourceRequest... requests) {
        var probe = KIT.<ResourceManager.Answer>createTestProbe();
        manager.tell(new ResourceManager.Acquire(attempt(n), List.of(requests), probe.getRef()));
        return probe;
    }

    private void release(int n) {
        var probe = KIT.<ResourceManager.AllReleased>createTestProbe();
        manager.tell(new ResourceManager.ReleaseAll(attempt(n), probe.getRef()));
        ResourceManager.AllReleased released = probe.receiveMessage(PATIENCE);
        assertThat(released.attempt()).isEqualTo(attempt(n));
        assertThat(released.anythingLeft()).isFalse();
    }

    private Inspection.ResourceView view(ResourceType type) {
        var probe = KIT.<ResourceManager.Resources>createTestProbe();
        manager.tell(new ResourceManager.Snapshot(probe.getRef()));
        return probe.receiveMessage(PATIENCE).types().stream()
                .filter(view -> view.type() == type)
                .findFirst()
                .orElseThrow();
    }

    private long inUse(ResourceType type) {
        return view(type).inUse();
    }

    private static AttemptId attempt(int n) {
        return new AttemptId(TestJobs.id(n), 1, n);
    }

    private static ResourceRequest memory(long bytes) {
        return new ResourceRequest(ResourceType.MEMORY, bytes);
    }

    private static ResourceRequest files(long count) {
        return new ResourceRequest(ResourceType.FILES, count);
    }

    private static ResourceRequest buffer(long bytes) {
        return new ResourceRequest(ResourceType.BUFFER, bytes);
    }

    static ChannelSpec withFiles(int files) {
        var spec = ChannelSpec.DEFAULT;
        return new ChannelSpec(
                spec.threads(),
                new ChannelSpec.Resources(
                        spec.resources().buffers(),
                        spec.resources().memoryBytes(),
                        files,
                        spec.resources().processes()),
                spec.queuedJobsMax(),
                spec.jobKinds(),
                spec.jobTimeout(),
                spec.retention(),
                spec.env(),
                spec.labels());
    }
}
