package io.millrace.channel.resource;

import io.millrace.channel.ManagerReply;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.Reference;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** Writes and reads the content of buffers for their holders, and takes note of it in the ledger. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ContentRequests {
    private final ResourceManager.Seed seed;
    private final ResourceAccounts accounts;
    private final ResourceBoundaries boundaries;

    ContentRequests(ResourceManager.Seed seed, ResourceAccounts accounts, ResourceBoundaries boundaries) {
        this.seed = seed;
        this.accounts = accounts;
        this.boundaries = boundaries;
    }

    void write(ResourceManager.Write write) {
        String id = write.buffer().id();
        Problem refusal = refusal(write.buffer());
        if (refusal == null) {
            refusal = accounts.contents.write(id, write.offset(), write.part(), write.isLast());
        }
        if (refusal != null) {
            write.refuse(refusal);
        } else {
            accounts.ledger.used(
                    id, write.offset(), write.part().length, 0, seed.clock().get());
            write.replyTo().tell(new ResourceManager.Written());
        }
    }

    void read(Reference buffer, int offset, ActorRef<ManagerReply> replyTo) {
        Problem refusal = refusal(buffer);
        if (refusal != null) {
            replyTo.tell(new ManagerReply.Refused(refusal));
            return;
        }
        String id = buffer.id();
        int requested = accounts.ledger
                .show(id)
                .map(view -> Math.toIntExact(view.requested()))
                .orElse(0);
        ResourceManager.Content content = accounts.contents.read(id, offset, requested);
        accounts.ledger.used(id, 0, content.part().length, seed.clock().get());
        replyTo.tell(content);
    }

    private @Nullable Problem refusal(Reference buffer) {
        Problem refusal = boundaries.refusalToHolder(buffer);
        if (refusal != null) {
            return refusal;
        }
        boolean hasContent = accounts.ledger.isHeld(buffer.id()) && accounts.contents.has(buffer.id());
        return hasContent
                ? null
                : accounts.ledger
                        .show(buffer.id())
                        .map(ResourceRequests::hasNoContent)
                        .orElse(null);
    }
}
