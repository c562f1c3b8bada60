package io.millrace.domain.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.work.JobKind;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A channel whose decisions take effect at once, and a clock that stands still until it is moved. */
final class ChannelUnderTest {
    static final long START = 1_800_000_000_000L;
    static final String NODE = "n1";
    static final ChannelName NAME = new ChannelName("build");

    final LiveChannel live;
    final ChannelRules rules;
    private long now = START;

    private ChannelUnderTest(ChannelName name, LiveChannel live) {
        this.rules = new ChannelRules(name);
        this.live = live;
    }

    /** The channel a snapshot was taken of. */
    static ChannelUnderTest of(ChannelSnapshot snapshot) {
        return new ChannelUnderTest(NAME, LiveChannel.of(snapshot));
    }

    /** A channel of this name that was never created. */
    static ChannelUnderTest absent(ChannelName name) {
        return new ChannelUnderTest(name, LiveChannel.empty());
    }

    /** A channel with as many slots as given. */
    static ChannelUnderTest withSlots(int slots) {
        return withSpec(spec(slots, 1_000_000));
    }

    static ChannelUnderTest withSpec(ChannelSpec spec) {
        ChannelUnderTest channel = absent(NAME);
        channel.events(new ChannelCommand.Put(spec));
        return channel;
    }

    static ChannelSpec spec(int slots, long queuedJobsMax) {
        return spec(slots, queuedJobsMax, Set.of(JobKind.values()));
    }

    static ChannelSpec spec(int slots, long queuedJobsMax, Set<JobKind> kinds) {
        ChannelSpec d = ChannelSpec.DEFAULT;
        return new ChannelSpec(
                new ChannelSpec.Threads(slots, List.of()),
                d.resources(),
                queuedJobsMax,
                kinds,
                d.jobTimeout(),
                d.retention(),
                d.env(),
                d.labels());
    }

    long now() {
        return now;
    }

    /** Lets time pass, and the channel notice it. */
    void pass(Duration time) {
        now += time.toMillis();
        events(new ChannelCommand.Elapse());
    }

    /** Sets the clock, forwards or backwards, without telling the channel. */
    void clockShows(long millis) {
        now = millis;
    }

    Decision decide(ChannelCommand command) {
        return rules.decide(live, command, now);
    }

    /** The events of a command that is accepted. They are in effect. */
    List<ChannelEvent> events(ChannelCommand command) {
        Decision decision = decide(command);
        assertThat(decision).as("decision on %s", command).isInstanceOf(Decision.Accepted.class);
        List<ChannelEvent> events = ((Decision.Accepted) decision).events();
        events.forEach(live::evolve);
        return events;
    }

    /** What the caller of a refused command hears. */
    Problem refusal(ChannelCommand command) {
        Decision decision = decide(command);
        assertThat(decision).as("decision on %s", command).isInstanceOf(Decision.Refused.class);
        return ((Decision.Refused) decision).problem();
    }

    void submit(TestJob... jobs) {
        submit(Arrays.stream(jobs).map(TestJob::submitted).toList());
    }

    void submit(List<SubmittedJob> jobs) {
        events(new ChannelCommand.Submit(jobs, null, null));
    }

    /** Starts jobs in free slots; gives their numbers in order. */
    List<Integer> start(int freeSlots) {
        return events(new ChannelCommand.StartNext(freeSlots, NODE)).stream()
                .filter(ChannelEvent.AttemptStarted.class::isInstance)
                .map(event -> (int) ((ChannelEvent.AttemptStarted) event).job().low())
                .toList();
    }

    /** A node becomes the owner whose process host has nothing of earlier attempts. */
    static ChannelCommand.TakeOwnership takenBy(String node) {
        return takenBy(node, Set.of());
    }

    /** @param heldEpochs of the attempts whose process its process host has */
    static ChannelCommand.TakeOwnership takenBy(String node, Set<Long> heldEpochs) {
        return new ChannelCommand.TakeOwnership(node, "host of " + node, heldEpochs);
    }

    /** Ends the running attempt of a job. */
    ChannelEvent.AttemptEnded end(int job, AttemptOutcome outcome) {
        long epoch = running(job).epoch();
        List<ChannelEvent> events = events(new ChannelCommand.EndAttempt(TestJob.id(job), epoch, outcome));
        return (ChannelEvent.AttemptEnded) events.getFirst();
    }

    /** Deletes a channel in which nothing runs. */
    void delete() {
        events(new ChannelCommand.Delete());
        events(new ChannelCommand.CompleteDeletion());
    }

    void cancel(int job) {
        events(new ChannelCommand.Cancel(TestJob.id(job)));
    }

    LiveJob waitingOrRunning(int job) {
        return Objects.requireNonNull(live.job(TestJob.id(job)), "job " + job + " is not live");
    }

    LiveJob.Waiting waiting(int job) {
        return (LiveJob.Waiting) waitingOrRunning(job);
    }

    LiveJob.Running running(int job) {
        return (LiveJob.Running) waitingOrRunning(job);
    }

    EndedJob ended(int job) {
        return Objects.requireNonNull(live.ended(TestJob.id(job)), "job " + job + " has not ended");
    }

    /** State of a job, live or ended; null for one the channel does not know. */
    @Nullable JobState stateOf(int job) {
        JobId id = TestJob.id(job);
        LiveJob liveJob = live.job(id);
        EndedJob ended = live.ended(id);
        return liveJob != null ? liveJob.state() : ended != null ? ended.state() : null;
    }

    /** Types of the conditions of a waiting or running job. */
    Set<String> conditionTypes(int job) {
        return live.conditionsOf(waitingOrRunning(job), now).stream()
                .map(condition -> condition.type())
                .collect(Collectors.toSet());
    }

    static AttemptOutcome success() {
        return AttemptOutcome.succeeded(0, null);
    }

    static AttemptOutcome failure(int exitCode) {
        return AttemptOutcome.failed(
                AttemptOutcome.Kind.FAILED,
                exitCode,
                null,
                Problem.of(ErrorCode.INTERNAL, "Worker", "The command ended with exit code " + exitCode + "."));
    }

    static AttemptOutcome outcome(AttemptOutcome.Kind kind) {
        return AttemptOutcome.failed(kind, null, null, Problem.of(ErrorCode.INTERNAL, "Worker", "It was so."));
    }
}
