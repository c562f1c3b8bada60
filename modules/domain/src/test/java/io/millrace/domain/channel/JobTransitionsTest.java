package io.millrace.domain.channel;

import static io.millrace.domain.channel.ChannelUnderTest.failure;
import static io.millrace.domain.channel.ChannelUnderTest.outcome;
import static io.millrace.domain.channel.ChannelUnderTest.success;
import static io.millrace.domain.channel.TestJob.id;
import static io.millrace.domain.channel.TestJob.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.job.JobState;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Every command in every state of a job. The states are those of a job and two more: unknown, and asked to stop. */
class JobTransitionsTest {
    private static final String UNKNOWN = "UNKNOWN";
    private static final String STOPPING = "STOPPING";
    private static final List<String> STATES =
            List.of(UNKNOWN, "SCHEDULED", "QUEUED", "RUNNING", STOPPING, "SUCCEEDED", "FAILED", "CANCELLED", "LOST");
    private static final Duration SHORT = Duration.ofMinutes(1);
    private static final Duration LONG = Duration.ofHours(2);

    private static final Map<String, Command> COMMANDS = commands();

    @Test
    void everyCommandInEveryStateLeadsWhereItShould() {
        TransitionTable table = new TransitionTable(STATES, List.copyOf(COMMANDS.keySet()), JobTransitionsTest::tryOut);

        assertThat(table.asText()).isEqualTo("""
                                           | UNKNOWN   | SCHEDULED | QUEUED    | RUNNING   | STOPPING  | SUCCEEDED | FAILED    | CANCELLED | LOST
            submit                         | QUEUED    | refused   | refused   | refused   | refused   | refused   | refused   | refused   | refused
            submit for later               | SCHEDULED | refused   | refused   | refused   | refused   | refused   | refused   | refused   | refused
            its time comes                 | -         | QUEUED    | -         | -         | -         | -         | -         | -         | -
            waits beyond queueTimeout      | -         | FAILED    | FAILED    | -         | -         | -         | -         | -         | -
            a slot is free                 | -         | -         | RUNNING   | -         | -         | -         | -         | -         | -
            attempt succeeds               | recorded  | recorded  | recorded  | SUCCEEDED | SUCCEEDED | recorded  | recorded  | recorded  | recorded
            attempt fails, one is left     | recorded  | recorded  | recorded  | SCHEDULED | CANCELLED | recorded  | recorded  | recorded  | recorded
            attempt fails, none is left    | recorded  | recorded  | recorded  | FAILED    | CANCELLED | recorded  | recorded  | recorded  | recorded
            attempt fails for good         | recorded  | recorded  | recorded  | FAILED    | CANCELLED | recorded  | recorded  | recorded  | recorded
            attempt runs too long          | recorded  | recorded  | recorded  | FAILED    | CANCELLED | recorded  | recorded  | recorded  | recorded
            attempt is stopped             | recorded  | recorded  | recorded  | CANCELLED | CANCELLED | recorded  | recorded  | recorded  | recorded
            attempt is cut off             | recorded  | recorded  | recorded  | QUEUED    | CANCELLED | recorded  | recorded  | recorded  | recorded
            at-most-once one is cut off    | recorded  | recorded  | recorded  | LOST      | CANCELLED | recorded  | recorded  | recorded  | recorded
            result of another attempt      | recorded  | recorded  | recorded  | recorded  | recorded  | recorded  | recorded  | recorded  | recorded
            :cancel                        | refused   | CANCELLED | CANCELLED | STOPPING  | -         | refused   | refused   | refused   | refused
            :retry                         | refused   | refused   | refused   | refused   | refused   | refused   | QUEUED    | QUEUED    | QUEUED
            :purge                         | -         | CANCELLED | CANCELLED | -         | -         | -         | -         | -         | -
            channel is deleted             | -         | CANCELLED | CANCELLED | STOPPING  | -         | -         | -         | -         | -
            another node takes over        | -         | -         | -         | QUEUED    | CANCELLED | -         | -         | -         | -
            at-most-once, it takes over    | -         | -         | -         | LOST      | CANCELLED | -         | -         | -         | -
            """);
    }

    @Test
    void everyStateIsReached() {
        TransitionTable table = new TransitionTable(STATES, List.copyOf(COMMANDS.keySet()), JobTransitionsTest::tryOut);

        assertThat(table.reached())
                .containsAll(
                        STATES.stream().filter(state -> !state.equals(UNKNOWN)).toList());
    }

    @Test
    void theDiagramBesideTheSourceIsUpToDate() {
        new TransitionTable(STATES, List.copyOf(COMMANDS.keySet()), JobTransitionsTest::tryOut)
                .assertDrawnIn("LiveJob.puml", "Life of a job (STOPPING: RUNNING and asked to stop)", UNKNOWN);
    }

    /**
     * @param job the job to bring into the state
     * @param passes time that passes before the command
     */
    private record Command(
            Supplier<TestJob> job, Duration passes, Function<ChannelUnderTest, ChannelCommand> command) {}

    private static Map<String, Command> commands() {
        Map<String, Command> commands = new LinkedHashMap<>();
        commands.put("submit", now(JobTransitionsTest::plain, _ -> submit(plain())));
        commands.put(
                "submit for later",
                now(JobTransitionsTest::plain, channel -> submit(plain().notBefore(channel.now() + SHORT.toMillis()))));
        commands.put("its time comes", new Command(JobTransitionsTest::plain, SHORT, _ -> new ChannelCommand.Elapse()));
        commands.put(
                "waits beyond queueTimeout",
                new Command(JobTransitionsTest::plain, LONG, _ -> new ChannelCommand.Elapse()));
        commands.put("a slot is free", now(JobTransitionsTest::plain, _ -> new ChannelCommand.StartNext(1, "n1")));
        commands.put("attempt succeeds", now(JobTransitionsTest::plain, channel -> end(channel, success())));
        commands.put("attempt fails, one is left", now(() -> plain().attempts(2), channel -> end(channel, failure(1))));
        commands.put(
                "attempt fails, none is left", now(JobTransitionsTest::plain, channel -> end(channel, failure(1))));
        commands.put(
                "attempt fails for good",
                now(() -> plain().attempts(2), channel -> end(channel, outcome(AttemptOutcome.Kind.FAILED_FOR_GOOD))));
        commands.put(
                "attempt runs too long",
                now(JobTransitionsTest::plain, channel -> end(channel, outcome(AttemptOutcome.Kind.TIMED_OUT))));
        commands.put(
                "attempt is stopped",
                now(JobTransitionsTest::plain, channel -> end(channel, AttemptOutcome.cancelled(null, "SIGTERM"))));
        commands.put(
                "attempt is cut off",
                now(JobTransitionsTest::plain, channel -> end(channel, outcome(AttemptOutcome.Kind.INTERRUPTED))));
        commands.put(
                "at-most-once one is cut off",
                now(() -> plain().atMostOnce(), channel -> end(channel, outcome(AttemptOutcome.Kind.INTERRUPTED))));
        commands.put(
                "result of another attempt",
                now(
                        JobTransitionsTest::plain,
                        channel -> new ChannelCommand.EndAttempt(id(1), channel.live.lastEpoch() + 7, success())));
        commands.put(":cancel", now(JobTransitionsTest::plain, _ -> new ChannelCommand.Cancel(id(1))));
        commands.put(
                ":retry", now(JobTransitionsTest::plain, channel -> new ChannelCommand.Retry(endedOrAsked(channel))));
        commands.put(":purge", now(JobTransitionsTest::plain, _ -> new ChannelCommand.Purge()));
        commands.put("channel is deleted", now(JobTransitionsTest::plain, _ -> new ChannelCommand.Delete()));
        commands.put("another node takes over", now(JobTransitionsTest::plain, _ -> ChannelUnderTest.takenBy("n2")));
        commands.put(
                "at-most-once, it takes over", now(() -> plain().atMostOnce(), _ -> ChannelUnderTest.takenBy("n2")));
        return commands;
    }

    private static TestJob plain() {
        return job(1).queueTimeout(Duration.ofHours(1));
    }

    private static Command now(Supplier<TestJob> job, Function<ChannelUnderTest, ChannelCommand> command) {
        return new Command(job, Duration.ZERO, command);
    }

    private static ChannelCommand submit(TestJob job) {
        return new ChannelCommand.Submit(List.of(job.submitted()), null, null);
    }

    private static ChannelCommand end(ChannelUnderTest channel, AttemptOutcome outcome) {
        return new ChannelCommand.EndAttempt(id(1), channel.live.lastEpoch(), outcome);
    }

    /** What the read model would show; of a job nobody knows, nothing that could be retried. */
    private static EndedJob endedOrAsked(ChannelUnderTest channel) {
        EndedJob ended = channel.live.ended(id(1));
        return ended != null
                ? ended
                : new EndedJob(plain().submitted(), 0, 1, 1, null, 0, 0, JobState.SUCCEEDED, null, null, null, null);
    }

    private static String tryOut(String state, String name) {
        Command command = Objects.requireNonNull(COMMANDS.get(name));
        ChannelUnderTest channel = ChannelUnderTest.withSlots(2);
        bringInto(state, command.job().get(), channel);
        channel.clockShows(channel.now() + command.passes().toMillis());
        Decision decision = channel.decide(command.command().apply(channel));
        if (!(decision instanceof Decision.Accepted(var events))) {
            return TransitionTable.REFUSED;
        }
        String before = stateOf(channel);
        String after = before;
        for (ChannelEvent event : events) {
            if (event instanceof ChannelEvent.ChannelDeleted) {
                break;
            }
            channel.live.evolve(event);
            after = stateOf(channel);
        }
        boolean isRecorded = events.stream().anyMatch(ChannelEvent.LateResultRecorded.class::isInstance);
        return !after.equals(before) ? after : isRecorded ? TransitionTable.RECORDED : TransitionTable.NOTHING;
    }

    private static void bringInto(String state, TestJob job, ChannelUnderTest channel) {
        if (state.equals(UNKNOWN)) {
            return;
        }
        channel.submit(state.equals("SCHEDULED") ? job.notBefore(channel.now() + SHORT.toMillis()) : job);
        if (state.equals("SCHEDULED") || state.equals("QUEUED")) {
            return;
        }
        channel.start(1);
        switch (state) {
            case "RUNNING" -> {
                // It does.
            }
            case STOPPING -> channel.cancel(1);
            case "SUCCEEDED" -> channel.end(1, success());
            case "FAILED" -> channel.end(1, outcome(AttemptOutcome.Kind.FAILED_FOR_GOOD));
            case "CANCELLED" -> channel.end(1, AttemptOutcome.cancelled(null, null));
            case "LOST" -> bringIntoLost(channel);
            default -> throw new IllegalArgumentException(state);
        }
        assertThat(stateOf(channel)).isEqualTo(state);
    }

    /** Only an at-most-once job is ever lost, so the event is applied to whatever job the row has. */
    private static void bringIntoLost(ChannelUnderTest channel) {
        LiveJob.Running job = channel.running(1);
        channel.live.evolve(new ChannelEvent.AttemptEnded(
                channel.now(), job.id(), job.attempts(), job.epoch(), AttemptRules.interrupted(job), JobState.LOST, 0));
    }

    private static String stateOf(ChannelUnderTest channel) {
        if (channel.live.job(id(1)) instanceof LiveJob.Running running && running.wasCancelRequested()) {
            return STOPPING;
        }
        JobState state = channel.stateOf(1);
        return state == null ? UNKNOWN : state.name();
    }
}
