package io.millrace.domain.channel.simulation;

import static io.millrace.domain.channel.simulation.BrokenPromise.unless;

import io.millrace.contracts.JobId;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.channel.ChannelState;
import io.millrace.contracts.channel.JobCounts;
import io.millrace.contracts.job.Delivery;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.lock.LockName;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.ChannelSnapshot;
import io.millrace.domain.channel.EndedJob;
import io.millrace.domain.channel.JournalEntry;
import io.millrace.domain.channel.KeyedSubmission;
import io.millrace.domain.channel.LiveChannel;
import io.millrace.domain.channel.SubmittedJob;
import io.millrace.domain.process.ProcessChange;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What must be true at every moment of a run. It reads the journal as it is written, keeps a model of its own that
 * shares no code with {@link LiveChannel}, and compares both after every entry:
 *
 * <ul>
 *   <li>what a caller was told is in the journal, and stays true;
 *   <li>a job ends once per life; only a {@code JobRetried} opens the next life;
 *   <li>epochs rise over the whole life of the journal, incarnations by one;
 *   <li>only an attempt that runs is taken over, with its number and its epoch;
 *   <li>a result counts only if it comes from the running attempt;
 *   <li>an attempt starts only where the channel's state, its slots and the job's delivery allow it;
 *   <li>a lock has one holder, and tokens rise over the whole life of the journal;
 *   <li>one idempotency key accepts one set of jobs per life of the channel;
 *   <li>replaying the journal gives the state an owner has, and its counts equal a recount.
 * </ul>
 */
final class SafetyRules {
    private final Map<JobId, Job> jobs = new LinkedHashMap<>();
    private final Map<LockName, Long> tokens = new HashMap<>();
    private final Set<String> keysOfThisLife = new HashSet<>();
    private final Map<String, Set<List<JobId>>> acceptedByKey = new HashMap<>();
    private final Set<ChannelEvent> stored = Collections.newSetFromMap(new IdentityHashMap<>());
    private final LiveChannel replayed = LiveChannel.empty();
    private final Map<JobState, Long> count = new HashMap<>();
    private final Sightings sightings;
    private long sequence;
    private long lastEpoch;
    private long lastToken;
    private long incarnation;
    private boolean exists;
    private ChannelState state = ChannelState.ACTIVE;
    private ChannelSpec spec = ChannelSpec.DEFAULT;

    /** What is known of one job. */
    private static final class Job {
        private final SubmittedJob submitted;
        private JobState state;
        private int attempts;
        private long epoch;
        private boolean wasCancelRequested;

        private Job(SubmittedJob submitted, JobState state) {
            this.submitted = submitted;
            this.state = state;
        }
    }

    SafetyRules(Sightings sightings) {
        this.sightings = sightings;
    }

    // The journal

    void stored(long sequence, JournalEntry entry) {
        this.sequence = sequence;
        for (ChannelEvent event : entry.events()) {
            check(event);
            sightings.add(event.getClass().getSimpleName());
            stored.add(event);
            replayed.evolve(event);
        }
        replayed.sealed(sequence);
        unless(
                replayed.counts().equals(recount()),
                () -> "counts are " + replayed.counts() + ", a recount is " + recount());
    }

    private void check(ChannelEvent event) {
        switch (event) {
            case ChannelEvent.ChannelCreated e -> {
                unless(!exists, () -> "a channel that exists was created");
                exists = true;
                state = ChannelState.ACTIVE;
                spec = e.spec();
            }
            case ChannelEvent.ChannelChanged e -> spec = e.spec();
            case ChannelEvent.ChannelPaused _ -> enter(ChannelState.PAUSED);
            case ChannelEvent.ChannelResumed _ -> enter(ChannelState.ACTIVE);
            case ChannelEvent.ChannelDraining _ -> enter(ChannelState.DRAINING);
            case ChannelEvent.ChannelDeleting _ -> enter(ChannelState.DELETING);
            case ChannelEvent.ChannelDeleted _ -> onDeleted();
            case ChannelEvent.OwnershipTaken e -> {
                unless(
                        e.incarnation() == incarnation + 1,
                        () -> "incarnation " + e.incarnation() + " follows " + incarnation);
                incarnation = e.incarnation();
            }
            case ChannelEvent.JobsSubmitted e -> onSubmitted(e);
            case ChannelEvent.JobsDue e -> e.jobs().forEach(id -> move(id, JobState.SCHEDULED, JobState.QUEUED));
            case ChannelEvent.AttemptStarted e -> onStarted(e);
            case ChannelEvent.AttemptAdopted e -> {
                Job job = known(e.job());
                unless(job.state == JobState.RUNNING, () -> e.job() + " was taken over while it was " + job.state);
                unless(
                        e.epoch() == job.epoch && e.number() == job.attempts,
                        () -> "attempt " + e.number() + " of epoch " + e.epoch() + " was taken over of " + e.job()
                                + ", whose attempt " + job.attempts + " has epoch " + job.epoch);
            }
            case ChannelEvent.CancelRequested e -> {
                Job job = known(e.job());
                unless(job.state == JobState.RUNNING, () -> "cancel of " + e.job() + ", which is " + job.state);
                job.wasCancelRequested = true;
            }
            case ChannelEvent.AttemptEnded e -> onAttemptEnded(e);
            case ChannelEvent.JobsEnded e ->
                e.jobs().forEach(id -> {
                    unless(e.state().isTerminal(), () -> "jobs ended as " + e.state());
                    Job job = known(id);
                    unless(isWaiting(job.state), () -> id + " ended without an attempt while it was " + job.state);
                    job.state = e.state();
                    countEnd(e.state());
                });
            case ChannelEvent.JobRetried e -> onRetried(e);
            case ChannelEvent.LateResultRecorded e -> {
                Job job = jobs.get(e.job());
                boolean isCurrent = job != null && job.state == JobState.RUNNING && job.epoch == e.epoch();
                unless(
                        !isCurrent,
                        () -> "the result of the running attempt of " + e.job() + " was taken for a late one");
            }
            case ChannelEvent.EventPublished _ -> {
                // Changes nothing.
            }
            case ChannelEvent.ResourcesNoted e -> {
                Job job = known(e.job());
                unless(
                        job.state == JobState.RUNNING && job.epoch == e.epoch(),
                        () -> "resources of an attempt of " + e.job() + " that does not run");
            }
            case ChannelEvent.CleanupChanged _ -> {
                // Has rules of its own.
            }
            case ChannelEvent.ProcessChanged e -> {
                if (e.change() instanceof ProcessChange.RunStarted started) {
                    unless(exists, () -> "a process started in a channel that does not exist");
                    raise(started.epoch());
                }
            }
            case ChannelEvent.LockGranted e -> onGranted(e);
            case ChannelEvent.LockReleased e -> {
                Long token = tokens.remove(e.lock());
                unless(
                        token != null && token == e.token(),
                        () -> "lease " + e.token() + " of " + e.lock() + " ended while " + token + " held it");
            }
        }
    }

    private void enter(ChannelState entered) {
        unless(exists, () -> "a channel that does not exist became " + entered);
        unless(state != ChannelState.DELETING, () -> "a channel that is being deleted became " + entered);
        state = entered;
    }

    private void onDeleted() {
        unless(state == ChannelState.DELETING, () -> "a channel was deleted while it was " + state);
        unless(everyProcessHasEnded(), () -> "the channel is gone, and a process of it has not ended");
        jobs.forEach(
                (id, job) -> unless(job.state.isTerminal(), () -> "the channel is gone, " + id + " is " + job.state));
        exists = false;
        state = ChannelState.ACTIVE;
        spec = ChannelSpec.DEFAULT;
        count.clear();
        keysOfThisLife.clear();
        tokens.clear();
    }

    private void onSubmitted(ChannelEvent.JobsSubmitted event) {
        unless(
                exists && state != ChannelState.DRAINING && state != ChannelState.DELETING,
                () -> "a job was accepted, " + state);
        for (SubmittedJob submitted : event.jobs()) {
            boolean isLater = submitted.notBeforeMillis() > event.at();
            Job job = new Job(submitted, isLater ? JobState.SCHEDULED : JobState.QUEUED);
            unless(jobs.put(submitted.id(), job) == null, () -> submitted.id() + " was accepted twice");
        }
        unless(waiting() <= spec.queuedJobsMax(), () -> waiting() + " jobs wait, " + spec.queuedJobsMax() + " may");
        String key = event.idempotencyKey();
        if (key != null) {
            List<JobId> ids = event.jobs().stream().map(SubmittedJob::id).toList();
            unless(keysOfThisLife.add(key), () -> "the key " + key + " was accepted twice");
            acceptedByKey.computeIfAbsent(key, _ -> new HashSet<>()).add(ids);
        }
    }

    private void onStarted(ChannelEvent.AttemptStarted event) {
        Job job = known(event.job());
        unless(state != ChannelState.PAUSED && state != ChannelState.DELETING, () -> "an attempt started, " + state);
        raise(event.epoch());
        unless(
                job.state == JobState.QUEUED,
                () -> "an attempt of " + event.job() + " started while it was " + job.state);
        unless(!job.wasCancelRequested, () -> "an attempt of " + event.job() + " started after its cancellation");
        unless(event.number() == job.attempts + 1, () -> "attempt " + event.number() + " follows " + job.attempts);
        job.state = JobState.RUNNING;
        job.attempts = event.number();
        job.epoch = event.epoch();
        unless(inState(JobState.RUNNING) <= spec.threads().max(), () -> inState(JobState.RUNNING) + " attempts run");
    }

    private void raise(long epoch) {
        unless(epoch > lastEpoch, () -> "epoch " + epoch + " follows " + lastEpoch);
        lastEpoch = epoch;
    }

    private void onAttemptEnded(ChannelEvent.AttemptEnded event) {
        Job job = known(event.job());
        unless(
                job.state == JobState.RUNNING,
                () -> "an attempt of " + event.job() + " ended while it was " + job.state);
        unless(
                event.epoch() == job.epoch,
                () -> "epoch " + event.epoch() + " ended " + event.job() + " of epoch " + job.epoch);
        String told = event.outcome().resultJson();
        unless(
                told == null || told.equals(resultOf(job.epoch)),
                () -> "the result " + told + " was taken for that of epoch " + job.epoch);
        sightings.add("AttemptEnded " + event.outcome().kind() + " to " + event.next());
        checkDelivery(event, job.submitted.policy().delivery());
        job.state = event.next();
        if (event.next().isTerminal()) {
            countEnd(event.next());
        } else {
            unless(!job.wasCancelRequested, () -> event.job() + " is tried again after its cancellation");
            unless(state != ChannelState.DELETING, () -> event.job() + " is tried again in a channel that goes away");
        }
    }

    private static void checkDelivery(ChannelEvent.AttemptEnded event, Delivery delivery) {
        boolean isUnknown = event.outcome().kind() == AttemptOutcome.Kind.INTERRUPTED;
        unless(
                delivery == Delivery.AT_MOST_ONCE || event.next() != JobState.LOST,
                () -> event.job() + " promises at least once and is lost");
        unless(
                delivery == Delivery.AT_LEAST_ONCE || !isUnknown || event.next().isTerminal(),
                () -> event.job() + " promises at most once and runs again after an unknown outcome");
    }

    private void onRetried(ChannelEvent.JobRetried event) {
        Job job = known(event.job().id());
        unless(job.state.isTerminal(), () -> event.job().id() + " was retried while it was " + job.state);
        unless(job.state != JobState.SUCCEEDED, () -> event.job().id() + " was retried after it succeeded");
        unless(
                job.attempts == event.attempts(),
                () -> "a retry counts " + event.attempts() + " attempts of " + job.attempts);
        unless(job.epoch == event.epoch(), () -> "a retry follows epoch " + event.epoch() + " instead of " + job.epoch);
        job.state = JobState.QUEUED;
        job.wasCancelRequested = false;
    }

    private void onGranted(ChannelEvent.LockGranted event) {
        unless(exists, () -> event.lock() + " was granted in a channel that does not exist");
        unless(event.token() > lastToken, () -> "token " + event.token() + " follows " + lastToken);
        lastToken = event.token();
        Long holder = tokens.put(event.lock(), event.token());
        unless(holder == null, () -> event.lock() + " was granted to " + event.token() + " while held by " + holder);
    }

    private void move(JobId id, JobState from, JobState to) {
        Job job = known(id);
        unless(job.state == from, () -> id + " goes to " + to + " from " + job.state);
        job.state = to;
    }

    private Job known(JobId id) {
        Job job = jobs.get(id);
        if (job == null) {
            throw new BrokenPromise("an event names " + id + ", which was never accepted");
        }
        return job;
    }

    // Callers

    /** A caller was told that these events happened. */
    void acknowledged(List<ChannelEvent> events) {
        for (ChannelEvent event : events) {
            unless(stored.contains(event), () -> "a caller was told of something that is not stored: " + event);
        }
    }

    /** A caller was told that its key had created these jobs; perhaps late, when the channel is another one. */
    void acknowledged(String key, List<JobId> ids) {
        Set<List<JobId>> accepted = acceptedByKey.getOrDefault(key, Set.of());
        unless(accepted.contains(ids), () -> "the key " + key + " gave " + ids + ", accepted were " + accepted);
    }

    // Owners

    /** An owner has this state and nothing in flight, and has stored everything up to this sequence number. */
    void ownerHas(LiveChannel channel, long ownersSequence) {
        if (ownersSequence != sequence) {
            return; // Somebody else wrote since; the owner hears of it at its next write.
        }
        ChannelSnapshot owned = channel.snapshot();
        ChannelSnapshot expected = withoutHeld(replayed.snapshot());
        unless(
                withoutHeld(owned).equals(expected),
                () -> "at " + sequence + " the owner has " + owned + ", a replay gives " + expected);
        for (EndedJob ended : owned.ended()) {
            unless(
                    ended.equals(replayed.ended(ended.id())),
                    () -> "the owner holds " + ended.id() + " as it never ended");
        }
        for (KeyedSubmission known : owned.submissions()) {
            unless(known.equals(replayed.submission(known.key())), () -> "the owner has another " + known);
        }
    }

    /** What the read model confirmed is forgotten by owners at different times, so it is compared one by one. */
    private static ChannelSnapshot withoutHeld(ChannelSnapshot snapshot) {
        return new ChannelSnapshot(
                snapshot.exists(),
                snapshot.state(),
                snapshot.stateSinceMillis(),
                snapshot.spec(),
                snapshot.owner(),
                snapshot.ownerHost(),
                snapshot.incarnation(),
                snapshot.lastEpoch(),
                snapshot.lastOrder(),
                snapshot.succeeded(),
                snapshot.failed(),
                snapshot.cancelled(),
                snapshot.lost(),
                snapshot.startsInRound(),
                snapshot.waiting(),
                snapshot.running(),
                List.of(),
                List.of(),
                snapshot.lastToken(),
                snapshot.leases(),
                snapshot.cleanups(),
                snapshot.processes());
    }

    // Liveness

    boolean everyJobHasEnded() {
        return jobs.values().stream().allMatch(job -> job.state.isTerminal());
    }

    boolean noLockIsHeld() {
        return tokens.isEmpty();
    }

    boolean nothingIsCleanedUp() {
        return replayed.cleanups().active().isEmpty();
    }

    boolean everyProcessHasEnded() {
        return replayed.processes().live() == 0;
    }

    boolean isPaused() {
        return exists && state == ChannelState.PAUSED;
    }

    boolean isDeleting() {
        return exists && state == ChannelState.DELETING;
    }

    /** Jobs that have not ended, for the message of a run that does not come to its end. */
    List<String> unended() {
        return jobs.entrySet().stream()
                .filter(job -> !job.getValue().state.isTerminal())
                .map(job -> job.getKey() + " is " + job.getValue().state)
                .toList();
    }

    int acceptedJobs() {
        return jobs.size();
    }

    /** What a worker of this epoch returns: tells whose result was taken. */
    static String resultOf(long epoch) {
        return "{\"epoch\":" + epoch + "}";
    }

    // Counting

    private JobCounts recount() {
        return new JobCounts(
                inState(JobState.QUEUED),
                inState(JobState.RUNNING),
                inState(JobState.SCHEDULED),
                0,
                ended(JobState.SUCCEEDED),
                ended(JobState.FAILED),
                ended(JobState.CANCELLED),
                ended(JobState.LOST));
    }

    private long waiting() {
        return inState(JobState.QUEUED) + inState(JobState.SCHEDULED);
    }

    private long inState(JobState wanted) {
        long found = 0;
        for (Job job : jobs.values()) {
            found += job.state == wanted ? 1 : 0;
        }
        return found;
    }

    private long ended(JobState end) {
        return count.getOrDefault(end, 0L);
    }

    private void countEnd(JobState end) {
        count.merge(end, 1L, Long::sum);
    }

    private static boolean isWaiting(JobState state) {
        return state == JobState.QUEUED || state == JobState.SCHEDULED;
    }
}
