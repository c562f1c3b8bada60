package io.millrace.channel.resource;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.Inspection;
import io.millrace.channel.Instruments;
import io.millrace.channel.JobIds;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.ManagerRequest;
import io.millrace.channel.Restarting;
import io.millrace.channel.handle.HandleSeals;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.resource.buffer.BufferMemory;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Problem;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handle.ValidationReport;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.job.ResourceRequest;
import io.millrace.contracts.resource.AllocationRequest;
import io.millrace.contracts.resource.Buffer;
import io.millrace.contracts.resource.CleanupCheck;
import io.millrace.contracts.resource.ReleaseReason;
import io.millrace.contracts.resource.ResourceLimit;
import io.millrace.contracts.resource.ResourceMetrics;
import io.millrace.contracts.resource.ResourceUsage;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.domain.Limits;
import io.millrace.domain.Moment;
import io.millrace.domain.channel.ChannelCommand;
import io.millrace.domain.resource.NotedResource;
import io.millrace.domain.resource.ResourceAccount;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accounts for everything one channel holds (contract rows, B-134 to B-142). What may be granted is decided by
 * a {@link io.millrace.domain.resource.ResourceLedger}; what the node has is asked of {@link NodeResources}; and whoever
 * asked is told when both have it. Nobody blocks: who waits is a line in the ledger.
 *
 * <p>A restart of this actor keeps the ledger. It ends with the life of its channel, and what was held then goes back to
 * the node at once.
 */
public final class ResourceManager extends AbstractMatchingBehavior<ResourceManager.Command> {
    private static final Logger LOG = LoggerFactory.getLogger(ResourceManager.class);
    private static final long NEVER = Long.MAX_VALUE;

    private final Seed seed;
    private final TimerScheduler<Command> timers;
    private final ResourceAccounts accounts;
    private final ActorRef<NodeResources.Answer> nodeAnswers;
    private final ResourceEffects effects;
    private final ResourceWishes wishes;
    private final ResourceLookups lookups;
    private final ResourceIsolation isolation;
    private final ResourceBoundaries boundaries;
    private final ContentRequests contents;
    private final ResourceReleases releases;
    private final ResourceCleanup cleanup;
    private long timerAtNanos = NEVER;
    private boolean isNoting;

    /** Messages of the resource manager. */
    public sealed interface Command {}

    /** What is asked of it from outside its channel, too. */
    public sealed interface Request extends Command, ManagerRequest {}

    /**
     * Grant a resource, let its owner wait, or refuse it. Answered with {@link Allocated}.
     *
     * @param requestKey a second request with the same key is answered with the resource of the first, absent for none
     * @param bodyHash digest of the request that came with the key
     */
    public record Allocate(
            Owner owner,
            AllocationRequest request,
            @Nullable String requestKey,
            @Nullable String bodyHash,
            ActorRef<ManagerReply> replyTo)
            implements Request {}

    /**
     * Give a resource back. Answered with {@link Released} when the node has answered, so that whoever looks next finds it
     * back, unless its memory is still being accessed.
     */
    public record Release(Reference resource, ActorRef<ManagerReply> replyTo) implements Request {}

    /**
     * A part of the list of all resources, newest first. Answered with {@link Listed}.
     *
     * @param offset resources before the part
     */
    public record ListResources(int offset, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Shown}. */
    public record Show(Reference resource, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Used}. */
    public record ShowUsage(Reference resource, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Is it back? Answered with {@link CleanupVerified}. */
    public record VerifyCleanup(Reference resource, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Validated}. */
    public record Validate(Reference resource, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link IsolationVerified}. */
    public record VerifyIsolation(ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Limited}. */
    public record ShowLimits(ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Metered}. */
    public record ShowMetrics(ActorRef<ManagerReply> replyTo) implements Request {}

    /**
     * Write a part of a buffer's content. Answered with {@link Written}.
     *
     * @param offset of the part, in bytes
     * @param isLast true if the content ends behind it; the rest of the buffer becomes zeros
     */
    public record Write(Reference buffer, int offset, byte[] part, boolean isLast, ActorRef<ManagerReply> replyTo)
            implements Request {}

    /** Read a part of a buffer's content. Answered with {@link Content}. */
    public record Read(Reference buffer, int offset, ActorRef<ManagerReply> replyTo) implements Request {}

    /**
     * Grant all of these to an attempt or let it wait its turn. Answered with {@link Granted}, {@link Refused}, or with
     * {@link Waits} first. Asking again changes nothing and is answered again.
     */
    public record Acquire(AttemptId attempt, List<ResourceRequest> requests, ActorRef<Answer> replyTo)
            implements Command {
        public Acquire {
            requests = List.copyOf(requests);
        }
    }

    /** Take back whatever an attempt holds or waits for. Answered with {@link AllReleased}. */
    public record ReleaseAll(AttemptId attempt, ActorRef<AllReleased> replyTo) implements Command {}

    /** The channel is gone: take back whatever anybody holds or waits for. */
    public enum ReleaseEverything implements Command {
        INSTANCE
    }

    /**
     * The channel is being cleaned up: whatever belongs to no attempt is withheld from its holder, still charged, and nothing
     * more is granted until {@link Restore} or {@link ReleaseWithheld}. Whoever waits is refused, except attempts that
     * start, which wait on. Answered with {@link Withheld}; doing so again changes nothing.
     */
    public record Withhold(ActorRef<Withheld> replyTo) implements Command {}

    /**
     * The cleanup was taken back: what is withheld belongs to its holders again as it did before, and what ran out meanwhile
     * goes back to the node. Answered with {@link Restored}; doing so again changes nothing.
     */
    public record Restore(ActorRef<Restored> replyTo) implements Command {}

    /**
     * The cleanup has succeeded: what is withheld goes back to the node. Answered with {@link WithheldReleased} when the
     * node has all of it, or after {@link Limits#MANAGER_ANSWER_MAX}. Asked again it says the same until the next
     * {@link Withhold}.
     */
    public record ReleaseWithheld(ActorRef<WithheldReleased> replyTo) implements Command {}

    /** Is the channel charged with nothing but what it holds? Answered with {@link Reclaimed} (contract row C-24). */
    public record VerifyReclaimed(ActorRef<Reclaimed> replyTo) implements Command {}

    /** Like {@link Allocate}, for a handler: answered with memory, which stays within the node. */
    public record AllocateBuffer(AttemptId attempt, AllocationRequest request, ActorRef<BufferAnswer> replyTo)
            implements Command {}

    /** Follow changed limits. What is granted stays granted, even above a lowered limit. */
    public record Configure(ChannelSpec spec) implements Command {}

    /** What is held now, by type. Answered with {@link Resources}. */
    public record Snapshot(ActorRef<Resources> replyTo) implements Command {}

    /** Whoever waits for the release of what was withheld has waited long enough. */
    enum ReleaseOver implements Command {
        INSTANCE
    }

    /** @param earlier what was wrong at the first look, absent if this is the first */
    record ReclamationSeen(
            Optional<NodeResources.Audited> audited, Optional<Map<String, String>> earlier, ActorRef<Reclaimed> replyTo)
            implements Command {}

    private record FromNode(NodeResources.Answer answer) implements Command {}

    record Audited(Optional<NodeResources.Audited> audited) implements Command {}

    record ProcessesSeen(Optional<NodeResources.Audited> audited, List<Inspection.ProcessView> processes)
            implements Command {
        ProcessesSeen {
            processes = List.copyOf(processes);
        }
    }

    record IsolationSeen(ResourceIsolation.Seen seen) implements Command {}

    private enum Tick implements Command {
        INSTANCE
    }

    /** It is time to note what attempts have held for some time. */
    private enum NoteHeld implements Command {
        INSTANCE
    }

    private enum CheckIsolation implements Command {
        INSTANCE
    }

    /** Answers to {@link Acquire}. */
    public sealed interface Answer {
        AttemptId attempt();
    }

    /**
     * The attempt holds everything it asked for.
     *
     * @param resources in the order in which they were asked for
     * @param buffers memory of those that are buffers, in the same order
     */
    public record Granted(AttemptId attempt, List<ResourceView> resources, List<GrantedBuffer> buffers)
            implements Answer {
        public Granted {
            resources = List.copyOf(resources);
            buffers = List.copyOf(buffers);
        }
    }

    /** It waits; {@link Granted} follows. */
    public record Waits(AttemptId attempt, Condition condition) implements Answer {}

    /** It asked for more than the channel or the node may ever hold. */
    public record Refused(AttemptId attempt, Problem problem) implements Answer {}

    /**
     * Answer to {@link ReleaseAll}.
     *
     * @param released what the attempt held and gave back the first time it was asked
     * @param anythingLeft true if something is not back yet
     */
    public record AllReleased(AttemptId attempt, List<NotedResource> released, boolean anythingLeft) {
        public AllReleased {
            released = List.copyOf(released);
        }
    }

    /**
     * What is withheld now.
     *
     * @param bytes of it that are memory
     */
    public record Withheld(long resources, long bytes) {}

    /** What was withheld belongs to its holders again. */
    public record Restored() {}

    /**
     * @param bytes of what was withheld that are memory
     * @param released the same by type
     * @param left what the node does not have back, for people; empty if it has everything
     */
    public record WithheldReleased(
            long resources, long bytes, List<NotedResource> released, boolean isEverythingBack, List<String> left) {
        public WithheldReleased {
            released = List.copyOf(released);
            left = List.copyOf(left);
        }
    }

    /** @param problems what is charged and should not be, for people; empty if nothing is */
    public record Reclaimed(boolean isReclaimed, List<String> problems) {
        public Reclaimed {
            problems = List.copyOf(problems);
        }
    }

    /** Answers to {@link AllocateBuffer}. */
    public sealed interface BufferAnswer {}

    public record BufferGranted(Buffer buffer) implements BufferAnswer {}

    public record BufferRefused(Problem problem) implements BufferAnswer {}

    /** @param isReplayed true if an earlier request with the same key got it */
    public record Allocated(ResourceView resource, boolean isReplayed) implements ManagerReply {}

    /** @param wasHeld false if there was nothing to give back */
    public record Released(boolean wasHeld) implements ManagerReply {}

    /**
     * @param resources at most {@link Limits#RESOURCES_PER_MESSAGE_MAX}
     * @param isLast true if none follow
     */
    public record Listed(List<ResourceView> resources, boolean isLast) implements ManagerReply {
        public Listed {
            resources = List.copyOf(resources);
        }
    }

    public record Shown(ResourceView resource) implements ManagerReply {}

    public record Used(ResourceUsage usage) implements ManagerReply {}

    public record CleanupVerified(CleanupCheck check) implements ManagerReply {}

    public record Validated(ValidationReport report) implements ManagerReply {}

    public record IsolationVerified(IsolationReport report) implements ManagerReply {}

    public record Limited(List<ResourceLimit> limits) implements ManagerReply {
        public Limited {
            limits = List.copyOf(limits);
        }
    }

    public record Metered(List<ResourceMetrics> metrics) implements ManagerReply {
        public Metered {
            metrics = List.copyOf(metrics);
        }
    }

    public record Written() implements ManagerReply {}

    /**
     * @param part of the content, from the offset that was asked for
     * @param length of the whole content
     */
    public record Content(byte[] part, int length) implements ManagerReply {}

    /** What is held now, by type. */
    public record Resources(List<Inspection.ResourceView> types) {
        public Resources {
            types = List.copyOf(types);
        }
    }

    /**
     * What a resource manager begins with.
     *
     * @param incarnation of the channel, which has one resource manager in each
     * @param node that owns it
     * @param seals makes the handles
     * @param ids makes their identifiers
     * @param clock monotonic and wall-clock time
     * @param blocking looks at files
     * @param nodeLimits shown beside those of the channel
     * @param processes asked for the processes that really run
     * @param reports told when the channel holds something and when it is not isolated
     */
    public record Seed(
            ChannelName channel,
            ChannelSpec spec,
            long incarnation,
            String node,
            HandleSeals seals,
            JobIds ids,
            Supplier<Moment> clock,
            Instruments instruments,
            Executor blocking,
            NodeLimits nodeLimits,
            ActorRef<NodeResources.Command> nodeResources,
            ActorRef<ProcessManager.Command> processes,
            ActorRef<ChannelReport> reports) {}

    /** Restarts itself after a defect; the ledger survives. */
    public static Behavior<Command> create(Seed seed) {
        return Behaviors.setup(_ -> {
            var accounts = new ResourceAccounts(seed);
            return Restarting.after(
                    context -> Behaviors.withTimers(timers -> new ResourceManager(context, timers, seed, accounts)));
        });
    }

    private ResourceManager(
            ActorContext<Command> context, TimerScheduler<Command> timers, Seed seed, ResourceAccounts accounts) {
        super(context);
        this.seed = seed;
        this.timers = timers;
        this.accounts = accounts;
        this.nodeAnswers = context.messageAdapter(NodeResources.Answer.class, FromNode::new);
        this.effects = new ResourceEffects(context.getSelf(), seed, accounts, nodeAnswers);
        this.wishes = new ResourceWishes(seed, accounts, effects);
        this.isolation = new ResourceIsolation(context, seed, accounts, nodeAnswers);
        this.boundaries = new ResourceBoundaries(seed, accounts);
        this.lookups = new ResourceLookups(seed, accounts, boundaries);
        this.contents = new ContentRequests(seed, accounts, boundaries);
        this.releases = new ResourceReleases(seed, accounts, boundaries, effects::settle);
        this.cleanup = new ResourceCleanup(context, timers, seed, accounts, nodeAnswers, effects::settle);
        timers.startTimerWithFixedDelay(CheckIsolation.INSTANCE, Limits.ISOLATION_CHECK_INTERVAL);
        arm();
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case Request request -> onRequest(request);
            case Acquire acquire -> wishes.acquire(acquire);
            case ReleaseAll(var attempt, var replyTo) -> releases.releaseAll(attempt, replyTo);
            case ReleaseEverything.INSTANCE -> onReleaseEverything();
            case AllocateBuffer allocate -> wishes.allocateBuffer(allocate);
            case Withhold(var replyTo) -> cleanup.withhold(replyTo);
            case Restore(var replyTo) -> cleanup.restore(replyTo);
            case ReleaseWithheld(var replyTo) -> cleanup.release(replyTo);
            case ReleaseOver.INSTANCE -> cleanup.answerRelease();
            case VerifyReclaimed(var replyTo) -> cleanup.verify(replyTo);
            case ReclamationSeen seen -> cleanup.seen(seen);
            case Configure(var spec) -> effects.settle(accounts.ledger.configure(ResourceAccount.limitsOf(spec)));
            case Snapshot(var replyTo) -> replyTo.tell(new Resources(ResourceInspection.of(seed, accounts.ledger)));
            case FromNode(var answer) -> onNode(answer);
            case Audited(var audited) -> isolation.onAudited(audited);
            case ProcessesSeen(var audited, var processes) -> isolation.onProcesses(audited, processes);
            case IsolationSeen(var seen) -> takeAway(isolation.onSeen(seen));
            case Tick.INSTANCE -> onTick();
            case NoteHeld.INSTANCE -> noteHeld();
            case CheckIsolation.INSTANCE -> checkIsolation();
        }
        reportUse();
        arm();
        noteHeldLater();
        return this;
    }

    private void onRequest(Request request) {
        switch (request) {
            case Allocate allocate -> wishes.allocate(allocate);
            case Release release -> releases.release(release);
            case ListResources(var offset, var replyTo) -> replyTo.tell(lookups.part(offset));
            case Show(var resource, var replyTo) -> lookups.show(resource, replyTo);
            case ShowUsage(var resource, var replyTo) -> lookups.showUsage(resource, replyTo);
            case VerifyCleanup verify -> lookups.verifyCleanup(verify);
            case Validate validate -> lookups.validate(validate);
            case VerifyIsolation(var replyTo) -> isolation.verify(replyTo);
            case ShowLimits(var replyTo) ->
                replyTo.tell(new Limited(accounts.ledger.figures().limits(seed.nodeLimits.byType())));
            case ShowMetrics(var replyTo) ->
                replyTo.tell(new Metered(accounts.ledger.figures().metrics()));
            case Write write -> contents.write(write);
            case Read(var buffer, var offset, var replyTo) -> contents.read(buffer, offset, replyTo);
        }
    }

    // Giving back

    /** A key of the deleted channel says nothing to the next one of its name. */
    private void onReleaseEverything() {
        accounts.keys.clear();
        effects.settle(accounts.ledger.releaseEverything(now()));
    }

    // What the node answers

    private void onNode(NodeResources.Answer answer) {
        switch (answer) {
            case NodeResources.Taken(var number, var buffers, var reused) -> onTaken(number, buffers, reused);
            case NodeResources.Waits(var number, var why) -> effects.settle(accounts.ledger.waitsAtNode(number, why));
            case NodeResources.Refused(var number, var problem) ->
                effects.settle(accounts.ledger.refusedByNode(number, problem, now()));
            case NodeResources.Returned(var resources, var accessed) -> {
                effects.settle(accounts.ledger.returned(resources, now()));
                releases.answer(resources);
                releases.answer(accessed);
                cleanup.answerRelease();
            }
        }
    }

    private void onTaken(long number, Map<String, BufferMemory> buffers, Set<String> reused) {
        if (accounts.pending.containsKey(number)) {
            accounts.contents.put(buffers);
            effects.settle(accounts.ledger.taken(number, reused, now()));
        }
    }

    // Isolation and time

    private void checkIsolation() {
        giveBackAgain();
        if (accounts.ledger.isInUse() || isolation.isBreached()) {
            isolation.check();
        }
    }

    /** For what the node did not hear of, because it was restarted in between. What it has back already it says again. */
    private void giveBackAgain() {
        List<String> releasing = accounts.ledger.releasing();
        if (!releasing.isEmpty()) {
            seed.nodeResources.tell(new NodeResources.GiveBack(releasing, nodeAnswers));
        }
    }

    /** Whoever uses what belongs to somebody else loses it. */
    private void takeAway(List<String> resources) {
        for (String id : resources) {
            accounts.contents.remove(id);
            effects.settle(accounts.ledger.release(id, ReleaseReason.RECLAIMED, now()));
        }
    }

    private void onTick() {
        timerAtNanos = NEVER;
        effects.settle(accounts.ledger.elapse(now()));
    }

    private void arm() {
        long next = accounts.ledger.nextNanos();
        if (next == timerAtNanos) {
            return;
        }
        timerAtNanos = next;
        if (next == NEVER) {
            timers.cancel(Tick.INSTANCE);
        } else {
            timers.startSingleTimer(Tick.INSTANCE, Duration.ofNanos(Math.max(1, next - now().nanos())));
        }
    }

    /** Looks after what attempts hold once in a while, and not at all while they hold nothing. */
    private void noteHeldLater() {
        if (!isNoting && accounts.notes.isNeeded(accounts.ledger)) {
            isNoting = true;
            timers.startSingleTimer(NoteHeld.INSTANCE, Limits.RESOURCES_NOTED_AFTER);
        }
    }

    private void noteHeld() {
        isNoting = false;
        List<ChannelCommand.AttemptResources> changed = accounts.notes.changed(accounts.ledger, now());
        if (!changed.isEmpty()) {
            seed.reports.tell(new ChannelReport.ResourcesNoted(seed.incarnation, changed));
        }
    }

    /** A channel that holds something stays in memory, and starts fewer attempts while slots are set aside. */
    private void reportUse() {
        var use = new ChannelReport.ResourcesHeld(
                accounts.ledger.isInUse(), Math.toIntExact(accounts.ledger.inUse(ResourceAccount.THREADS)));
        if (!use.equals(accounts.reportedUse)) {
            accounts.reportedUse = use;
            seed.reports.tell(use);
        }
        seed.instruments.resourcesHeld().add(accounts.ledger.size() - accounts.countedHeld);
        accounts.countedHeld = accounts.ledger.size();
    }

    private Moment now() {
        return seed.clock.get();
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PreRestart) {
            seed.instruments.managerRestarted();
        } else if (signal == PostStop.instance()) {
            seed.instruments.resourcesHeld().add(-accounts.countedHeld);
            accounts.countedHeld = 0;
            leave();
        }
        return this;
    }

    /** The channel starts again or leaves this node; what was held goes with its life. */
    private void leave() {
        accounts.released.values().forEach(releaser -> releaser.tell(new Released(true)));
        effects.refuseAll(ResourceRequests.moved(seed.channel));
    }
}
