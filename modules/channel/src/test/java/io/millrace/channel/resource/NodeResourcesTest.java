package io.millrace.channel.resource;

import static io.millrace.channel.fixture.ChannelManagers.PATIENCE;
import static io.millrace.channel.resource.ResourceCalls.granted;
import static io.millrace.channel.resource.ResourceCalls.refusal;
import static io.millrace.channel.resource.ResourceCalls.waiting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.channel.AttemptId;
import io.millrace.channel.Instruments;
import io.millrace.channel.fixture.TestJobs;
import io.millrace.channel.fixture.TestServices;
import io.millrace.channel.handle.Owners;
import io.millrace.channel.resource.buffer.BufferPools;
import io.millrace.channel.resource.buffer.PendingTransfer;
import io.millrace.channel.resource.buffer.ScarceMemory;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.AllocationRequest;
import io.millrace.contracts.resource.ResourceState;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What several channels share on one node. */
class NodeResourcesTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final long MEGABYTE = 1 << 20;
    /** Less than a channel may have. */
    private static final NodeLimits SMALL = new NodeLimits(MEGABYTE, 10, 10, 10, 10, 10);

    private static final AttemptId ATTEMPT = new AttemptId(TestJobs.id(1), 1, 1);
    private static final Owner WORKER = Owners.of(ATTEMPT);

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @ParameterizedTest
    @EnumSource
    @Proves("R-26")
    void theLimitOfTheNodeHoldsForAllItsChannelsTogether(ResourceType type) {
        // given one channel that holds all the node has
        var resources = new ResourcesUnderTest(KIT, SMALL);
        var first = resources.channel("first", ChannelSpec.DEFAULT);
        var second = resources.channel("second", ChannelSpec.DEFAULT);
        long all = SMALL.of(type);
        var held = first.allocate(type, all);

        // when
        var problem = second.refusalOf(AllocationRequest.of(type, 1));

        // then
        assertThat(problem.code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(problem.context())
                .containsEntry("type", type.wireName())
                .containsEntry("limit", all)
                .containsEntry("inUse", all);
        assertThat(second.metrics(type).inUse()).isZero();
        first.release(held.handle());
        assertThat(second.allocate(type, 1).state()).isEqualTo(ResourceState.GRANTED);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BUFFER")
    @Proves("R-26")
    void theLimitOfTheChannelHoldsWhereTheNodeHasMore(ResourceType type) {
        // given
        var resources = new ResourcesUnderTest(KIT, TestServices.NODE_LIMITS);
        var channel = resources.channel("first", ChannelSpec.DEFAULT);
        long limit = channel.metrics(type).limit();
        channel.allocate(type, limit);

        // when
        var problem = channel.refusalOf(AllocationRequest.of(type, 1));

        // then
        assertThat(limit).isLessThan(TestServices.NODE_LIMITS.of(type));
        assertThat(problem.code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(problem.context()).containsEntry("limit", limit).containsEntry("requested", 1L);
    }

    @Test
    @Proves("R-26")
    void moreThanTheNodeCanEverHaveIsRefusedEvenIfTheRequestWouldWait() {
        // given
        var channel = new ResourcesUnderTest(KIT, SMALL).channel("first", ChannelSpec.DEFAULT);

        // when
        var problem = channel.refusalOf(waiting(ResourceType.MEMORY, 11, LONG));

        // then
        assertThat(problem.code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(problem.context()).containsEntry("requested", 11L).containsEntry("limit", 10L);
        assertThat(channel.metrics(ResourceType.MEMORY).inUse()).isZero();
    }

    @Test
    @Proves("B-134")
    void channelsAreServedInTheOrderInWhichTheyAsked() {
        // given
        var resources = new ResourcesUnderTest(KIT, SMALL);
        var first = resources.channel("first", ChannelSpec.DEFAULT);
        var second = resources.channel("second", ChannelSpec.DEFAULT);
        var third = resources.channel("third", ChannelSpec.DEFAULT);
        var held = first.allocate(ResourceType.FILES, 10);
        var large = second.allocateLater(waiting(ResourceType.FILES, 10, LONG));
        assertThat(second.metrics(ResourceType.FILES).waiters()).isOne();
        var small = third.allocateLater(waiting(ResourceType.FILES, 1, LONG));
        assertThat(third.metrics(ResourceType.FILES).waiters()).isOne();
        assertThat(resources.figures().waiters()).isEqualTo(2);

        // when
        first.release(held.handle());

        // then the small request does not pass the large one
        var grantedFirst = granted(large);
        assertThat(resources.figures().waiters()).isOne();
        second.release(grantedFirst.handle());
        assertThat(granted(small).amount()).isOne();
        assertThat(resources.figures().waiters()).isZero();
    }

    @Test
    void aWishThatIsGivenUpWhileTheNodeGrantsItLeavesNothingBehind() {
        // given a wish on its way to the node whose owner ends meanwhile
        var resources = new ResourcesUnderTest(KIT, SMALL);
        var intercepted = new InterceptedNode(KIT, resources.node);
        var channel = resources.channel("first", intercepted);
        intercepted.keep(NodeResources.Command.class);
        var answers = channel.allocateLater(WORKER, waiting(ResourceType.BUFFER, MEGABYTE, LONG));
        var take = intercepted.next(NodeResources.Take.class);
        channel.releaseAll(ATTEMPT).receiveMessage(PATIENCE);
        var withdraw = intercepted.next(NodeResources.Withdraw.class);

        // when the node grants it and then hears of it
        intercepted.handOn(take);
        intercepted.handOn(withdraw);
        intercepted.keepNothing();

        // then
        assertThat(refusal(answers).code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(resources.figures().inUse()).containsEntry(ResourceType.BUFFER, 0L);
        assertThat(channel.list()).isEmpty();
        assertThat(channel.allocate(ResourceType.BUFFER, MEGABYTE).amount()).isEqualTo(MEGABYTE);
    }

    @Test
    void whatNobodyHoldsIsBackHoweverOftenItIsGivenBack() {
        // given
        var accounts = new NodeAccounts<String>(SMALL, new BufferPools(SMALL.bufferBytes()));

        // then
        assertThat(accounts.giveBack("channel", List.of("unknown"))).containsExactly("unknown");
        assertThat(accounts.reclaim("channel")).isZero();
    }

    @Test
    @Proves("R-01")
    void whatTheChannelsHoldIsTogetherWhatTheNodeHasInUse() {
        // given
        var resources = new ResourcesUnderTest(KIT, TestServices.NODE_LIMITS);
        var first = resources.channel("first", ChannelSpec.DEFAULT);
        var second = resources.channel("second", ChannelSpec.DEFAULT);

        // when
        for (ResourceType type : ResourceType.values()) {
            first.allocate(type, 3);
            second.allocate(type, 4);
            second.release(second.allocate(type, 2).handle());
        }

        // then
        var figures = resources.figures();
        for (ResourceType type : ResourceType.values()) {
            long sum = first.metrics(type).inUse() + second.metrics(type).inUse();
            assertThat(figures.inUse()).as("%s", type).containsEntry(type, sum);
            assertThat(sum).isPositive();
        }
        assertThat(figures.buffers().total().inUseBytes())
                .isEqualTo(figures.inUse().get(ResourceType.BUFFER));
    }

    @Test
    @Proves("R-57")
    void whatAManagerHeldThatIsGoneIsTakenBackAndGoesToTheNextChannel() {
        // given a channel that holds everything, and another that waits for it
        var resources = new ResourcesUnderTest(KIT, SMALL);
        var first = resources.channel("first", ChannelSpec.DEFAULT);
        var second = resources.channel("second", ChannelSpec.DEFAULT);
        for (ResourceType type : ResourceType.values()) {
            first.allocate(type, SMALL.of(type));
        }
        var waits = second.allocateLater(waiting(ResourceType.BUFFER, MEGABYTE, LONG));

        // when
        KIT.stop(first.manager, PATIENCE);

        // then
        assertThat(granted(waits).amount()).isEqualTo(MEGABYTE);
        assertThat(resources.figures().inUse())
                .containsEntry(ResourceType.BUFFER, MEGABYTE)
                .containsEntry(ResourceType.MEMORY, 0L)
                .containsEntry(ResourceType.FILES, 0L);
        assertThat(reclaimed(resources)).isEqualTo(ResourceType.values().length);
    }

    private static long reclaimed(ResourcesUnderTest resources) {
        return resources.instruments.all().stream()
                .filter(instrument -> instrument.name().equals("millrace_resources_reclaimed_total"))
                .map(Instruments.Counter.class::cast)
                .mapToLong(Instruments.Counter::value)
                .sum();
    }

    @Test
    @Proves({"R-09", "R-34"})
    void aBufferThatIsAccessedWhileItIsGivenBackIsBackWhenTheAccessHasEnded() throws Exception {
        // given
        var resources = new ResourcesUnderTest(KIT, SMALL);
        var channel = resources.channel("first", ChannelSpec.DEFAULT);
        var buffer = channel.allocateBuffer(ATTEMPT, MEGABYTE);
        try (var transfer = PendingTransfer.into(buffer.memory())) {

            // when
            assertThat(channel.release(buffer.handle())).isTrue();

            // then it is neither held nor free
            assertThat(channel.show(buffer.handle()).state()).isEqualTo(ResourceState.RELEASING);
            assertThat(channel.cleanup(buffer.handle()).complete()).isFalse();
            assertThat(channel.metrics(ResourceType.BUFFER).inUse()).isEqualTo(MEGABYTE);
            assertThat(channel.refusalOf(AllocationRequest.of(ResourceType.BUFFER, 1))
                            .code())
                    .isEqualTo(ErrorCode.RESOURCE_LIMIT);
            assertThat(channel.release(buffer.handle())).isFalse();
            assertThat(channel.isolation().violations()).isEmpty();

            // when
            transfer.complete(new byte[] {1});
        }

        // then
        resources.reports.awaitAssert(
                PATIENCE,
                () -> assertThat(channel.cleanup(buffer.handle()).complete()).isTrue());
        assertThat(channel.metrics(ResourceType.BUFFER).inUse()).isZero();
        assertThat(channel.allocate(ResourceType.BUFFER, MEGABYTE).amount()).isEqualTo(MEGABYTE);
    }

    @Test
    @Proves("R-57")
    void aBufferOfADeadManagerThatIsStillAccessedComesBackLater() throws Exception {
        // given
        var resources = new ResourcesUnderTest(KIT, SMALL);
        var first = resources.channel("first", ChannelSpec.DEFAULT);
        var second = resources.channel("second", ChannelSpec.DEFAULT);
        var buffer = first.allocateBuffer(ATTEMPT, MEGABYTE);
        var waits = second.allocateLater(waiting(ResourceType.BUFFER, MEGABYTE, LONG));
        try (var transfer = PendingTransfer.into(buffer.memory())) {
            KIT.stop(first.manager, PATIENCE);
            resources.reports.awaitAssert(
                    PATIENCE, () -> assertThat(reclaimed(resources)).isEqualTo(1));
            assertThat(resources.figures().waiters()).isOne();

            // when
            transfer.complete(new byte[] {1});
        }

        // then
        assertThat(granted(waits).amount()).isEqualTo(MEGABYTE);
        assertThatThrownBy(() -> buffer.memory().get(ValueLayout.JAVA_BYTE, 0))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    @Proves({"R-33", "R-55"})
    void memoryThatTheSystemDoesNotHaveIsRefusedAndNothingIsCharged() {
        // given
        var memory = new ScarceMemory();
        var resources = new ResourcesUnderTest(KIT, SMALL, memory.pools(MEGABYTE));
        var channel = resources.channel("first", ChannelSpec.DEFAULT);
        memory.runOut();

        // when
        var problem = channel.refusalOf(AllocationRequest.of(ResourceType.BUFFER, 5_000));

        // then
        assertThat(problem.code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(problem.context())
                .containsEntry("type", "buffer")
                .containsEntry("requested", 5_000L)
                .containsEntry("limit", MEGABYTE)
                .containsEntry("inUse", 0L);
        assertThat(channel.metrics(ResourceType.BUFFER).inUse()).isZero();
        assertThat(resources.figures().inUse()).containsEntry(ResourceType.BUFFER, 0L);

        // when
        memory.comeBack();

        // then all of it can be granted
        for (int i = 0; i < MEGABYTE / (64 << 10); i++) {
            channel.allocate(ResourceType.BUFFER, 5_000);
        }
        assertThat(resources.figures().inUse()).containsEntry(ResourceType.BUFFER, MEGABYTE);
    }
}
