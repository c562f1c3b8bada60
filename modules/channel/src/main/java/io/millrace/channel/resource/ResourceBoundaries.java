package io.millrace.channel.resource;

import io.millrace.channel.handle.Expectation;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.HandleType;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handle.ValidationReport;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a command must not do to the resource it names: break a boundary, or touch what a cleanup withholds. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ResourceBoundaries {
    private static final Logger LOG = LoggerFactory.getLogger(ResourceBoundaries.class);

    private final ResourceManager.Seed seed;
    private final ResourceAccounts accounts;

    ResourceBoundaries(ResourceManager.Seed seed, ResourceAccounts accounts) {
        this.seed = seed;
        this.accounts = accounts;
    }

    /** Why a command must not act on what it names; null if it may. */
    @Nullable Problem refusal(Reference resource) {
        return noted(accounts.guard.refusal(resource, expectation(resource.id())));
    }

    /** As {@link #refusal}, but a resource that is back is no reason. */
    @Nullable Problem forbidden(Reference resource) {
        return noted(accounts.guard.forbidden(resource, expectation(resource.id())));
    }

    /** As {@link #refusal}, for commands that are the holder's alone: not while the resource is withheld. */
    @Nullable Problem refusalToHolder(Reference resource) {
        Problem refusal = refusal(resource);
        return refusal == null ? withheld(resource) : refusal;
    }

    /** As {@link #forbidden}, for commands that are the holder's alone: not while the resource is withheld. */
    @Nullable Problem forbiddenToHolder(Reference resource) {
        Problem forbidden = forbidden(resource);
        return forbidden == null ? withheld(resource) : forbidden;
    }

    /** That a resource is withheld; null if it is not. */
    @Nullable Problem withheld(Reference resource) {
        return accounts.ledger.isWithheld(resource.id())
                ? accounts.ledger
                        .show(resource.id())
                        .map(ResourceRequests::beingCleanedUp)
                        .orElse(null)
                : null;
    }

    private @Nullable Problem noted(Optional<Problem> refusal) {
        Problem problem = refusal.orElse(null);
        if (problem != null && problem.context().containsKey("boundary")) {
            seed.instruments().resourceHandleRefused();
            LOG.warn("A handle was refused: {}", problem.detail());
        }
        return problem;
    }

    /** What every boundary says of a handle; empty if it names nothing that the channel knows. */
    Optional<ValidationReport> validate(Reference resource) {
        Expectation expected = expectation(resource.id());
        return resource.handle() == null && expected.registered() == null
                ? Optional.empty()
                : Optional.of(new ValidationReport(
                        resource.id(), seed.clock().get().instant(), accounts.guard.check(resource, expected)));
    }

    private Expectation expectation(String id) {
        return new Expectation(
                HandleType.RESOURCE,
                seed.channel(),
                seed.incarnation(),
                accounts.ledger.handle(id).orElse(null),
                null,
                Set.of(),
                quota(id),
                foreignReferences(id));
    }

    /** Whose memory a resource claims, if it is not its own. */
    private List<String> foreignReferences(String id) {
        return Optional.ofNullable(accounts.foreign.get(id)).stream().toList();
    }

    /** The use and limit of the account that the resource is charged to. */
    private Expectation.Quota quota(String id) {
        return accounts.ledger
                .accountOf(id)
                .map(account -> new Expectation.Quota(accounts.ledger.inUse(account), accounts.ledger.limit(account)))
                .orElse(new Expectation.Quota(0, 0));
    }
}
