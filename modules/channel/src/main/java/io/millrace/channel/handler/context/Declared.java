package io.millrace.channel.handler.context;

import io.millrace.contracts.lock.Lease;
import io.millrace.contracts.resource.Buffer;
import io.millrace.contracts.resource.ResourceView;
import java.util.List;

/**
 * What a job declared, and its attempt holds before its handler begins.
 *
 * @param buffers those of the resources that are buffers, in the order in which they were declared
 */
public record Declared(List<Lease> locks, List<ResourceView> resources, List<Buffer> buffers) {
    public Declared {
        locks = List.copyOf(locks);
        resources = List.copyOf(resources);
        buffers = List.copyOf(buffers);
    }
}
