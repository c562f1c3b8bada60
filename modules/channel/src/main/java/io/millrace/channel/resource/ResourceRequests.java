package io.millrace.channel.resource;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ManagerProblems;
import io.millrace.channel.handle.Owners;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Violation;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.job.ResourceRequest;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.AllocationRequest;
import io.millrace.contracts.resource.CleanupCheck;
import io.millrace.contracts.resource.ResourceState;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.domain.Limits;
import io.millrace.domain.resource.ResourceWish;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Requests for resources as their senders write them: checked, with defaults filled in, and answered. */
final class ResourceRequests {
    static final String COMPONENT = "ResourceManager";

    private ResourceRequests() {}

    /** What is wrong with a request, all of it; null if nothing is. */
    static @Nullable Problem problemOf(Owner owner, AllocationRequest request) {
        List<Violation> violations = new ArrayList<>();
        if (owner.name().isBlank() || owner.name().length() > Limits.OWNER_CHARS_MAX) {
            violations.add(new Violation("owner", "must have 1 to " + Limits.OWNER_CHARS_MAX + " characters"));
        }
        if (request.size() < 1) {
            violations.add(new Violation("size", "must be at least 1"));
        }
        between("timeout", request.timeout(), Duration.ZERO, Limits.RESOURCE_WAIT_MAX, violations);
        between("ttl", request.ttl(), Limits.RESOURCE_TTL_MIN, Limits.RESOURCE_TTL_MAX, violations);
        return violations.isEmpty()
                ? null
                : Problem.invalid(
                        COMPONENT,
                        "The request for resource '" + request.type().wireName() + "' is not valid: "
                                + violations.getFirst().field() + " "
                                + violations.getFirst().message() + ".",
                        violations);
    }

    private static void between(
            String field, @Nullable Duration value, Duration min, Duration max, List<Violation> violations) {
        if (value != null && (value.compareTo(min) < 0 || value.compareTo(max) > 0)) {
            violations.add(new Violation(field, "must be " + min.toSeconds() + " s to " + max.toSeconds() + " s"));
        }
    }

    static ResourceWish wish(long number, Owner owner, AllocationRequest request, Supplier<Handle> handles) {
        return new ResourceWish(
                number,
                owner,
                List.of(new ResourceWish.Part(handles.get(), request.type(), request.size())),
                request.timeout() == null ? 0 : request.timeout().toNanos(),
                request.ttl() == null ? 0 : request.ttl().toNanos(),
                false);
    }

    /** What an attempt declared. Its own time limit ends a wait that is too long. */
    static ResourceWish wish(long number, AttemptId attempt, List<ResourceRequest> requests, Supplier<Handle> handles) {
        return new ResourceWish(
                number,
                Owners.of(attempt),
                requests.stream()
                        .map(request -> new ResourceWish.Part(handles.get(), request.type(), request.size()))
                        .toList(),
                ResourceWish.UNBOUNDED,
                0,
                true);
    }

    /** Whether a resource is back; null if the channel never heard of it. */
    static @Nullable CleanupCheck cleanupOf(Reference resource, @Nullable ResourceView view, long incarnation) {
        Handle handle = resource.handle();
        if (view != null) {
            boolean isBack = view.state() == ResourceState.RELEASED;
            return new CleanupCheck(isBack, view.state(), isBack ? backSince(view) : notBack(view));
        }
        if (handle == null) {
            return null;
        }
        return new CleanupCheck(
                true,
                ResourceState.RELEASED,
                handle.incarnation() < incarnation
                        ? "It belonged to life " + handle.incarnation() + " of the channel on node '" + handle.node()
                                + "' and went with it; this is life " + incarnation + "."
                        : "It is back, and so long that the channel keeps no record of it.");
    }

    private static String backSince(ResourceView view) {
        return "Back since " + view.released() + " (" + view.reason() + ").";
    }

    private static String notBack(ResourceView view) {
        return switch (view.state()) {
            case REQUESTED -> "It is waited for by '" + view.owner() + "'.";
            case RELEASING ->
                view.reason() == null
                        ? "It is withheld from '" + view.owner() + "' until the cleanup of the channel has ended."
                        : "It was given up and is not back yet, because its memory is still being accessed.";
            case GRANTED, IN_USE, RELEASED -> "It is held by '" + view.owner() + "' since " + view.acquired() + ".";
        };
    }

    static Problem beingCleanedUp(ResourceView view) {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                "The resource '" + view.handle().id() + "' is being cleaned up with its channel, so '" + view.owner()
                        + "' can do nothing with it. If the cleanup is rolled back it is given back as it was;"
                        + " otherwise allocate another one when the cleanup has ended.",
                Map.of("type", view.type().wireName(), "state", view.state().name()));
    }

    static Problem hasNoContent(ResourceView view) {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                view.type() == ResourceType.BUFFER
                        ? "The buffer '" + view.handle().id() + "' is " + view.state()
                                + ", so it has no content. Allocate another one."
                        : "A resource of type '" + view.type().wireName() + "' has no content; only a buffer has.",
                Map.of("type", view.type().wireName(), "state", view.state().name()));
    }

    static Problem moved(ChannelName channel) {
        return ManagerProblems.moved(COMPONENT, channel, "Nothing was granted. Send it again.");
    }

    static Problem notABuffer(ResourceType type) {
        return Problem.of(
                ErrorCode.INVALID_ARGUMENT,
                COMPONENT,
                "A buffer was asked for with type '" + type.wireName() + "'. Use type 'buffer', or allocate().");
    }
}
