package io.millrace.domain.channel.simulation;

import io.millrace.contracts.JobId;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.work.JobKind;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.channel.ChannelCommand;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.ChannelRules;
import io.millrace.domain.channel.ChannelSnapshot;
import io.millrace.domain.channel.Decision;
import io.millrace.domain.channel.EndedJob;
import io.millrace.domain.channel.JournalEntry;
import io.millrace.domain.channel.KeyedSubmission;
import io.millrace.domain.channel.LiveChannel;
import io.millrace.domain.channel.LiveJob;
import io.millrace.domain.channel.Refusals;
import io.millrace.domain.lock.HeldLease;
import io.millrace.domain.lock.LockChange;
import io.millrace.domain.resource.NotedResource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the channel's actor does, without an actor: replays, takes the channel over, then decides commands at once,
 * stores what was decided together in one write at a time, and answers and acts when that write is stored. After a
 * write that failed it knows nothing any more and starts anew.
 */
final class ChannelOwner {
    private static final int TICK_MILLIS = 250;

    private final Node node;
    private final Simulation simulation;
    private final ChannelRules rules;
    private final ArrayDeque<Runnable> stash = new ArrayDeque<>();
    private final Cleaner cleaner;
    private final ServiceKeeper services;
    private final LeaseKeeper leases;
    private LiveChannel live = LiveChannel.empty();
    private List<ChannelEvent> pending = new ArrayList<>();
    private List<Reply> replies = new ArrayList<>();
    private long sequence;
    private boolean isServing;
    private boolean isWriting;
    private boolean isFlushDue;
    private @Nullable LockKeeper locks;
    private int deletions;
    private int locksForgotten;

    /** An answer that waits for the write that makes it true. */
    private record Reply(Call call, Answer answer) {
        void send() {
            call.reply().accept(answer);
        }
    }

    ChannelOwner(Node node, Simulation simulation) {
        this.node = node;
        this.simulation = simulation;
        this.rules = new ChannelRules(simulation.channelName());
        this.cleaner = new Cleaner(node.name(), simulation);
        this.services = new ServiceKeeper(node.name(), simulation);
        this.leases = new LeaseKeeper(node, this, simulation);
    }

    void recover() {
        if (isGone()) {
            return;
        }
        SharedJournal journal = simulation.journal();
        live = journal.replayFrom(simulation.random().oneOf(journal.startingPoints()));
        sequence = journal.lastSequence();
        simulation.trace().add(() -> node.name() + " replayed the journal up to " + sequence);
        simulation.safety().ownerHas(live, sequence);
        apply(rules.decide(live, takeOwnership(), node.clockMillis()));
        node.after(simulation.random().between(0, 30), this::write);
        isWriting = true;
        node.after(TICK_MILLIS, this::tick);
    }

    private ChannelCommand takeOwnership() {
        Set<Long> held = live.running().stream().map(LiveJob.Running::epoch).collect(Collectors.toSet());
        switch (simulation.flaw()) {
            case ADOPTS_WITHOUT_LOOKING -> simulation.trace().add(() -> node.name() + " does not look");
            case IGNORES_ITS_OWN_PROCESS_HOST -> held.clear();
            default -> held.removeIf(epoch -> !simulation.processes().has(node, epoch));
        }
        String host = simulation.flaw() == Flaw.TAKES_NODES_FOR_HOSTS ? node.name() : node.host();
        return new ChannelCommand.TakeOwnership(node.name(), host, held);
    }

    /**
     * The journal's key fences writes only: of two owners the one that stays may have nothing to write and never learn
     * that it is behind. The read model knows more than it then, so it starts anew.
     */
    void wake(long readModelPosition) {
        node.after(0, () -> {
            if (!isGone() && isServing && !isWriting && readModelPosition > sequence) {
                simulation.sightings().add("Owner behind the read model");
                simulation.trace().add(() -> node.name() + " is behind the read model");
                fail();
            }
        });
    }

    void receive(Call call) {
        if (isWriting || !isServing) {
            stash.add(() -> receive(call));
            return;
        }
        switch (call) {
            case Call.RetryOf retry -> lookUpEnded(retry);
            case Call.Decide decide
            when decide.command() instanceof ChannelCommand.Submit submit -> lookUpKey(decide, submit);
            case Call.Decide decide -> decide(decide, decide.command());
        }
    }

    // Looking up what the channel may have forgotten

    private void lookUpKey(Call.Decide call, ChannelCommand.Submit submit) {
        String key = submit.idempotencyKey();
        if (key == null || live.submission(key) != null) {
            decide(call, submit);
            return;
        }
        KeyedSubmission found = simulation.readModel().submission(key);
        afterLookUp(() -> {
            if (found == null) {
                decide(call, submit);
            } else {
                answer(call, new Answer.SameJobs(found.jobs()));
            }
        });
    }

    private void lookUpEnded(Call.RetryOf call) {
        EndedJob held = live.ended(call.job());
        if (held != null) {
            decide(call, new ChannelCommand.Retry(held));
            return;
        }
        EndedJob found = simulation.readModel().ended(call.job());
        afterLookUp(() -> {
            if (found == null) {
                answer(call, new Answer.Refused(Refusals.unknownJob(simulation.channelName(), call.job())));
            } else {
                decide(call, new ChannelCommand.Retry(found));
            }
        });
    }

    private void afterLookUp(Runnable action) {
        node.after(simulation.random().between(1, 40), () -> whenFree(action));
    }

    void whenFree(Runnable action) {
        if (isWriting || !isServing) {
            stash.add(() -> whenFree(action));
        } else {
            action.run();
        }
    }

    // Locks

    private void startLocks() {
        if (locks == null) {
            locks = new LockKeeper(node, simulation, live);
            locks.start();
        }
    }

    void locksChanged(long incarnation, LockChange change) {
        whenFree(() -> {
            boolean isLate =
                    incarnation != live.incarnation() && simulation.flaw() != Flaw.TAKES_LOCKS_OF_EARLIER_LIVES;
            boolean isOfDeleted =
                    deletions > locksForgotten && simulation.flaw() != Flaw.TAKES_LOCKS_OF_DELETED_CHANNELS;
            if (isLate || isOfDeleted) {
                simulation.sightings().add(isLate ? "Locks of an earlier life" : "Locks of a deleted channel");
                return;
            }
            Decision decision = decideFlawed(new ChannelCommand.ChangeLocks(incarnation, List.of(change)));
            BrokenPromise.unless(
                    decision instanceof Decision.Accepted,
                    () -> "the lock manager contradicts the channel: " + Brief.decision(decision));
            apply(decision);
            flushSoon();
        });
    }

    /** What an attempt holds now; the channel hears of it a little later, perhaps in another life. */
    void noteResources(JobId job, long epoch) {
        var held = new NotedResource(ResourceType.MEMORY, null, 1, 4_096, List.of());
        var note = new ChannelCommand.NoteResources(
                live.incarnation(), List.of(new ChannelCommand.AttemptResources(job, epoch, List.of(held))));
        node.after(
                simulation.random().between(0, 40),
                () -> whenFree(() -> {
                    applyAccepted(note);
                    flushSoon();
                }));
    }

    void locksForgotten() {
        whenFree(() -> locksForgotten++);
    }

    // Deciding

    private void decide(Call call, ChannelCommand command) {
        Decision decision = decideFlawed(command);
        simulation
                .trace()
                .add(() -> node.name() + " decides " + Brief.command(command) + ": " + Brief.decision(decision));
        switch (decision) {
            case Decision.Accepted accepted -> {
                apply(accepted);
                answer(call, new Answer.Done(accepted.events()));
            }
            case Decision.Refused refused -> answer(call, new Answer.Refused(refused.problem()));
            case Decision.Replayed replayed -> answer(call, new Answer.SameJobs(replayed.jobs()));
        }
    }

    private void apply(Decision decision) {
        if (!(decision instanceof Decision.Accepted accepted)) {
            return;
        }
        for (ChannelEvent event : withoutFlawedOnes(accepted.events())) {
            if (simulation.flaw() != Flaw.SKIPS_EVENTS || !simulation.random().oneIn(50)) {
                live.evolve(event);
            }
            pending.add(event);
            deletions += event instanceof ChannelEvent.ChannelDeleted ? 1 : 0;
        }
    }

    /** Every answer waits for the next write: it may rest on something that is not stored yet. */
    private void answer(Call call, Answer answer) {
        replies.add(new Reply(call, answer));
        flushSoon();
    }

    private void flushSoon() {
        if (!isFlushDue) {
            isFlushDue = true;
            node.after(simulation.random().between(0, 3), this::flush);
        }
    }

    private void flush() {
        isFlushDue = false;
        if (isGone() || isWriting || !isServing) {
            return;
        }
        int free = live.spec().threads().max() - live.running().size();
        apply(rules.decide(live, new ChannelCommand.StartNext(free, node.name()), node.clockMillis()));
        services.next(live, simulation.hasFaults(), node.clockMillis()).ifPresent(this::applyAccepted);
        cleanUp();
        if (pending.isEmpty()) {
            sendReplies();
        } else {
            write();
        }
    }

    private void cleanUp() {
        for (ChannelCommand command : cleaner.next(live, leases, simulation.hasFaults())) {
            applyAccepted(command);
        }
    }

    /** What a manager decided about this very channel. */
    private void applyAccepted(ChannelCommand command) {
        Decision decision = rules.decide(live, command, node.clockMillis());
        BrokenPromise.unless(
                decision instanceof Decision.Accepted,
                () -> "a manager contradicts the channel: " + Brief.decision(decision));
        apply(decision);
    }

    private void tick() {
        if (isGone()) {
            return;
        }
        if (!isWriting && isServing) {
            live.projected(simulation.readModel().position(), node.clockMillis());
            if (live.nextWakeMillis() <= node.clockMillis()
                    || simulation.random().oneIn(8)) {
                apply(rules.decide(live, new ChannelCommand.Elapse(), node.clockMillis()));
            }
            flushSoon();
            leases.renewIfDue();
        }
        node.after(TICK_MILLIS, this::tick);
    }

    // Storing

    private void write() {
        if (isGone()) {
            return;
        }
        isWriting = true;
        JournalEntry entry = new JournalEntry(pending);
        pending = new ArrayList<>();
        if (simulation.flaw() == Flaw.ANSWERS_BEFORE_COMMIT) {
            sendReplies();
        }
        long sentMillis = simulation.loop().nowMillis();
        simulation.database().write(node, sequence + 1, entry, outcome -> onWritten(entry, sentMillis, outcome));
    }

    private void onWritten(JournalEntry entry, long sentMillis, Database.Outcome outcome) {
        if (isGone()) {
            return;
        }
        if (outcome != Database.Outcome.STORED) {
            simulation.sightings().add("Write " + outcome);
            simulation.trace().add(() -> node.name() + " hears " + outcome + " of its write");
            fail();
            return;
        }
        sequence++;
        live.sealed(sequence);
        leases.written(sentMillis);
        if (!isServing) {
            leases.takeOver();
        }
        isWriting = false;
        isServing = true;
        startLocks();
        simulation.safety().ownerHas(live, sequence);
        sendReplies();
        entry.events().forEach(this::act);
        if (simulation.random().oneIn(6)) {
            simulation.journal().storeSnapshot(sequence, snapshot());
        }
        // Only those stashed so far: what is stashed again waits for the next write.
        for (int i = stash.size(); i > 0; i--) {
            stash.remove().run();
        }
        flushSoon();
    }

    private void sendReplies() {
        List<Reply> due = replies;
        replies = new ArrayList<>();
        due.forEach(Reply::send);
    }

    /** Whoever waits hears that it is unknown; callers in the stash send again by themselves. */
    private void fail() {
        if (locks != null) {
            locks.stop();
        }
        replies.forEach(reply -> reply.call().reply().accept(new Answer.Unknown()));
        node.stopOwner();
        if (node == simulation.home()
                || simulation.hasFaults() && simulation.random().oneIn(3)) {
            node.after(simulation.random().between(200, 2_000), node::startOwner);
        }
    }

    /** What follows once an event is stored. */
    private void act(ChannelEvent event) {
        switch (event) {
            case ChannelEvent.AttemptStarted e ->
                node.startWorker(new Worker(e.job(), e.epoch(), isProcess(e), leases.endMillis(), node, simulation));
            case ChannelEvent.AttemptAdopted e -> {
                node.adoptWith(new Worker(e.job(), e.epoch(), true, leases.endMillis(), node, simulation));
                if (live.job(e.job()) instanceof LiveJob.Running job && job.wasCancelRequested()) {
                    cancel(e.job());
                }
            }
            case ChannelEvent.CancelRequested e -> cancel(e.job());
            case ChannelEvent.ChannelDeleted _ -> {
                LockKeeper keeper = locks;
                if (keeper != null) {
                    node.after(1, keeper::forgetAll);
                }
            }
            default -> {
                // Followers and the read model read it from the journal.
            }
        }
    }

    private void cancel(JobId id) {
        Worker worker = live.job(id) instanceof LiveJob.Running job ? node.worker(job.epoch()) : null;
        if (worker != null) {
            worker.cancel();
        }
    }

    private boolean isProcess(ChannelEvent.AttemptStarted event) {
        LiveJob job = live.job(event.job());
        return job != null && job.submitted().kind() == JobKind.PROCESS;
    }

    boolean isGone() {
        return node.owner() != this;
    }

    /** Sequence number of the newest entry that this owner knows of. */
    long sequence() {
        return sequence;
    }

    /** Somebody else has written since; what this owner knows is not the truth any more. */
    void superseded() {
        simulation.trace().add(() -> node.name() + " is behind the journal");
        fail();
    }

    // Flaws

    private Decision decideFlawed(ChannelCommand command) {
        long now = node.clockMillis();
        return switch (command) {
            case ChannelCommand.EndAttempt end
            when simulation.flaw() == Flaw.IGNORES_EPOCHS ->
                rules.decide(live, new ChannelCommand.EndAttempt(end.job(), epochOf(end), end.outcome()), now);
            case ChannelCommand.Submit submit
            when simulation.flaw() == Flaw.IGNORES_IDEMPOTENCY_KEYS ->
                withKey(rules.decide(live, new ChannelCommand.Submit(submit.jobs(), null, null), now), submit);
            case ChannelCommand.ChangeLocks change
            when simulation.flaw() == Flaw.TAKES_LOCKS_OF_EARLIER_LIVES ->
                rules.decide(live, new ChannelCommand.ChangeLocks(live.incarnation(), ofThisLife(change)), now);
            default -> rules.decide(live, command, now);
        };
    }

    private List<LockChange> ofThisLife(ChannelCommand.ChangeLocks change) {
        return change.changes().stream()
                .map(each ->
                        each instanceof LockChange.Granted(var lease) ? new LockChange.Granted(renewed(lease)) : each)
                .toList();
    }

    private HeldLease renewed(HeldLease lease) {
        return new HeldLease(
                lease.lock(),
                lease.owner(),
                lease.token(),
                lease.level(),
                lease.ttlMillis(),
                lease.grantedAtMillis(),
                live.incarnation(),
                node.name(),
                lease.requestKey());
    }

    private long epochOf(ChannelCommand.EndAttempt end) {
        LiveJob job = live.job(end.job());
        return job == null ? end.epoch() : job.epoch();
    }

    private static Decision withKey(Decision decision, ChannelCommand.Submit submit) {
        return decision instanceof Decision.Accepted accepted
                ? new Decision.Accepted(accepted.events().stream()
                        .map(event -> event instanceof ChannelEvent.JobsSubmitted e
                                ? new ChannelEvent.JobsSubmitted(
                                        e.at(), e.jobs(), submit.idempotencyKey(), submit.bodyHash())
                                : event)
                        .toList())
                : decision;
    }

    private List<ChannelEvent> withoutFlawedOnes(List<ChannelEvent> events) {
        return simulation.flaw() == Flaw.LEAVES_OLD_ATTEMPTS
                ? events.stream().filter(event -> !isInterruption(event)).toList()
                : events;
    }

    private static boolean isInterruption(ChannelEvent event) {
        return event instanceof ChannelEvent.AttemptEnded ended
                && ended.outcome().kind() == AttemptOutcome.Kind.INTERRUPTED;
    }

    private ChannelSnapshot snapshot() {
        ChannelSnapshot snapshot = live.snapshot();
        if (simulation.flaw() != Flaw.SNAPSHOTS_END_A_JOB || snapshot.waiting().isEmpty()) {
            return snapshot;
        }
        JobId wronged = snapshot.waiting().getFirst().id();
        return LiveChannel.of(snapshot)
                .evolve(new ChannelEvent.JobsEnded(node.clockMillis(), List.of(wronged), JobState.CANCELLED, "a flaw"))
                .snapshot();
    }
}
