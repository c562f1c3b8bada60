package io.millrace.channel.resource;

import io.millrace.channel.ManagerReply;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handle.ValidationReport;
import io.millrace.contracts.resource.CleanupCheck;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.domain.Limits;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** Shows what a channel holds, to those who may see it. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ResourceLookups {
    private final ResourceManager.Seed seed;
    private final ResourceAccounts accounts;
    private final ResourceBoundaries boundaries;

    ResourceLookups(ResourceManager.Seed seed, ResourceAccounts accounts, ResourceBoundaries boundaries) {
        this.seed = seed;
        this.accounts = accounts;
        this.boundaries = boundaries;
    }

    void show(Reference resource, ActorRef<ManagerReply> replyTo) {
        answer(
                boundaries.refusal(resource),
                replyTo,
                () -> accounts.ledger.show(resource.id()).map(ResourceManager.Shown::new));
    }

    void showUsage(Reference resource, ActorRef<ManagerReply> replyTo) {
        answer(
                boundaries.refusalToHolder(resource),
                replyTo,
                () -> accounts.ledger.usage(resource.id(), seed.clock().get()).map(ResourceManager.Used::new));
    }

    private <R extends ManagerReply> void answer(
            @Nullable Problem refusal, ActorRef<ManagerReply> replyTo, Supplier<Optional<R>> reply) {
        if (refusal != null) {
            replyTo.tell(new ManagerReply.Refused(refusal));
        } else {
            reply.get().ifPresent(replyTo::tell);
        }
    }

    /** The resources behind so many, as many as one message may carry. */
    ResourceManager.Listed part(int offset) {
        List<ResourceView> all = accounts.ledger.all();
        int from = Math.clamp(offset, 0, all.size());
        int to = Math.min(all.size(), from + Limits.RESOURCES_PER_MESSAGE_MAX);
        return new ResourceManager.Listed(all.subList(from, to), to == all.size());
    }

    void verifyCleanup(ResourceManager.VerifyCleanup verify) {
        Problem forbidden = boundaries.forbidden(verify.resource());
        if (forbidden != null) {
            verify.refuse(forbidden);
            return;
        }
        CleanupCheck check = ResourceRequests.cleanupOf(
                verify.resource(), accounts.ledger.show(verify.resource().id()).orElse(null), seed.incarnation());
        if (check == null) {
            answer(boundaries.refusal(verify.resource()), verify.replyTo(), Optional::empty);
        } else {
            verify.replyTo().tell(new ResourceManager.CleanupVerified(check));
        }
    }

    void validate(ResourceManager.Validate validate) {
        Optional<ValidationReport> report = boundaries.validate(validate.resource());
        Problem refusal =
                report.isPresent() ? boundaries.withheld(validate.resource()) : boundaries.refusal(validate.resource());
        answer(refusal, validate.replyTo(), () -> report.map(ResourceManager.Validated::new));
    }
}
