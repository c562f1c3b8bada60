package io.millrace.domain.resource;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleType;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.ReleaseReason;
import io.millrace.contracts.resource.ResourceMetrics.Totals;
import io.millrace.contracts.resource.ResourceState;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.domain.Moment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A ledger, a clock that stands still until it is moved, and a node that has everything it is asked for at once until
 * {@link #nodeIsSilent} is called. What is given back is at the node when {@link #back} says so.
 */
final class LedgerUnderTest {
    static final Owner ANN = Owner.named("ann");
    static final Owner BOB = Owner.named("bob");
    static final Owner ATTEMPT = new Owner("job attempt 1", new JobId(1, 1), 7);
    static final long START_MILLIS = 1_750_000_000_000L;
    static final Problem NODE_IS_FULL = Problem.of(ErrorCode.RESOURCE_LIMIT, "NodeResources", "The node is full.");

    private static final long START_NANOS = -3_000_000_000L;
    private static final long NANOS_PER_MILLI = 1_000_000;

    final ResourceLedger ledger;
    final List<LedgerEffect> effects = new ArrayList<>();
    private final Map<ResourceAccount, Long> limits;
    private boolean nodeAnswers = true;
    private long millis;
    private long lastWish;
    private long lastResource;

    private LedgerUnderTest(Map<ResourceAccount, Long> limits) {
        this.limits = limits;
        ledger = new ResourceLedger(limits);
    }

    /** With the limits of a channel of all defaults. */
    static LedgerUnderTest ofDefaults() {
        return new LedgerUnderTest(ResourceAccount.limitsOf(ChannelSpec.DEFAULT));
    }

    /** With 100 of everything. */
    static LedgerUnderTest ofHundreds() {
        return ofAll(100);
    }

    static LedgerUnderTest ofAll(long limit) {
        Map<ResourceAccount, Long> limits = new EnumMap<>(ResourceAccount.class);
        for (ResourceAccount account : ResourceAccount.values()) {
            limits.put(account, limit);
        }
        return new LedgerUnderTest(limits);
    }

    // The clock

    Moment now() {
        return new Moment(START_NANOS + millis * NANOS_PER_MILLI, START_MILLIS + millis);
    }

    /** Lets time pass, and what is due end. */
    void pass(long passingMillis) {
        millis += passingMillis;
        note(ledger.elapse(now()));
    }

    /** Milliseconds until something is due. */
    long dueInMillis() {
        return (ledger.nextNanos() - now().nanos()) / NANOS_PER_MILLI;
    }

    // Wishes

    ResourceWish.Part part(ResourceType type, long size) {
        String id = "resource-" + ++lastResource;
        return new ResourceWish.Part(
                new Handle(HandleType.RESOURCE, id, new ChannelName("build"), 1, "node-1", "seal"), type, size);
    }

    /** A wish that may not wait. */
    long ask(Owner owner, ResourceType type, long size) {
        return ask(owner, 0, part(type, size));
    }

    long askAndWait(Owner owner, long waitMillis, ResourceType type, long size) {
        return ask(owner, waitMillis, part(type, size));
    }

    long ask(Owner owner, long waitMillis, ResourceWish.Part... parts) {
        return ask(new ResourceWish(++lastWish, owner, List.of(parts), waitMillis * NANOS_PER_MILLI, 0, false));
    }

    /** What an attempt declares before it begins. */
    long declare(Owner owner, ResourceWish.Part... parts) {
        return ask(new ResourceWish(++lastWish, owner, List.of(parts), ResourceWish.UNBOUNDED, 0, true));
    }

    long ask(ResourceWish wish) {
        note(ledger.wish(wish, now()));
        return wish.number();
    }

    /** A wish that is granted at once. */
    String grant(Owner owner, ResourceType type, long size) {
        return grant(owner, type, size, 0);
    }

    String grant(Owner owner, ResourceType type, long size, long ttlMillis) {
        ResourceWish.Part part = part(type, size);
        long wish = ask(new ResourceWish(++lastWish, owner, List.of(part), 0, ttlMillis * NANOS_PER_MILLI, false));
        if (!isGranted(wish)) {
            throw new AssertionError(part + " was not granted: " + effects);
        }
        return part.id();
    }

    // The node

    void nodeIsSilent() {
        nodeAnswers = false;
    }

    void nodeHas(long wish, String... reused) {
        note(ledger.taken(wish, Set.of(reused), now()));
    }

    void nodeLetsWait(long wish, String why) {
        note(ledger.waitsAtNode(wish, why));
    }

    void nodeRefuses(long wish) {
        note(ledger.refusedByNode(wish, NODE_IS_FULL, now()));
    }

    void back(String... resources) {
        note(ledger.returned(List.of(resources), now()));
    }

    // Giving back, and limits

    void release(String id) {
        note(ledger.release(id, ReleaseReason.RELEASED, now()));
    }

    void releaseAndBack(String id) {
        release(id);
        back(id);
    }

    void releaseAll(Owner owner) {
        note(ledger.releaseAll(owner, now()));
    }

    void releaseEverything() {
        note(ledger.releaseEverything(now()));
    }

    // A cleanup of the channel

    void withhold() {
        note(ledger.withhold(now()));
    }

    void restore() {
        note(ledger.restore(now()));
    }

    void releaseWithheld() {
        note(ledger.releaseWithheld(now()));
    }

    void limit(ResourceAccount account, long limit) {
        limits.put(account, limit);
        note(ledger.configure(limits));
    }

    private void note(List<LedgerEffect> noted) {
        effects.addAll(noted);
        if (nodeAnswers) {
            for (LedgerEffect effect : noted) {
                if (effect instanceof LedgerEffect.Take(var wish)) {
                    nodeHas(wish.number());
                }
            }
        }
    }

    // What came out

    boolean isGranted(long wish) {
        return effects.contains(new LedgerEffect.Granted(wish));
    }

    boolean isAsked(long wish) {
        return effects.stream()
                .anyMatch(effect -> effect instanceof LedgerEffect.Take(var asked) && asked.number() == wish);
    }

    /** True while it is neither granted nor refused, and the node was not asked. */
    boolean isInLine(long wish) {
        return !isAsked(wish) && refusal(wish) == null;
    }

    Problem problem(long wish) {
        return Objects.requireNonNull(refusal(wish), () -> "wish " + wish + " was not refused: " + effects);
    }

    private @Nullable Problem refusal(long wish) {
        for (LedgerEffect effect : effects) {
            if (effect instanceof LedgerEffect.Refused(var refused, var problem) && refused == wish) {
                return problem;
            }
        }
        return null;
    }

    ResourceView view(String id) {
        return ledger.show(id).orElseThrow();
    }

    ResourceState state(String id) {
        return view(id).state();
    }

    List<ResourceState> states(String id) {
        return view(id).history().stream().map(ResourceView.Step::state).toList();
    }

    Totals totals(ResourceType type) {
        return ledger.figures().of(type).totals();
    }

    /** In units of the account. */
    Totals totals(ResourceAccount account) {
        return account.tier() == null
                ? totals(account.type())
                : Objects.requireNonNull(
                        ledger.figures().of(account.type()).tiers().get(account.tier()));
    }
}
