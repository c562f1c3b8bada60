package io.millrace.domain.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.process.ProcessName;
import io.millrace.contracts.process.ProcessState;
import io.millrace.domain.Moment;
import io.millrace.domain.process.Ownership;
import io.millrace.domain.process.ProcessBook;
import io.millrace.domain.process.ProcessChange;
import io.millrace.domain.process.ProcessEntry;
import io.millrace.domain.process.ProcessRules;
import io.millrace.domain.process.RunEnd;
import io.millrace.domain.process.TestProcess;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a channel stores of the decisions of its service manager. */
class ProcessesTest {
    private static final ProcessRules RULES = new ProcessRules(ChannelUnderTest.NAME);

    private final ChannelUnderTest channel = ChannelUnderTest.withSlots(4);

    static ChannelCommand.ChangeProcesses register(ChannelUnderTest channel, int number) {
        return changes(
                channel,
                List.of(new ProcessChange.Registered(
                        new JobId(7, number),
                        TestProcess.named("service-" + number).spec(),
                        "key-" + number,
                        "hash")));
    }

    /** Starts everything that may start. */
    static ChannelCommand.ChangeProcesses start(ChannelUnderTest channel) {
        return changes(
                channel,
                RULES.next(
                        channel.live.processes(),
                        new Ownership(ChannelUnderTest.NODE, "host", 0, 0),
                        new Moment(0, channel.now())));
    }

    private static ChannelCommand.ChangeProcesses changes(ChannelUnderTest channel, List<ProcessChange> changes) {
        return new ChannelCommand.ChangeProcesses(channel.live.incarnation(), changes);
    }

    private ProcessEntry entry(int number) {
        return Objects.requireNonNull(channel.live.processes().process(new ProcessName("service-" + number)));
    }

    @Test
    void whatWasDecidedIsStoredWithItsTime() {
        List<ChannelEvent> events = channel.events(register(channel, 1));

        assertThat(events).hasSize(1).allMatch(event -> event.at() == channel.now() && event.isListed());
        assertThat(entry(1).createdAtMillis()).isEqualTo(channel.now());
        assertThat(entry(1).state()).isEqualTo(ProcessState.PENDING);
    }

    @Test
    void manyStartsHaveEpochsOfTheirOwnAlsoBesideAttemptsOfJobs() {
        Set<Long> epochs = new HashSet<>();
        for (int i = 1; i <= 100; i++) {
            channel.events(register(channel, i));
            channel.submit(TestJob.job(i));
        }

        List<ChannelEvent> events =
                new ArrayList<>(channel.events(new ChannelCommand.StartNext(2, ChannelUnderTest.NODE)));
        events.addAll(channel.events(start(channel)));
        events.addAll(channel.events(new ChannelCommand.StartNext(2, ChannelUnderTest.NODE)));

        for (ChannelEvent event : events) {
            switch (event) {
                case ChannelEvent.AttemptStarted started -> epochs.add(started.epoch());
                case ChannelEvent.ProcessChanged(var _, ProcessChange.RunStarted started) ->
                    epochs.add(started.epoch());
                default -> throw new AssertionError("unexpected: " + event);
            }
        }
        assertThat(epochs).hasSize(104).allMatch(epoch -> epoch <= channel.live.lastEpoch());
        assertThat(channel.live.lastEpoch()).isEqualTo(104);
    }

    @Test
    void aBookThatWasAheadLearnsTheEpochOfItsRun() {
        channel.events(register(channel, 1));
        var ahead = ProcessBook.of(channel.live.processes().snapshot());
        ChannelCommand.ChangeProcesses start = start(channel);
        start.changes().forEach(change -> ahead.apply(change, channel.now()));

        for (ChannelEvent event : channel.events(start)) {
            if (event instanceof ChannelEvent.ProcessChanged(var _, ProcessChange.RunStarted stored)) {
                ahead.epochGiven(stored);
            }
        }

        assertThat(ahead.snapshot()).isEqualTo(channel.live.processes().snapshot());
        assertThat(Objects.requireNonNull(entry(1).run()).epoch()).isEqualTo(1);
    }

    @Test
    void whatAnEarlierLifeDecidedChangesNothing() {
        ChannelCommand.ChangeProcesses late = register(channel, 1);
        channel.events(ChannelUnderTest.takenBy("n2"));

        assertThat(channel.events(late)).isEmpty();
        assertThat(channel.live.processes().size()).isZero();
    }

    @Test
    void aChannelThatDoesNotExistStoresNothing() {
        ChannelUnderTest absent = ChannelUnderTest.absent(ChannelUnderTest.NAME);

        assertThat(absent.events(register(absent, 1))).isEmpty();
    }

    @Test
    void whatCannotBeIsRefusedAsADefect() {
        channel.events(register(channel, 1));

        var problem = channel.refusal(register(channel, 1));

        assertThat(problem.code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(problem.detail()).contains("service-1 is registered already").contains("Nothing was stored");
    }

    @Test
    void aPausedChannelKeepsItsServices() {
        channel.events(register(channel, 1));
        channel.events(new ChannelCommand.Pause());

        channel.events(start(channel));

        assertThat(entry(1).runUnderWay()).isNotNull();
    }

    @Test
    void aNewOwnerFindsRunsAsTheyWere() {
        channel.events(register(channel, 1));
        channel.events(start(channel));
        ProcessEntry before = entry(1);

        channel.events(ChannelUnderTest.takenBy("n2"));

        assertThat(entry(1)).isEqualTo(before);
    }

    @Test
    void aChannelStaysAwakeAndIsNotGoneBeforeItsProcessesHaveEnded() {
        channel.events(register(channel, 1));
        channel.events(start(channel));
        channel.events(new ChannelCommand.Delete());

        List<ChannelEvent> tooEarly = channel.events(new ChannelCommand.CompleteDeletion());

        assertThat(channel.live.hasWork()).isTrue();
        assertThat(tooEarly).isEmpty();
    }

    @Test
    void aDeletedChannelTakesItsProcessesAlongAndRepeatsNoEpoch() {
        channel.events(register(channel, 1));
        channel.events(start(channel));
        RunEnd end = RunEnd.interrupted(Problem.of(ErrorCode.UNAVAILABLE, "ProcessHost", "It is gone."), channel.now());
        channel.events(changes(channel, RULES.ended(entry(1), end, new Moment(0, channel.now()))));

        channel.delete();
        channel.events(new ChannelCommand.Put(ChannelUnderTest.spec(1, 10)));

        assertThat(channel.live.processes().size()).isZero();
        assertThat(channel.live.processes().registeredWith("key-1")).isNull();
        assertThat(channel.live.lastEpoch()).isEqualTo(1);
        assertThat(channel.live.hasWork()).isFalse();
    }

    @Test
    void aChannelWhoseProcessesHaveAllEndedMaySleep() {
        channel.events(register(channel, 1));
        boolean hadWork = channel.live.hasWork();

        channel.events(changes(channel, List.of(new ProcessChange.Cancelled(entry(1).ref()))));

        assertThat(hadWork).isTrue();
        assertThat(channel.live.hasWork()).isFalse();
    }
}
