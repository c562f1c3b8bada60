package io.millrace.channel.cleanup;

import io.millrace.channel.ChangeStore;
import io.millrace.channel.ChannelReport;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.cleanup.CleanupChange;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;

/** Has what the cleanup manager decides stored. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class CleanupStore extends ChangeStore<CleanupChange> {
    private final ActorRef<CleanupManager.Command> self;
    private final CleanupManager.Seed seed;
    private final CleanupAccounts accounts;

    CleanupStore(ActorRef<CleanupManager.Command> self, CleanupManager.Seed seed, CleanupAccounts accounts) {
        super(accounts.unstored);
        this.self = self;
        this.seed = seed;
        this.accounts = accounts;
    }

    @Override
    protected void write(List<CleanupChange> changes) {
        long now = seed.clock().get().millis();
        changes.forEach(change -> accounts.book.apply(
                change, now, seed.incarnation(), seed.services().node()));
    }

    @Override
    protected void send(long number, List<CleanupChange> changes) {
        seed.reports().tell(new ChannelReport.CleanupsChanged(seed.incarnation(), number, changes, self));
    }
}
