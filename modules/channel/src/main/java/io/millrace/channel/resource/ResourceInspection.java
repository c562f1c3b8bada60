package io.millrace.channel.resource;

import io.millrace.channel.Inspection;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.ResourceMetrics;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.domain.resource.LedgerFigures;
import io.millrace.domain.resource.ResourceAccount;
import io.millrace.domain.resource.ResourceLedger;
import io.millrace.domain.resource.ResourceWish;
import io.millrace.domain.resource.WaitingWish;
import java.util.List;

/** What operators see of the ledger of a channel: how much, who holds it since when, and why somebody waits. */
final class ResourceInspection {
    private ResourceInspection() {}

    static List<Inspection.ResourceView> of(ResourceManager.Seed seed, ResourceLedger ledger) {
        LedgerFigures figures = ledger.figures();
        List<ResourceView> charged = ledger.charged();
        List<WaitingWish> waiting = ledger.waiting();
        return figures.metrics().stream()
                .map(metrics -> view(seed, metrics, charged, waiting))
                .toList();
    }

    private static Inspection.ResourceView view(
            ResourceManager.Seed seed, ResourceMetrics metrics, List<ResourceView> charged, List<WaitingWish> waiting) {
        ResourceType type = metrics.type();
        ResourceMetrics.Totals totals = metrics.totals();
        return new Inspection.ResourceView(
                seed.node(),
                seed.channel(),
                type,
                totals.limit(),
                totals.inUse(),
                totals.peak(),
                totals.waiters(),
                charged.stream()
                        .filter(view -> view.type() == type && view.acquired() != null)
                        .limit(Inspection.RESOURCE_HOLDERS_MAX)
                        .map(ResourceInspection::holder)
                        .toList(),
                waiting.stream()
                        .flatMap(wish -> waiters(wish, type).stream())
                        .limit(Inspection.RESOURCE_HOLDERS_MAX)
                        .toList());
    }

    private static Inspection.ResourceHolder holder(ResourceView view) {
        return new Inspection.ResourceHolder(
                view.handle().id(),
                view.owner().name(),
                view.owner().job(),
                view.amount(),
                view.state(),
                view.acquired() == null ? view.history().getFirst().at() : view.acquired(),
                view.expiresAt());
    }

    private static List<Inspection.ResourceWaiter> waiters(WaitingWish waiting, ResourceType type) {
        return waiting.wish().parts().stream()
                .filter(part -> part.type() == type)
                .map(part -> new Inspection.ResourceWaiter(
                        part.id(),
                        waiting.wish().owner().name(),
                        waiting.wish().owner().job(),
                        amount(part),
                        waiting.since(),
                        waiting.why()))
                .toList();
    }

    private static long amount(ResourceWish.Part part) {
        return ResourceAccount.of(part.type(), part.size())
                .map(account -> account.amount(part.size()) * account.unit())
                .orElse(part.size());
    }
}
