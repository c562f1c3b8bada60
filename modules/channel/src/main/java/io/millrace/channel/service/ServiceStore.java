package io.millrace.channel.service;

import io.millrace.channel.ChangeStore;
import io.millrace.channel.ChannelReport;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.process.ProcessChange;
import java.util.List;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;

/** Has what the service manager decides stored. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ServiceStore extends ChangeStore<ProcessChange> {
    private final ActorRef<ServiceManager.Command> self;
    private final ServiceManager.Seed seed;
    private final ServiceAccounts accounts;

    ServiceStore(ActorRef<ServiceManager.Command> self, ServiceManager.Seed seed, ServiceAccounts accounts) {
        super(accounts.unstored);
        this.self = self;
        this.seed = seed;
        this.accounts = accounts;
    }

    @Override
    protected void write(List<ProcessChange> changes) {
        long now = seed.clock().get().millis();
        changes.forEach(change -> {
            accounts.book.apply(change, now);
            accounts.measures.decided(
                    change, accounts.book.process(change.process().id()));
            accounts.incidents.changed(accounts.book, change);
        });
    }

    @Override
    protected void send(long number, List<ProcessChange> changes) {
        seed.reports().tell(new ChannelReport.ProcessesChanged(seed.incarnation(), number, changes, self));
    }

    /**
     * As {@link #stored(long, Consumer)}.
     *
     * @param started runs among it that start, with their epochs
     */
    void stored(long number, List<ProcessChange.RunStarted> started, Consumer<ProcessChange> act) {
        started.forEach(accounts.book::epochGiven);
        stored(number, act);
    }
}
