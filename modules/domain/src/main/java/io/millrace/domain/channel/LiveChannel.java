package io.millrace.domain.channel;

import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.channel.ChannelState;
import io.millrace.contracts.channel.JobCounts;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.job.Priority;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.work.JobKind;
import io.millrace.domain.cleanup.CleanupBook;
import io.millrace.domain.lock.HeldLease;
import io.millrace.domain.process.ProcessBook;
import io.millrace.domain.process.ProcessChange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The live state of one channel: its settings, the jobs that have not ended, and the ended ones the read model does not
 * have yet. {@link #evolve} changes it in place; it has one owner, and the journal is its only copy (decision record
 * 2). A command costs at most the logarithm of the jobs that wait, except those that end many jobs at once.
 *
 * <p>The same events always give the same state, and nothing here refuses an event: rules live in
 * {@link ChannelRules}.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
public final class LiveChannel {
    private boolean exists;
    private ChannelState state = ChannelState.ACTIVE;
    private long stateSinceMillis;
    private ChannelSpec spec = ChannelSpec.DEFAULT;
    private String owner = "";
    private @Nullable String ownerHost;
    private long incarnation;
    private long lastEpoch;
    private long lastEpochBeforeOwner;
    private long lastOrder;
    private long succeeded;
    private long failed;
    private long cancelled;
    private long lost;

    private final Map<JobId, LiveJob> jobs = new HashMap<>();
    private final LinkedHashMap<JobId, LiveJob.Running> running = new LinkedHashMap<>();
    /** Epochs of running attempts that the present owner has taken over. */
    private final Set<Long> adopted = new HashSet<>();

    private final ReadyQueue ready = new ReadyQueue();
    private final OrderedJobs scheduled = new OrderedJobs(JobOrder.BY_DUE_TIME);
    private final OrderedJobs queueDeadlines = new OrderedJobs(JobOrder.BY_QUEUE_DEADLINE);
    private final HeldResults held = new HeldResults();
    private final HeldLocks locks = new HeldLocks();
    private CleanupBook cleanups = CleanupBook.empty();
    private ProcessBook processes = ProcessBook.empty();

    private LiveChannel() {}

    /** A channel nothing has happened to. */
    public static LiveChannel empty() {
        return new LiveChannel();
    }

    /** The channel as a snapshot shows it. */
    public static LiveChannel of(ChannelSnapshot snapshot) {
        LiveChannel channel = new LiveChannel();
        channel.exists = snapshot.exists();
        channel.state = snapshot.state();
        channel.stateSinceMillis = snapshot.stateSinceMillis();
        channel.spec = snapshot.spec();
        channel.owner = snapshot.owner();
        channel.ownerHost = snapshot.ownerHost();
        channel.incarnation = snapshot.incarnation();
        channel.lastEpoch = snapshot.lastEpoch();
        channel.lastOrder = snapshot.lastOrder();
        channel.succeeded = snapshot.succeeded();
        channel.failed = snapshot.failed();
        channel.cancelled = snapshot.cancelled();
        channel.lost = snapshot.lost();
        snapshot.waiting().forEach(channel::addWaiting);
        snapshot.running().forEach(channel::addRunning);
        channel.ready.startsInRound(snapshot.startsInRound());
        channel.held.restore(snapshot.ended(), snapshot.submissions());
        channel.locks.restore(snapshot.lastToken(), snapshot.leases());
        channel.cleanups = CleanupBook.of(snapshot.cleanups());
        channel.processes = ProcessBook.of(snapshot.processes());
        return channel;
    }

    /** An immutable copy; the jobs in it are shared, not copied. */
    public ChannelSnapshot snapshot() {
        List<LiveJob.Waiting> waiting = new ArrayList<>(ready.size() + scheduled.size());
        forEachWaiting(waiting::add);
        return new ChannelSnapshot(
                exists,
                state,
                stateSinceMillis,
                spec,
                owner,
                ownerHost,
                incarnation,
                lastEpoch,
                lastOrder,
                succeeded,
                failed,
                cancelled,
                lost,
                ready.startsInRound(),
                waiting,
                List.copyOf(running.values()),
                held.endedJobs(),
                held.submissions(),
                locks.lastToken(),
                List.copyOf(locks.leases()),
                cleanups.snapshot(),
                processes.snapshot());
    }

    // Reading

    public boolean exists() {
        return exists;
    }

    public ChannelState state() {
        return state;
    }

    /** When the channel entered its state, in milliseconds since the epoch; 0 while it does not exist. */
    public long stateSinceMillis() {
        return stateSinceMillis;
    }

    public ChannelSpec spec() {
        return spec;
    }

    /** Node that took the channel over last, empty before the first did. */
    public String owner() {
        return owner;
    }

    /** Rises by one each time a node takes the channel over. */
    public long incarnation() {
        return incarnation;
    }

    /** Highest epoch given so far; never falls, also when a channel is deleted and created again. */
    public long lastEpoch() {
        return lastEpoch;
    }

    public @Nullable LiveJob job(JobId id) {
        return jobs.get(id);
    }

    /** Longest run of one attempt of a job: its own limit, but never more than the channel's. */
    public long attemptTimeoutMillis(LiveJob job) {
        long channels = spec.jobTimeout().toMillis();
        long own = job.submitted().policy().timeoutMillis();
        return own == 0 ? channels : Math.min(own, channels);
    }

    /**
     * Why a job waits or is about to stop, most telling first; empty for a job that simply runs.
     *
     * @param job a live job of this channel
     */
    public List<Condition> conditionsOf(LiveJob job, long nowMillis) {
        return JobConditions.of(this, job, nowMillis);
    }

    /** Jobs whose attempt runs now, in order of start. A view: it changes with the channel. */
    public Collection<LiveJob.Running> running() {
        return Collections.unmodifiableCollection(running.values());
    }

    /**
     * Attempts of earlier owners that were cut off and not ended: they {@link #leavesSomethingBehind leave something behind}
     * or {@link #mayRunElsewhere}. Each is cleaned up behind, then ended with {@link AttemptRules#interrupted}.
     */
    public List<LiveJob.Running> interrupted() {
        return running.values().stream().filter(this::isInterrupted).toList();
    }

    /**
     * True for a process that another process host may still run, whose node may have lost the channel without knowing: it
     * is ended there when its lease is over, and nothing is done before that must not happen beside it. What the owner's own
     * host still had when it took the channel it has taken over; handlers run under no lease.
     */
    public boolean mayRunElsewhere(LiveJob.Running job) {
        return isInterrupted(job) && job.submitted().kind() == JobKind.PROCESS && !isOfHost(job, owner, ownerHost);
    }

    /** True for an attempt whose job declares cleanup, that holds locks, or that held resources for some time. */
    public boolean leavesSomethingBehind(LiveJob.Running job) {
        return job.submitted().policy().hasCleanup() || job.noted() != null || locks.isHolder(job.id(), job.epoch());
    }

    /** Names of nodes are compared only where the hosts are not known: a node may come back with another one. */
    static boolean isOfHost(LiveJob.Running job, String node, @Nullable String host) {
        return job.host() == null || host == null
                ? job.node().equals(node)
                : job.host().equals(host);
    }

    /** True for an attempt that an earlier owner started and this one has not taken over: nobody waits for it any more. */
    public boolean isInterrupted(LiveJob.Running job) {
        return job.epoch() <= lastEpochBeforeOwner && !isAdopted(job);
    }

    /** True for an attempt of an earlier owner that goes on with this one, which has its process. */
    public boolean isAdopted(LiveJob.Running job) {
        return adopted.contains(job.epoch());
    }

    /** Jobs that wait, due or not. */
    public int waiting() {
        return ready.size() + scheduled.size();
    }

    public JobCounts counts() {
        return new JobCounts(ready.size(), running.size(), scheduled.size(), 0, succeeded, failed, cancelled, lost);
    }

    /** Ended job the read model may not have yet. */
    public @Nullable EndedJob ended(JobId id) {
        return held.ended(id);
    }

    /** Ended jobs held until the read model has them. */
    public int endedHeld() {
        return held.endedCount();
    }

    /** What was accepted under a key, while the channel still remembers it. */
    public @Nullable KeyedSubmission submission(String key) {
        return held.submission(key);
    }

    /** Locks that are held, in the order in which they were granted. A view: it changes with the channel. */
    public Collection<HeldLease> leases() {
        return locks.leases();
    }

    /** Who holds a lock, absent while it is free. */
    public @Nullable HeldLease lease(LockName lock) {
        return locks.lease(lock);
    }

    /** Highest fencing token given so far; never falls, also when a channel is deleted and created again. */
    public long lastToken() {
        return locks.lastToken();
    }

    /** What is stored of its cleanup. A view: it changes with the channel, and by its events alone. */
    public CleanupBook cleanups() {
        return cleanups;
    }

    /** What is stored of its services and commands. A view: it changes with the channel, and by its events alone. */
    public ProcessBook processes() {
        return processes;
    }

    /** True while the channel must stay awake. */
    public boolean hasWork() {
        return !jobs.isEmpty()
                || !locks.leases().isEmpty()
                || !cleanups.active().isEmpty()
                || processes.live() > 0
                || (exists && state == ChannelState.DELETING);
    }

    /** When time alone changes something next, in milliseconds since the epoch; {@link Long#MAX_VALUE} if never. */
    public long nextWakeMillis() {
        LiveJob.Waiting due = scheduled.first();
        LiveJob.Waiting late = queueDeadlines.first();
        return Math.min(
                due == null ? Long.MAX_VALUE : due.dueAtMillis(),
                late == null ? Long.MAX_VALUE : JobOrder.queueDeadlineMillis(late));
    }

    /** Jobs of the same or a higher priority that are due. */
    public int readyAtOrAbove(Priority priority) {
        return ready.sizeAtOrAbove(priority);
    }

    // What the rules need

    /** Queued jobs that start before this one if nothing else comes: of higher priority, or accepted earlier. */
    int ahead(LiveJob.Waiting job) {
        return ready.ahead(job);
    }

    /** The jobs that would start next, best first, at most {@code count}; none that has waited too long. */
    List<LiveJob.Waiting> nextToStart(int count, long nowMillis) {
        return ready.next(count, job -> JobOrder.queueDeadlineMillis(job) > nowMillis);
    }

    /** Scheduled jobs that are due at {@code nowMillis}, earliest first, at most {@code max}. */
    List<LiveJob.Waiting> dueAt(long nowMillis, int max) {
        return firstUntil(scheduled, LiveJob.Waiting::dueAtMillis, nowMillis, max);
    }

    /** Jobs that have waited longer for their first start than they may, at most {@code max}. */
    List<LiveJob.Waiting> waitedTooLongAt(long nowMillis, int max) {
        return firstUntil(queueDeadlines, JobOrder::queueDeadlineMillis, nowMillis, max);
    }

    private static List<LiveJob.Waiting> firstUntil(
            OrderedJobs jobs, ToLongFunction<LiveJob.Waiting> time, long nowMillis, int max) {
        List<LiveJob.Waiting> first = new ArrayList<>();
        for (LiveJob.Waiting job : jobs) {
            if (time.applyAsLong(job) > nowMillis || first.size() == max) {
                break;
            }
            first.add(job);
        }
        return first;
    }

    void forEachWaiting(Consumer<LiveJob.Waiting> action) {
        ready.forEach(action);
        scheduled.forEach(action);
    }

    // The journal and the read model

    /** Everything evolved so far is stored under this sequence number or a lower one. */
    public void sealed(long sequence) {
        held.sealed(sequence);
    }

    /**
     * The read model has everything up to this sequence number: ended jobs stored there are forgotten, idempotency keys
     * once they have been held for {@link io.millrace.domain.Limits#IDEMPOTENCY_KEY_HELD_MIN} or there are too many.
     */
    public void projected(long sequence, long nowMillis) {
        held.projected(sequence, nowMillis);
    }

    // Evolution

    /** Applies one stored event. */
    public LiveChannel evolve(ChannelEvent event) {
        switch (event) {
            case ChannelEvent.ChannelCreated e -> {
                exists = true;
                enter(ChannelState.ACTIVE, e);
                spec = e.spec();
            }
            case ChannelEvent.ChannelChanged e -> spec = e.spec();
            case ChannelEvent.ChannelPaused e -> enter(ChannelState.PAUSED, e);
            case ChannelEvent.ChannelResumed e -> enter(ChannelState.ACTIVE, e);
            case ChannelEvent.ChannelDraining e -> enter(ChannelState.DRAINING, e);
            case ChannelEvent.ChannelDeleting e -> enter(ChannelState.DELETING, e);
            case ChannelEvent.ChannelDeleted _ -> onDeleted();
            case ChannelEvent.OwnershipTaken e -> {
                owner = e.node();
                ownerHost = e.host();
                incarnation = e.incarnation();
                lastEpochBeforeOwner = lastEpoch;
                adopted.clear();
            }
            case ChannelEvent.JobsSubmitted e -> onSubmitted(e);
            case ChannelEvent.JobsDue e -> e.jobs().forEach(this::onDue);
            case ChannelEvent.AttemptStarted e -> onStarted(e);
            case ChannelEvent.AttemptAdopted e -> onAdopted(e);
            case ChannelEvent.CancelRequested e -> onCancelRequested(e);
            case ChannelEvent.AttemptEnded e -> onAttemptEnded(e);
            case ChannelEvent.JobsEnded e -> onJobsEnded(e);
            case ChannelEvent.JobRetried e -> onRetried(e);
            case ChannelEvent.LateResultRecorded _ -> {
                // Recorded for people; it changes nothing.
            }
            case ChannelEvent.EventPublished _ -> {
                // Read by followers; it changes nothing.
            }
            case ChannelEvent.LockGranted e -> locks.granted(e, incarnation, owner);
            case ChannelEvent.LockReleased e -> locks.released(e);
            case ChannelEvent.ResourcesNoted e -> onResourcesNoted(e);
            case ChannelEvent.CleanupChanged e -> cleanups.apply(e.change(), e.at(), incarnation, owner);
            case ChannelEvent.ProcessChanged e -> onProcessChanged(e);
        }
        return this;
    }

    private void enter(ChannelState entered, ChannelEvent event) {
        state = entered;
        stateSinceMillis = event.at();
    }

    /**
     * What numbers things for good goes on counting: a channel of the same name repeats no epoch, no token and no
     * number of a cleanup.
     */
    private void onDeleted() {
        exists = false;
        state = ChannelState.ACTIVE;
        stateSinceMillis = 0;
        spec = ChannelSpec.DEFAULT;
        succeeded = 0;
        failed = 0;
        cancelled = 0;
        lost = 0;
        held.forgetAll();
        locks.forgetLeases();
        cleanups.forgetAll();
        processes.forgetAll();
    }

    private void onSubmitted(ChannelEvent.JobsSubmitted event) {
        for (SubmittedJob job : event.jobs()) {
            long dueAt = job.notBeforeMillis() > event.at() ? job.notBeforeMillis() : 0;
            addWaiting(new LiveJob.Waiting(job, event.at(), 0, 0, ++lastOrder, dueAt, event.at()));
        }
        String key = event.idempotencyKey();
        if (key != null) {
            held.add(KeyedSubmission.of(key, event));
        }
    }

    private void onDue(JobId id) {
        if (jobs.get(id) instanceof LiveJob.Waiting waiting && waiting.state() == JobState.SCHEDULED) {
            removeWaiting(waiting);
            addWaiting(waiting.due());
        }
    }

    private void onStarted(ChannelEvent.AttemptStarted event) {
        lastEpoch = Math.max(lastEpoch, event.epoch());
        if (jobs.get(event.job()) instanceof LiveJob.Waiting waiting) {
            removeWaiting(waiting);
            ready.countStart(waiting.submitted().priority());
            addRunning(waiting.started(event, ownerHost));
        }
    }

    /** Its locks are the new owner's as it is: they last until it ends. */
    private void onAdopted(ChannelEvent.AttemptAdopted event) {
        LiveJob.Running job = running.get(event.job());
        if (job != null && job.epoch() == event.epoch()) {
            adopted.add(event.epoch());
            addRunning(job.adopted(event, ownerHost));
            locks.adopted(event, incarnation);
        }
    }

    private void onCancelRequested(ChannelEvent.CancelRequested event) {
        LiveJob.Running job = running.get(event.job());
        if (job != null) {
            addRunning(job.cancelRequested(event.at()));
        }
    }

    private void onResourcesNoted(ChannelEvent.ResourcesNoted event) {
        LiveJob.Running job = running.get(event.job());
        if (job != null && job.epoch() == event.epoch()) {
            addRunning(job.noted(event));
        }
    }

    private void onAttemptEnded(ChannelEvent.AttemptEnded event) {
        LiveJob.Running job = running.remove(event.job());
        if (job == null) {
            return;
        }
        adopted.remove(job.epoch());
        if (event.next().isTerminal()) {
            jobs.remove(event.job());
            end(job.ended(event));
        } else {
            addWaiting(job.waitingAgain(event));
        }
    }

    private void onJobsEnded(ChannelEvent.JobsEnded event) {
        for (JobId id : event.jobs()) {
            if (jobs.get(id) instanceof LiveJob.Waiting waiting) {
                removeWaiting(waiting);
                jobs.remove(id);
                end(waiting.ended(event));
            }
        }
    }

    private void onRetried(ChannelEvent.JobRetried event) {
        held.remove(event.job().id());
        addWaiting(new LiveJob.Waiting(
                event.job(), event.createdAtMillis(), event.attempts(), event.epoch(), ++lastOrder, 0, event.at()));
    }

    private void onProcessChanged(ChannelEvent.ProcessChanged event) {
        if (event.change() instanceof ProcessChange.RunStarted started) {
            lastEpoch = Math.max(lastEpoch, started.epoch());
        }
        processes.apply(event.change(), event.at());
    }

    private void end(EndedJob job) {
        switch (job.state()) {
            case SUCCEEDED -> succeeded++;
            case FAILED -> failed++;
            case CANCELLED -> cancelled++;
            case LOST -> lost++;
            case SCHEDULED, BLOCKED, QUEUED, RUNNING -> throw new IllegalStateException("not an end: " + job.state());
        }
        held.add(job);
    }

    private void addWaiting(LiveJob.Waiting job) {
        jobs.put(job.id(), job);
        if (job.dueAtMillis() > 0) {
            scheduled.add(job);
        } else {
            ready.add(job);
        }
        if (JobOrder.queueDeadlineMillis(job) != Long.MAX_VALUE) {
            queueDeadlines.add(job);
        }
    }

    private void removeWaiting(LiveJob.Waiting job) {
        if (job.dueAtMillis() > 0) {
            scheduled.remove(job);
        } else {
            ready.remove(job);
        }
        queueDeadlines.remove(job);
    }

    private void addRunning(LiveJob.Running job) {
        jobs.put(job.id(), job);
        running.put(job.id(), job);
    }
}
