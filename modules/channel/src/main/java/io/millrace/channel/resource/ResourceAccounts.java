package io.millrace.channel.resource;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.RequestKeys;
import io.millrace.channel.handle.BoundaryGuard;
import io.millrace.channel.incident.IncidentTeller;
import io.millrace.domain.resource.NotedResource;
import io.millrace.domain.resource.ResourceAccount;
import io.millrace.domain.resource.ResourceLedger;
import io.millrace.domain.resource.ResourceWish;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;

/** What outlives a restart of the resource manager. */
final class ResourceAccounts {
    final ResourceLedger ledger;
    final BufferContents contents = new BufferContents();
    final BoundaryGuard guard;
    /** Wishes that are not granted yet, by number. */
    final Map<Long, Pending> pending = new HashMap<>();
    /** What attempts declared, from the time they asked for it until they have ended. */
    final Map<AttemptId, ResourceWish> attempts = new HashMap<>();
    /** Who waits until everything of an attempt is back. */
    final Map<AttemptId, Releasing> releases = new HashMap<>();

    /** Who gave a resource back and waits until the node has heard of it. */
    final Map<String, ActorRef<ManagerReply>> released = new HashMap<>();

    final HeldNotes notes = new HeldNotes();

    /** The latest release of what a cleanup withheld. */
    final WithheldRelease withheldRelease = new WithheldRelease();

    final RequestKeys<Keyed> keys = new RequestKeys<>();
    /** What a person was told of. */
    final IncidentTeller incidents;

    /** True from an isolation check that found something to the next one that finds nothing. */
    boolean isBreached;
    /** By identifier of a resource of ours, whose memory it claims. */
    Map<String, String> foreign = Map.of();

    long lastWish;
    ChannelReport.ResourcesHeld reportedUse = ChannelReport.ResourcesHeld.NONE;
    long countedHeld;

    ResourceAccounts(ResourceManager.Seed seed) {
        ledger = new ResourceLedger(ResourceAccount.limitsOf(seed.spec()));
        incidents = new IncidentTeller(
                seed.channel(), seed.node(), () -> seed.clock().get().instant(), seed.reports());
        guard = new BoundaryGuard(seed.seals());
    }

    ResourceWish wish(long number) {
        return pending(number).wish();
    }

    List<ResourceCaller> callers(long number) {
        return pending(number).callers();
    }

    private Pending pending(long number) {
        return Objects.requireNonNull(pending.get(number), "a wish is known until it is granted or refused");
    }

    /** Forgets a wish that was granted or refused. */
    Pending ended(long number) {
        Pending ended = pending(number);
        pending.remove(number);
        return ended;
    }

    /** True if the resource is part of a wish that is not granted yet. */
    boolean isPending(String resource) {
        return pending.values().stream()
                .anyMatch(wish ->
                        wish.wish().parts().stream().anyMatch(part -> part.id().equals(resource)));
    }

    /** A wish and everybody who waits for its end. */
    record Pending(ResourceWish wish, List<ResourceCaller> callers) {
        static Pending of(ResourceWish wish, ResourceCaller caller) {
            return new Pending(wish, new ArrayList<>(List.of(caller)));
        }
    }

    /**
     * Resources of an attempt that the node was given back together, and who is told when it has answered.
     *
     * @param held the same by type
     */
    record Releasing(Set<String> resources, List<NotedResource> held, ActorRef<ResourceManager.AllReleased> replyTo) {
        Releasing {
            resources = Set.copyOf(resources);
            held = List.copyOf(held);
        }
    }

    /**
     * A request that came with a key.
     *
     * @param resource it was given, or waits for
     */
    record Keyed(long wish, String resource) {}
}
