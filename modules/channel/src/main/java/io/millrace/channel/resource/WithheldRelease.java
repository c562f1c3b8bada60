package io.millrace.channel.resource;

import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.resource.NotedResource;
import io.millrace.domain.resource.WithheldResources;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;

/** The release of what a cleanup withheld, from its beginning until the channel is cleaned up again. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class WithheldRelease {
    /** What was withheld and has been given to the node. */
    WithheldResources released = WithheldResources.NOTHING;
    /** The same by type, a line for each time something was given. */
    final List<NotedResource> items = new ArrayList<>();
    /** What the node does not have yet. */
    final Set<String> awaited = new HashSet<>();
    /** Who waits until the node has everything. */
    final List<ActorRef<ResourceManager.WithheldReleased>> waiters = new ArrayList<>();
    /** Until then they wait. */
    long untilNanos;
}
