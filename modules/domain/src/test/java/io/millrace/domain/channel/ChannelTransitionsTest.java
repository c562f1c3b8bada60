package io.millrace.domain.channel;

import static io.millrace.domain.channel.ChannelUnderTest.success;
import static io.millrace.domain.channel.TestJob.id;
import static io.millrace.domain.channel.TestJob.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.job.JobState;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/**
 * Every command in every state of a channel. Job 1 runs and job 2 waits, except where nothing runs and except in a
 * channel being deleted, where only job 1 is left. Commands that change the jobs but not the channel are recorded.
 */
class ChannelTransitionsTest {
    private static final String ABSENT = "ABSENT";
    private static final String DELETING = "DELETING";
    private static final List<String> STATES = List.of(ABSENT, "ACTIVE", "PAUSED", "DRAINING", DELETING);
    private static final String DELETE_WHILE_NOTHING_RUNS = "DELETE, nothing runs";
    private static final String CLEANED_UP_WHILE_NOTHING_RUNS = "cleaned up, nothing runs";

    private static final Map<String, Function<ChannelUnderTest, ChannelCommand>> COMMANDS = commands();

    @Test
    void everyCommandInEveryStateLeadsWhereItShould() {
        TransitionTable table =
                new TransitionTable(STATES, List.copyOf(COMMANDS.keySet()), ChannelTransitionsTest::tryOut);

        assertThat(table.asText()).isEqualTo("""
                                           | ABSENT    | ACTIVE    | PAUSED    | DRAINING  | DELETING
            PUT                            | ACTIVE    | recorded  | recorded  | recorded  | refused
            :pause                         | refused   | PAUSED    | -         | PAUSED    | refused
            :resume                        | refused   | -         | ACTIVE    | ACTIVE    | refused
            :drain                         | refused   | DRAINING  | DRAINING  | -         | refused
            :purge                         | refused   | recorded  | recorded  | recorded  | -
            DELETE, nothing runs           | refused   | DELETING  | DELETING  | DELETING  | -
            DELETE, a job runs             | refused   | DELETING  | DELETING  | DELETING  | -
            a job is submitted             | refused   | recorded  | recorded  | refused   | refused
            an ended job is retried        | refused   | recorded  | recorded  | refused   | refused
            a running job is cancelled     | refused   | recorded  | recorded  | recorded  | -
            a slot is free                 | -         | recorded  | -         | recorded  | -
            the last attempt ends          | -         | recorded  | recorded  | recorded  | recorded
            cleaned up, a job runs         | -         | -         | -         | -         | -
            cleaned up, nothing runs       | -         | -         | -         | -         | ABSENT
            a thread publishes             | -         | recorded  | recorded  | recorded  | recorded
            a handler publishes            | -         | recorded  | recorded  | recorded  | recorded
            a lock is granted              | -         | recorded  | recorded  | recorded  | recorded
            another node takes over        | recorded  | recorded  | recorded  | recorded  | recorded
            time passes                    | -         | -         | -         | -         | -
            """);
    }

    @Test
    void theDiagramBesideTheSourceIsUpToDate() {
        new TransitionTable(STATES, List.copyOf(COMMANDS.keySet()), ChannelTransitionsTest::tryOut)
                .assertDrawnIn("LiveChannel.puml", "Life of a channel", ABSENT);
    }

    private static Map<String, Function<ChannelUnderTest, ChannelCommand>> commands() {
        Map<String, Function<ChannelUnderTest, ChannelCommand>> commands = new LinkedHashMap<>();
        commands.put("PUT", _ -> new ChannelCommand.Put(ChannelUnderTest.spec(7, 70)));
        commands.put(":pause", _ -> new ChannelCommand.Pause());
        commands.put(":resume", _ -> new ChannelCommand.Resume());
        commands.put(":drain", _ -> new ChannelCommand.Drain());
        commands.put(":purge", _ -> new ChannelCommand.Purge());
        commands.put(DELETE_WHILE_NOTHING_RUNS, _ -> new ChannelCommand.Delete());
        commands.put("DELETE, a job runs", _ -> new ChannelCommand.Delete());
        commands.put("a job is submitted", _ -> new ChannelCommand.Submit(TestJob.jobs(9, 9), null, null));
        commands.put("an ended job is retried", _ -> new ChannelCommand.Retry(endedJob()));
        commands.put("a running job is cancelled", _ -> new ChannelCommand.Cancel(id(1)));
        commands.put("a slot is free", _ -> new ChannelCommand.StartNext(1, "n1"));
        commands.put(
                "the last attempt ends",
                channel -> new ChannelCommand.EndAttempt(id(1), channel.live.lastEpoch(), success()));
        commands.put("cleaned up, a job runs", _ -> new ChannelCommand.CompleteDeletion());
        commands.put(CLEANED_UP_WHILE_NOTHING_RUNS, _ -> new ChannelCommand.CompleteDeletion());
        commands.put("a thread publishes", _ -> new ChannelCommand.PublishFromThread(id(1), "a.b", "{}"));
        commands.put("a handler publishes", _ -> new ChannelCommand.Publish(id(1), "a.b", "{}"));
        commands.put("a lock is granted", channel -> LocksTest.grants(channel, LocksTest.lease(channel, "schema", 1)));
        commands.put("another node takes over", _ -> ChannelUnderTest.takenBy("n2"));
        commands.put("time passes", _ -> new ChannelCommand.Elapse());
        return commands;
    }

    private static EndedJob endedJob() {
        return new EndedJob(job(8).submitted(), 0, 1, 1, null, 0, 0, JobState.FAILED, null, null, null, null);
    }

    private static String tryOut(String state, String name) {
        ChannelUnderTest channel = ChannelUnderTest.absent(ChannelUnderTest.NAME);
        bringInto(state, channel);
        boolean isNothingToRun = name.equals(CLEANED_UP_WHILE_NOTHING_RUNS)
                || name.equals(DELETE_WHILE_NOTHING_RUNS) && !state.equals(DELETING);
        if (isNothingToRun && channel.live.exists()) {
            channel.end(1, success());
        }
        String before = stateOf(channel);
        Decision decision =
                channel.decide(Objects.requireNonNull(COMMANDS.get(name)).apply(channel));
        if (!(decision instanceof Decision.Accepted(var events))) {
            return TransitionTable.REFUSED;
        }
        events.forEach(channel.live::evolve);
        String after = stateOf(channel);
        return !after.equals(before) ? after : events.isEmpty() ? TransitionTable.NOTHING : TransitionTable.RECORDED;
    }

    private static void bringInto(String state, ChannelUnderTest channel) {
        if (state.equals(ABSENT)) {
            return;
        }
        channel.events(new ChannelCommand.Put(ChannelUnderTest.spec(2, 100)));
        channel.submit(job(1));
        channel.start(1);
        channel.submit(job(2));
        switch (state) {
            case "ACTIVE" -> {
                // It is.
            }
            case "PAUSED" -> channel.events(new ChannelCommand.Pause());
            case "DRAINING" -> channel.events(new ChannelCommand.Drain());
            case DELETING -> channel.events(new ChannelCommand.Delete());
            default -> throw new IllegalArgumentException(state);
        }
        assertThat(stateOf(channel)).isEqualTo(state);
    }

    private static String stateOf(ChannelUnderTest channel) {
        return channel.live.exists() ? channel.live.state().name() : ABSENT;
    }
}
