package io.millrace.channel.cleanup;

import io.millrace.channel.ChannelReport;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.cleanup.CleanupAccounts.AfterStored;
import io.millrace.channel.cleanup.CleanupAccounts.Answer;
import io.millrace.channel.cleanup.CleanupAccounts.Begin;
import io.millrace.channel.cleanup.CleanupAccounts.Ended;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.cleanup.CleanupChange;
import java.util.List;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Writes what is decided into the book of the cleanup manager and has it stored by the channel. Nobody hears of it and
 * nothing is done for it before.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class CleanupStore {
    private final ActorRef<CleanupManager.Command> self;
    private final CleanupManager.Seed seed;
    private final CleanupAccounts accounts;

    CleanupStore(ActorRef<CleanupManager.Command> self, CleanupManager.Seed seed, CleanupAccounts accounts) {
        this.self = self;
        this.seed = seed;
        this.accounts = accounts;
    }

    /** Makes changes true in the book and sends them to be stored; what follows from them waits for that. */
    void apply(List<? extends CleanupChange> changes) {
        if (changes.isEmpty()) {
            return;
        }
        long now = seed.clock().get().millis();
        changes.forEach(change -> accounts.book.apply(
                change, now, seed.incarnation(), seed.services().node()));
        send(List.copyOf(changes));
        changes.forEach(this::follow);
    }

    private void send(List<CleanupChange> changes) {
        accounts.lastSent++;
        seed.reports().tell(new ChannelReport.CleanupsChanged(seed.incarnation(), accounts.lastSent, changes, self));
    }

    private void follow(CleanupChange change) {
        if (change instanceof CleanupChange.StepStarted(var run, var step, var phase, var number, var _)) {
            accounts.afterStored.addLast(new Begin(accounts.lastSent, new StepOrder.Key(run, step, phase), number));
        } else if (change instanceof CleanupChange.RunEnded ended) {
            accounts.afterStored.addLast(new Ended(accounts.lastSent, ended.run()));
        }
    }

    /** Tells it once everything that was decided so far is stored. */
    void tell(ActorRef<ManagerReply> replyTo, ManagerReply reply) {
        if (accounts.lastStored == accounts.lastSent) {
            replyTo.tell(reply);
        } else {
            accounts.afterStored.addLast(new Answer(accounts.lastSent, replyTo, reply));
        }
    }

    /**
     * Everything up to this number is stored.
     *
     * @param act does what follows, except answers
     */
    void stored(long number, Consumer<AfterStored> act) {
        accounts.lastStored = Math.max(accounts.lastStored, number);
        while (!accounts.afterStored.isEmpty()
                && accounts.afterStored.getFirst().after() <= accounts.lastStored) {
            AfterStored next = accounts.afterStored.removeFirst();
            if (next instanceof Answer(var _, var replyTo, var reply)) {
                replyTo.tell(reply);
            } else {
                act.accept(next);
            }
        }
    }

    /** After a restart it is unknown which answer of the channel was lost; the next one covers all before. */
    void askAgain() {
        if (accounts.lastStored < accounts.lastSent) {
            send(List.of());
        }
    }

    /** Whatever waits to be stored never will be: those who wait are told so, and nothing else follows from it. */
    void abandon(Problem problem) {
        for (AfterStored each : accounts.afterStored) {
            if (each instanceof Answer(var _, var replyTo, var _)) {
                replyTo.tell(new ManagerReply.Refused(problem));
            }
        }
        accounts.afterStored.clear();
        accounts.lastStored = accounts.lastSent;
    }
}
