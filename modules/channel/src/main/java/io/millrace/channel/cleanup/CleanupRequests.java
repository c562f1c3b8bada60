package io.millrace.channel.cleanup;

import io.millrace.channel.ManagerReply;
import io.millrace.channel.RequestKeys;
import io.millrace.channel.cleanup.CleanupManager.Request;
import io.millrace.channel.handle.BoundaryGuard;
import io.millrace.channel.handle.Expectation;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.Violation;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.CleanupView;
import io.millrace.contracts.handle.BoundaryViolation;
import io.millrace.contracts.handle.HandleType;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handle.ValidationReport;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.Refusals;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.cleanup.CleanupDecision;
import io.millrace.domain.cleanup.CleanupRules;
import io.millrace.domain.cleanup.RegisteredTask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers what a cleanup manager is asked about tasks: holds what a request names against the security boundaries, and then
 * registers, removes or shows it.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class CleanupRequests {
    private static final Logger LOG = LoggerFactory.getLogger(CleanupRequests.class);
    private static final String COMPONENT = "CleanupManager";

    /** Tasks of one part of a list; each has about a kilobyte beside its description. */
    private static final int LIST_PART_MAX = 200;

    private final CleanupManager.Seed seed;
    private final CleanupAccounts accounts;
    private final CleanupStore store;
    private final CleanupViews views;
    private final CleanupRules rules;
    private final BoundaryGuard guard;

    CleanupRequests(CleanupManager.Seed seed, CleanupAccounts accounts, CleanupStore store, CleanupViews views) {
        this.seed = seed;
        this.accounts = accounts;
        this.store = store;
        this.views = views;
        this.rules = new CleanupRules(seed.channel());
        this.guard = new BoundaryGuard(seed.services().seals());
    }

    // Registration

    /** All or nothing (contract rows C-36 and C-44): a task that cannot be stored leaves nothing behind. */
    void register(CleanupManager.Register register) {
        CleanupTask task = register.task();
        byte[] encoded = seed.services().codec().encodeCleanupTask(task);
        Problem invalid = invalid(task, encoded);
        ManagerReply earlier = earlier(register, encoded);
        if (earlier != null) {
            store.tell(register.replyTo(), earlier);
        } else if (invalid != null) {
            register.refuse(invalid);
        } else {
            register(register, encoded);
        }
    }

    private void register(CleanupManager.Register register, byte[] encoded) {
        CleanupTask task = register.task();
        List<CleanupReference> dependsOn = task.dependsOn().stream()
                .map(each -> each.within(seed.channel()))
                .distinct()
                .toList();
        var change = new CleanupChange.Registered(
                task.name(), dependsOn, task.dependents(), task.isRepeatable(), task.isReversible(), encoded);
        switch (rules.register(accounts.book, change)) {
            case CleanupDecision.Accepted(var changes) -> {
                store.apply(changes);
                accounts.forget(task.name());
                accounts.measures.registered();
                if (register.requestKey() != null) {
                    accounts.keys.add(register.requestKey(), task.name(), register.bodyHash());
                }
                store.tell(register.replyTo(), new CleanupManager.Registered(shown(task.name()), false));
            }
            case CleanupDecision.Refused(var problem) ->
                store.tell(register.replyTo(), new ManagerReply.Refused(problem));
            case CleanupDecision.Joined _, CleanupDecision.Deferred _ ->
                throw new IllegalStateException("a registration waits for nobody");
        }
    }

    /**
     * The answer to a request that came before with the same key. Keys are forgotten with the life of the channel; then a
     * request with a key is known by the task that is there.
     */
    private @Nullable ManagerReply earlier(CleanupManager.Register register, byte[] encoded) {
        String key = register.requestKey();
        if (key == null) {
            return null;
        }
        RequestKeys.Earlier<CleanupName> known = accounts.keys.find(key);
        RegisteredTask registered =
                accounts.book.task(known == null ? register.task().name() : known.made());
        if (known != null && !known.isSame(register.bodyHash())) {
            return new ManagerReply.Refused(Refusals.keyReused(key));
        }
        if (registered == null || (known == null && !Arrays.equals(registered.task(), encoded))) {
            return null;
        }
        return new CleanupManager.Registered(views.view(registered), true);
    }

    private CleanupView shown(CleanupName name) {
        RegisteredTask task = accounts.book.task(name);
        if (task == null) {
            throw new IllegalStateException("registered and not there: " + name);
        }
        return views.view(task);
    }

    private static @Nullable Problem invalid(CleanupTask task, byte[] encoded) {
        List<Violation> violations = new ArrayList<>();
        if (encoded.length > Limits.CLEANUP_TASK_BYTES_MAX) {
            violations.add(new Violation(
                    "task", "has " + encoded.length + " bytes as JSON, and may have " + Limits.CLEANUP_TASK_BYTES_MAX));
        }
        if (task.dependsOn().size() > Limits.CLEANUP_DEPENDENCIES_MAX) {
            violations.add(new Violation("dependsOn", "may have " + Limits.CLEANUP_DEPENDENCIES_MAX + " entries"));
        }
        if (task.timeout() != null
                && (!task.timeout().isPositive() || task.timeout().compareTo(Limits.CLEANUP_STEP_TIMEOUT_MAX) > 0)) {
            violations.add(new Violation(
                    "timeout",
                    "must be above 0 and at most " + Limits.CLEANUP_STEP_TIMEOUT_MAX.toMinutes() + " minutes"));
        }
        return violations.isEmpty()
                ? null
                : Problem.invalid(
                        COMPONENT,
                        "The cleanup task '" + task.name() + "' cannot be registered: "
                                + violations.getFirst().field() + " "
                                + violations.getFirst().message() + ".",
                        violations);
    }

    /** To have nothing to remove is an ordinary answer, to present a handle that breaks a boundary is none. */
    void remove(CleanupManager.Remove remove) {
        RegisteredTask task = named(remove.task());
        Problem forbidden = guard.forbidden(remove.task(), expectation(task)).orElse(null);
        if (forbidden != null) {
            refuse(remove, remove.task(), forbidden);
        } else if (task == null) {
            store.tell(remove.replyTo(), new CleanupManager.Removed(false));
        } else {
            remove(remove, task);
        }
    }

    private void remove(CleanupManager.Remove remove, RegisteredTask task) {
        switch (rules.remove(accounts.book, task.name())) {
            case CleanupDecision.Accepted(var changes) -> {
                store.apply(changes);
                accounts.forget(task.name());
                accounts.measures.removed(task.name());
                store.tell(remove.replyTo(), new CleanupManager.Removed(true));
            }
            case CleanupDecision.Refused(var problem) ->
                store.tell(remove.replyTo(), new ManagerReply.Refused(problem));
            case CleanupDecision.Joined _, CleanupDecision.Deferred _ ->
                throw new IllegalStateException("a removal waits for nobody");
        }
    }

    // Showing

    /** Parts are small enough for one message between nodes. */
    void list(CleanupManager.ListTasks list) {
        List<CleanupView> part = new ArrayList<>();
        List<RegisteredTask> left =
                accounts.book.tasks().stream().skip(Math.max(0, list.offset())).toList();
        int bytes = 0;
        for (RegisteredTask task : left) {
            bytes += task.task().length;
            if (!part.isEmpty() && (bytes > Limits.MESSAGE_BYTES_MAX || part.size() >= LIST_PART_MAX)) {
                break;
            }
            part.add(views.brief(task));
        }
        store.tell(list.replyTo(), new CleanupManager.Listed(part, part.size() == left.size()));
    }

    void validate(CleanupManager.Validate validate) {
        Reference presented = validate.task();
        RegisteredTask task = named(presented);
        List<BoundaryViolation> violations = guard.check(presented, expectation(task));
        if (task == null && violations.isEmpty()) {
            guard.refusal(presented, expectation(null)).ifPresent(validate::refuse);
        } else {
            store.tell(
                    validate.replyTo(),
                    new CleanupManager.Validated(new ValidationReport(
                            presented.id(), seed.clock().get().instant(), violations)));
        }
    }

    /** The one way from a request to a task: past the boundaries (contract row C-40). */
    void find(Reference presented, Request request, Consumer<RegisteredTask> action) {
        RegisteredTask task = named(presented);
        Optional<Problem> refusal = guard.refusal(presented, expectation(task));
        if (refusal.isPresent()) {
            refuse(request, presented, refusal.get());
        } else if (task != null) {
            action.accept(task);
        }
    }

    private void refuse(Request request, Reference presented, Problem problem) {
        if (problem.code() == ErrorCode.PERMISSION) {
            accounts.boundaryViolations++;
            LOG.warn(
                    "{} of cleanup task {} was refused by channel {}: {}",
                    request.getClass().getSimpleName(),
                    presented.id(),
                    seed.channel(),
                    problem.detail());
        }
        store.tell(request.replyTo(), new ManagerReply.Refused(problem));
    }

    private @Nullable RegisteredTask named(Reference presented) {
        return CleanupName.isValid(presented.id()) ? accounts.book.task(new CleanupName(presented.id())) : null;
    }

    private Expectation expectation(@Nullable RegisteredTask task) {
        return new Expectation(
                HandleType.CLEANUP,
                seed.channel(),
                seed.incarnation(),
                task == null ? null : views.handle(task),
                null,
                Set.of(),
                new Expectation.Quota(accounts.book.tasks().size(), Limits.CLEANUP_TASKS_MAX),
                List.of());
    }
}
