package io.millrace.channel.service;

import io.millrace.channel.ChannelReport;
import io.millrace.channel.ManagerReply;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.process.ProcessChange;
import java.util.List;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Writes what is decided into the book of the service manager and has it stored by the channel. Nobody hears of it and
 * nothing is done for it before.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ServiceStore {
    private final ActorRef<ServiceManager.Command> self;
    private final ServiceManager.Seed seed;
    private final ServiceAccounts accounts;

    /** Something that follows from what was decided. */
    sealed interface AfterStored {
        /** Number of the changes that must be stored first. */
        long after();
    }

    private record Answer(long after, ActorRef<ManagerReply> replyTo, ManagerReply reply) implements AfterStored {}

    private record Act(long after, ProcessChange change) implements AfterStored {}

    ServiceStore(ActorRef<ServiceManager.Command> self, ServiceManager.Seed seed, ServiceAccounts accounts) {
        this.self = self;
        this.seed = seed;
        this.accounts = accounts;
    }

    /** Makes changes true in the book and sends them to be stored; what follows from them waits for that. */
    void apply(List<ProcessChange> changes) {
        if (changes.isEmpty()) {
            return;
        }
        long now = seed.clock().get().millis();
        changes.forEach(change -> {
            accounts.book.apply(change, now);
            accounts.measures.decided(
                    change, accounts.book.process(change.process().id()));
        });
        send(changes);
        changes.forEach(change -> accounts.afterStored.addLast(new Act(accounts.lastSent, change)));
    }

    private void send(List<ProcessChange> changes) {
        accounts.lastSent++;
        seed.reports().tell(new ChannelReport.ProcessesChanged(seed.incarnation(), accounts.lastSent, changes, self));
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
     * @param started runs among it that start, with their epochs
     * @param act does what follows, except answers
     */
    void stored(long number, List<ProcessChange.RunStarted> started, Consumer<ProcessChange> act) {
        started.forEach(accounts.book::epochGiven);
        accounts.lastStored = Math.max(accounts.lastStored, number);
        while (!accounts.afterStored.isEmpty()
                && accounts.afterStored.getFirst().after() <= accounts.lastStored) {
            switch (accounts.afterStored.removeFirst()) {
                case Answer(var _, var replyTo, var reply) -> replyTo.tell(reply);
                case Act(var _, var change) -> act.accept(change);
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
