package io.millrace.channel.resource;

import static io.millrace.channel.fixture.Nothing.nothing;
import static io.millrace.channel.resource.ResourceCalls.ANN;
import static io.millrace.channel.resource.ResourceCalls.granted;
import static io.millrace.channel.resource.ResourceCalls.refusal;
import static io.millrace.channel.resource.ResourceCalls.waiting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.fixture.ChannelManagers;
import io.millrace.channel.fixture.TestJobs;
import io.millrace.channel.fixture.TestServices;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.job.ResourceRequest;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.AllocationRequest;
import io.millrace.contracts.resource.BufferTier;
import io.millrace.contracts.resource.ReleaseReason;
import io.millrace.contracts.resource.ResourceLimit;
import io.millrace.contracts.resource.ResourceState;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Asking the manager of a channel for resources, and giving them back. */
class AllocationTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final int FILES = ChannelSpec.DEFAULT.resources().files();

    private final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
    private final ManualTime time = ManualTime.get(kit.system());
    private final ResourcesUnderTest resources = new ResourcesUnderTest(kit, TestServices.NODE_LIMITS);
    private final ResourceCalls channel = resources.channel("mine", ChannelSpec.DEFAULT);

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    @ParameterizedTest
    @EnumSource
    @Proves({"R-02", "B-134", "B-141"})
    void eachTypeIsGrantedWithAHandleThatNamesItsOwner(ResourceType type) {
        // when
        ResourceView view = channel.allocate(type, 3);

        // then
        assertThat(view.type()).isEqualTo(type);
        assertThat(view.requested()).isEqualTo(3);
        assertThat(view.amount()).isEqualTo(type == ResourceType.BUFFER ? 4_096 : 3);
        assertThat(view.tier()).isEqualTo(type == ResourceType.BUFFER ? BufferTier.SMALL : null);
        assertThat(view.state()).isEqualTo(ResourceState.GRANTED);
        assertThat(view.owner()).isEqualTo(ANN);
        assertThat(view.acquired()).isNotNull();
        assertThat(TestServices.SEALS.isGenuine(view.handle())).isTrue();
        assertThat(channel.show(view.handle())).isEqualTo(view);
        assertThat(channel.list()).containsExactly(view);
    }

    @ParameterizedTest
    @CsvSource({"BUFFER, 0", "BUFFER, -1", "MEMORY, 0", "FILES, -5"})
    @Proves("R-02")
    void aSizeThatNothingHasIsNotValid(ResourceType type, long size) {
        Problem problem = channel.refusalOf(AllocationRequest.of(type, size));

        assertThat(problem.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(problem.violations()).extracting("field").containsExactly("size");
        assertThat(channel.list()).isEmpty();
    }

    @Test
    void waitsAndTimesToLiveHaveBounds() {
        // given
        var tooLong = new AllocationRequest(
                ResourceType.FILES, 1, Limits.RESOURCE_WAIT_MAX.plusMillis(1), Limits.RESOURCE_TTL_MAX.plusMillis(1));
        var tooShort = new AllocationRequest(
                ResourceType.FILES, 1, Duration.ofMillis(-1), Limits.RESOURCE_TTL_MIN.minusMillis(1));

        // then
        assertThat(channel.refusalOf(tooLong).violations()).extracting("field").containsExactly("timeout", "ttl");
        assertThat(channel.refusalOf(tooShort).violations()).extracting("field").containsExactly("timeout", "ttl");
    }

    @Test
    @Proves({"R-24", "R-33"})
    void aBufferLargerThanAnyIsRefusedWithTheLargestSize() {
        Problem problem = channel.refusalOf(AllocationRequest.of(ResourceType.BUFFER, (1 << 20) + 1));

        assertThat(problem.code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(problem.context()).containsEntry("requested", (1L << 20) + 1).containsEntry("limit", 1L << 20);
    }

    @Test
    @Proves({"R-25", "R-33", "R-35"})
    void whatIsNotThereIsRefusedWithTheNumbersAndNothingIsCharged() {
        // given
        channel.allocate(ResourceType.FILES, FILES - 1);

        // when
        Problem problem = channel.refusalOf(AllocationRequest.of(ResourceType.FILES, 2));

        // then
        assertThat(problem.code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(problem.context())
                .containsEntry("type", "files")
                .containsEntry("requested", 2L)
                .containsEntry("limit", (long) FILES)
                .containsEntry("inUse", FILES - 1L);
        assertThat(channel.list()).hasSize(1);
        assertThat(channel.metrics(ResourceType.FILES).inUse()).isEqualTo(FILES - 1);
        assertThat(channel.metrics(ResourceType.FILES).refused()).isOne();
        assertThat(resources.figures().inUse()).containsEntry(ResourceType.FILES, FILES - 1L);
    }

    @Test
    @Proves({"B-134", "B-135"})
    void whoWaitsIsServedInTheOrderOfAsking() {
        // given
        ResourceView all = channel.allocate(ResourceType.FILES, FILES);
        var large = channel.allocateLater(waiting(ResourceType.FILES, FILES, LONG));
        var small = channel.allocateLater(waiting(ResourceType.FILES, 1, LONG));
        assertThat(channel.metrics(ResourceType.FILES).waiters()).isEqualTo(2);

        // when
        channel.release(all.handle());

        // then
        ResourceView next = granted(large);
        assertThat(channel.metrics(ResourceType.FILES).waiters()).isOne();
        channel.release(next.handle());
        assertThat(granted(small).amount()).isOne();
    }

    @Test
    @Proves("B-134")
    void whoWaitsInVainIsToldSoAndWhoHoldsMost() {
        // given
        channel.allocate(ResourceType.FILES, FILES);
        var waiting = channel.allocateLater(Owner.named("bob"), waiting(ResourceType.FILES, 1, Duration.ofSeconds(2)));
        assertThat(channel.metrics(ResourceType.FILES).waiters()).isOne();

        // when
        resources.pass(time, Duration.ofSeconds(1));
        assertThat(channel.metrics(ResourceType.FILES).waiters()).isOne();
        resources.pass(time, Duration.ofSeconds(1));

        // then
        Problem problem = refusal(waiting);
        assertThat(problem.code()).isEqualTo(ErrorCode.TIMEOUT);
        assertThat(problem.detail()).contains("'ann'");
        assertThat(problem.context()).containsEntry("holder", "ann");
        assertThat(channel.metrics(ResourceType.FILES).waiters()).isZero();
    }

    @Test
    void whatHasATimeToLiveIsTakenBackAtItsEnd() {
        // given
        var view = granted(
                channel.allocateLater(new AllocationRequest(ResourceType.BUFFER, 1, null, Duration.ofSeconds(2))));
        assertThat(view.expiresAt()).isNotNull();

        // when
        resources.pass(time, Duration.ofSeconds(1));
        assertThat(channel.show(view.handle()).state()).isEqualTo(ResourceState.GRANTED);
        resources.pass(time, Duration.ofSeconds(1));

        // then
        awaitReleased(view);
        assertThat(channel.show(view.handle()).reason()).isEqualTo(ReleaseReason.EXPIRED);
        assertThat(channel.metrics(ResourceType.BUFFER).inUse()).isZero();
    }

    @Test
    @Proves({"R-04", "R-09"})
    void aResourceIsReleasedOnceAndCreditedOnce() {
        // given
        ResourceView first = channel.allocate(ResourceType.FILES, 2);
        channel.allocate(ResourceType.FILES, 3);
        assertThat(channel.cleanup(first.handle()).complete()).isFalse();

        // when
        assertThat(channel.release(first.handle())).isTrue();
        assertThat(channel.release(first.handle())).isFalse();
        assertThat(channel.release(Reference.byId("01J9ZQ4V5B6C7D8E9F0G1H2J3K")))
                .isFalse();

        // then
        awaitReleased(first);
        assertThat(channel.metrics(ResourceType.FILES).inUse()).isEqualTo(3);
    }

    @Test
    @Proves("R-27")
    void theHistoryOfAHandleIsWhatHappenedToIt() {
        // given
        ResourceView view = channel.allocate(ResourceType.BUFFER, 10);

        // when
        channel.write(view.handle(), 0, new byte[10], true);
        channel.release(view.handle());
        awaitReleased(view);

        // then
        var history = channel.show(view.handle()).history();
        assertThat(history).extracting(ResourceView.Step::state).containsExactly(ResourceState.values());
        assertThat(history).extracting(ResourceView.Step::at).isSorted();
        assertThat(channel.show(view.handle()).released())
                .isEqualTo(history.getLast().at());
    }

    @Test
    void aKeyThatIsUsedAgainGetsTheSameResource() {
        // given
        var first = (ResourceManager.Allocated) keyed("key", "body").receiveMessage(ChannelManagers.PATIENCE);

        // when
        var again = (ResourceManager.Allocated) keyed("key", "body").receiveMessage(ChannelManagers.PATIENCE);

        // then
        assertThat(first.isReplayed()).isFalse();
        assertThat(again.isReplayed()).isTrue();
        assertThat(again.resource().handle()).isEqualTo(first.resource().handle());
        assertThat(channel.metrics(ResourceType.FILES).inUse()).isOne();
        assertThat(refusal(keyed("key", "other body")).code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
    }

    @Test
    void aKeyWhoseRequestStillWaitsGetsWhatThatOneGets() {
        // given
        ResourceView all = channel.allocate(ResourceType.FILES, FILES);
        var first = keyed("key", "body");
        var again = keyed("key", "body");

        // when
        channel.release(all.handle());

        // then
        assertThat(granted(again).handle()).isEqualTo(granted(first).handle());
        assertThat(channel.metrics(ResourceType.FILES).inUse()).isOne();
    }

    @Test
    void aKeyOfADeletedChannelSaysNothingToTheNextOfItsName() {
        // given
        var first = (ResourceManager.Allocated) keyed("key", "body").receiveMessage(ChannelManagers.PATIENCE);

        // when
        channel.manager.tell(ResourceManager.ReleaseEverything.INSTANCE);
        var next = (ResourceManager.Allocated) keyed("key", "body").receiveMessage(ChannelManagers.PATIENCE);

        // then
        assertThat(next.isReplayed()).isFalse();
        assertThat(next.resource().handle()).isNotEqualTo(first.resource().handle());
        assertThat(channel.release(next.resource().handle())).isTrue();
        assertThat(channel.release(first.resource().handle())).isFalse();
    }

    private TestProbe<ManagerReply> keyed(String key, String bodyHash) {
        var request = waiting(ResourceType.FILES, 1, LONG);
        return channel.later(replyTo -> new ResourceManager.Allocate(ANN, request, key, bodyHash, replyTo));
    }

    @Test
    @Proves("R-08")
    void limitsAreThoseOfTheChannelBesideThoseOfTheNode() {
        // when
        var limits = ((ResourceManager.Limited) channel.ask(ResourceManager.ShowLimits::new)).limits();

        // then
        assertThat(limits).extracting(ResourceLimit::type).containsExactly(ResourceType.values());
        assertThat(limits.get(ResourceType.FILES.ordinal()))
                .isEqualTo(new ResourceLimit(ResourceType.FILES, FILES, TestServices.NODE_LIMITS.files(), 0, Map.of()));
        assertThat(limits.get(ResourceType.BUFFER.ordinal()).tiers())
                .containsEntry(BufferTier.SMALL, 500)
                .containsEntry(BufferTier.MEDIUM, 250)
                .containsEntry(BufferTier.LARGE, 125);
    }

    @Test
    @Proves({"R-10", "R-41", "B-136"})
    void whatIsInUseAndWhatIsAvailableAreTheLimitAndFiguresAreCopies() {
        // given
        for (ResourceType type : ResourceType.values()) {
            channel.release(channel.allocate(type, 5).handle());
            channel.allocate(type, 2);
        }

        // when
        var metrics = channel.metrics();

        // then
        assertThat(metrics).hasSize(ResourceType.values().length).allSatisfy(type -> {
            assertThat(type.totals().inUse() + type.totals().available())
                    .isEqualTo(type.totals().limit());
            assertThat(type.totals().granted()).isEqualTo(2);
            assertThat(type.totals().peak())
                    .isGreaterThanOrEqualTo(type.totals().inUse());
        });
        assertThatThrownBy(metrics::clear).isInstanceOf(UnsupportedOperationException.class);
        channel.allocate(ResourceType.FILES, 1);
        assertThat(metrics.get(ResourceType.FILES.ordinal()).totals().granted()).isEqualTo(2);
    }

    @Test
    void aLoweredLimitTakesNothingAwayAndRefusesMore() {
        // given
        ResourceView held = channel.allocate(ResourceType.FILES, 150);

        // when
        channel.manager.tell(new ResourceManager.Configure(ResourceManagerTest.withFiles(100)));

        // then
        assertThat(channel.show(held.handle()).state()).isEqualTo(ResourceState.GRANTED);
        assertThat(channel.metrics(ResourceType.FILES).available()).isZero();
        assertThat(channel.refusalOf(AllocationRequest.of(ResourceType.FILES, 1))
                        .context())
                .containsEntry("limit", 100L)
                .containsEntry("inUse", 150L);
        channel.manager.tell(new ResourceManager.Configure(ResourceManagerTest.withFiles(151)));
        assertThat(channel.allocate(ResourceType.FILES, 1).amount()).isOne();
    }

    @Test
    void aDefectForgetsNeitherWhatIsHeldNorWhoWaits() {
        // given
        ResourceView held = channel.allocate(ResourceType.FILES, FILES);
        var waits = channel.allocateLater(waiting(ResourceType.FILES, 1, LONG));
        var expires = channel.allocateLater(waiting(ResourceType.FILES, 1, Duration.ofSeconds(1)));

        // when
        channel.manager.tell(new ResourceManager.Configure(nothing()));

        // then
        assertThat(channel.show(held.handle())).isEqualTo(held);
        resources.pass(time, Duration.ofSeconds(1));
        assertThat(refusal(expires).code()).isEqualTo(ErrorCode.TIMEOUT);
        channel.release(held.handle());
        assertThat(granted(waits).amount()).isOne();
    }

    @Test
    void aListThatIsTooLongForOneMessageGoesOnInTheNext() {
        // given
        for (int i = 0; i <= Limits.RESOURCES_PER_MESSAGE_MAX; i++) {
            channel.allocate(ResourceType.MEMORY, 1);
        }

        // when
        var first = (ResourceManager.Listed) channel.ask(replyTo -> new ResourceManager.ListResources(0, replyTo));

        // then
        assertThat(first.isLast()).isFalse();
        assertThat(first.resources()).hasSize(Limits.RESOURCES_PER_MESSAGE_MAX);
        assertThat(channel.list())
                .hasSize(Limits.RESOURCES_PER_MESSAGE_MAX + 1)
                .doesNotHaveDuplicates()
                .startsWith(first.resources().toArray(ResourceView[]::new));
    }

    @Test
    void anAttemptThatWasRefusedAndAsksAgainIsRefusedAgain() {
        // given
        var attempt = new AttemptId(TestJobs.id(1), 1, 1);
        var answers = kit.<ResourceManager.Answer>createTestProbe();
        var acquire = new ResourceManager.Acquire(
                attempt, List.of(new ResourceRequest(ResourceType.FILES, FILES + 1)), answers.getRef());

        // when
        channel.manager.tell(acquire);
        channel.manager.tell(acquire);

        // then
        assertThat(answers.receiveSeveralMessages(2)).allMatch(ResourceManager.Refused.class::isInstance);
    }

    private void awaitReleased(ResourceView resource) {
        resources.reports.awaitAssert(
                ChannelManagers.PATIENCE,
                () -> assertThat(channel.cleanup(resource.handle()).complete()).isTrue());
        assertThat(channel.show(resource.handle()).state()).isEqualTo(ResourceState.RELEASED);
    }
}
