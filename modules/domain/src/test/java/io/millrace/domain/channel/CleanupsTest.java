package io.millrace.domain.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.StepStatus;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.cleanup.CleanupDecision;
import io.millrace.domain.cleanup.CleanupRules;
import io.millrace.domain.cleanup.RunCause;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a channel stores of the decisions of its cleanup manager. */
class CleanupsTest {
    private static final CleanupName TASK = new CleanupName("drop-temp");

    private final ChannelUnderTest channel = ChannelUnderTest.withSlots(1);

    static ChannelCommand.ChangeCleanups register(ChannelUnderTest channel, String name) {
        return changes(
                channel,
                new CleanupChange.Registered(new CleanupName(name), List.of(), List.of(), true, true, new byte[0]));
    }

    static ChannelCommand.ChangeCleanups execute(ChannelUnderTest channel, String name) {
        CleanupDecision decision = new CleanupRules(ChannelUnderTest.NAME)
                .start(channel.live.cleanups(), RunCause.TASK, new CleanupName(name));
        return changes(channel, ((CleanupDecision.Accepted) decision).changes().toArray(CleanupChange[]::new));
    }

    private static ChannelCommand.ChangeCleanups changes(ChannelUnderTest channel, CleanupChange... changes) {
        return new ChannelCommand.ChangeCleanups(channel.live.incarnation(), List.of(changes));
    }

    @Test
    void whatWasDecidedIsStoredWithItsTimeAndOwner() {
        channel.events(ChannelUnderTest.takenBy("n2"));

        List<ChannelEvent> events = channel.events(register(channel, TASK.value()));

        assertThat(events).hasSize(1).allMatch(event -> event.at() == channel.now() && !event.isListed());
        assertThat(channel.live.cleanups().tasks()).singleElement().satisfies(task -> {
            assertThat(task.name()).isEqualTo(TASK);
            assertThat(task.registeredAtMillis()).isEqualTo(channel.now());
            assertThat(task.incarnation()).isEqualTo(1);
            assertThat(task.node()).isEqualTo("n2");
        });
    }

    @Test
    void whatAnEarlierLifeDecidedChangesNothing() {
        ChannelCommand.ChangeCleanups late = register(channel, TASK.value());
        channel.events(ChannelUnderTest.takenBy("n2"));

        assertThat(channel.events(late)).isEmpty();
        assertThat(channel.live.cleanups().tasks()).isEmpty();
    }

    @Test
    void aChannelThatDoesNotExistStoresNothing() {
        ChannelUnderTest absent = ChannelUnderTest.absent(ChannelUnderTest.NAME);

        assertThat(absent.events(register(absent, TASK.value()))).isEmpty();
    }

    @Test
    void whatCannotBeIsRefusedAsADefect() {
        channel.events(register(channel, TASK.value()));

        var problem = channel.refusal(register(channel, TASK.value()));

        assertThat(problem.code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(problem.detail()).contains(TASK.value()).contains("Nothing was stored");
    }

    @Test
    void aChannelThatIsCleanedUpStaysAwakeAndIsNotGoneBeforeItsEnd() {
        channel.events(register(channel, TASK.value()));
        channel.events(execute(channel, TASK.value()));
        channel.events(new ChannelCommand.Delete());

        List<ChannelEvent> tooEarly = channel.events(new ChannelCommand.CompleteDeletion());

        assertThat(channel.live.hasWork()).isTrue();
        assertThat(tooEarly).isEmpty();
    }

    @Test
    void aDeletedChannelTakesItsTasksAlongAndItsExecutionsGoOnCounting() {
        channel.events(register(channel, TASK.value()));
        channel.events(execute(channel, TASK.value()));
        channel.events(changes(
                channel,
                new CleanupChange.StepEnded(1, TASK, StepStatus.SKIPPED, null, 0, Released.NOTHING),
                new CleanupRules(ChannelUnderTest.NAME)
                        .end(channel.live.cleanups().active().iterator().next(), Released.NOTHING, null, List.of())));

        channel.delete();
        channel.events(new ChannelCommand.Put(ChannelUnderTest.spec(1, 10)));

        assertThat(channel.live.cleanups().tasks()).isEmpty();
        assertThat(channel.live.cleanups().run(1)).isNull();
        assertThat(channel.live.cleanups().lastRun()).isEqualTo(1);
        assertThat(channel.live.hasWork()).isFalse();
    }
}
