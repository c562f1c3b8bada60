package io.millrace.channel.cleanup;

import io.millrace.channel.Inspection;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.CleanupName;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** Shows tasks of a channel, what they have done, and what other channels may know of them. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class CleanupInquiries {
    private final CleanupAccounts accounts;
    private final CleanupStore store;
    private final CleanupRequests requests;
    private final CleanupViews views;

    CleanupInquiries(CleanupAccounts accounts, CleanupStore store, CleanupRequests requests, CleanupViews views) {
        this.accounts = accounts;
        this.store = store;
        this.requests = requests;
        this.views = views;
    }

    void show(CleanupManager.Show show) {
        requests.find(
                show.task(), show, task -> store.tell(show.replyTo(), new CleanupManager.Shown(views.view(task))));
    }

    void showMetrics(CleanupManager.ShowMetrics show) {
        requests.find(
                show.task(),
                show,
                task -> store.tell(
                        show.replyTo(), new CleanupManager.Measured(accounts.measures.metrics(task.name()))));
    }

    void showHistory(CleanupManager.ShowHistory show) {
        requests.find(
                show.task(),
                show,
                task -> store.tell(show.replyTo(), new CleanupManager.History(accounts.book.history(task.name()))));
    }

    /** @param behindAttempts what is done behind attempts, beside executions */
    CleanupManager.Cleanups cleanups(List<Inspection.CleanupView> behindAttempts) {
        return new CleanupManager.Cleanups(Stream.concat(views.executions().stream(), behindAttempts.stream())
                .sorted(Comparator.comparing(Inspection.CleanupView::startedAt).reversed())
                .toList());
    }

    /** Numbers of the whole channel. */
    CleanupManager.Totals totals() {
        Map<String, Double> totals = accounts.measures.totals();
        totals.put("cleanups.tasks", (double) accounts.book.tasks().size());
        totals.put("cleanups.running", (double) accounts.book.active().size());
        totals.put("cleanups.waiting", (double) accounts.deferred.size());
        totals.put("cleanups.acting", (double) accounts.acting.size());
        totals.put("cleanups.boundaryViolations", (double) accounts.boundaryViolations);
        return new CleanupManager.Totals(totals);
    }

    /** Those of the tasks that exist. */
    CleanupManager.Described described(List<CleanupName> names) {
        return new CleanupManager.Described(names.stream()
                .map(accounts.book::task)
                .filter(Objects::nonNull)
                .map(task -> new CleanupManager.Description(
                        task.name(), task.dependsOn(), task.dependents(), accounts.book.status(task.name())))
                .toList());
    }
}
