package io.millrace.channel;

import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import java.util.List;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Writes what a manager decides into its book and has it stored by the channel. Nobody hears of it and nothing is done for
 * it before.
 *
 * @param <C> changes
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
public abstract class ChangeStore<C> {
    private final UnstoredChanges<C> unstored;

    /** @param unstored of the manager, in all its instances */
    protected ChangeStore(UnstoredChanges<C> unstored) {
        this.unstored = unstored;
    }

    /** Makes changes true in the book. */
    protected abstract void write(List<C> changes);

    /**
     * Sends changes to the channel.
     *
     * @param number comes back when they are stored; it rises by one each time
     * @param changes none to be told only that everything before is stored
     */
    protected abstract void send(long number, List<C> changes);

    /** Makes changes true in the book and sends them to be stored; what follows from them waits for that. */
    public final void apply(List<? extends C> changes) {
        if (!changes.isEmpty()) {
            List<C> decided = List.copyOf(changes);
            write(decided);
            send(unstored.next(), decided);
            decided.forEach(unstored::follow);
        }
    }

    /** Tells it once everything that was decided so far is stored. */
    public final void tell(ActorRef<ManagerReply> replyTo, ManagerReply reply) {
        unstored.whenStored(() -> replyTo.tell(reply), problem -> replyTo.tell(new ManagerReply.Refused(problem)));
    }

    /** As {@link UnstoredChanges#stored}. */
    public final void stored(long number, Consumer<? super C> act) {
        unstored.stored(number, act);
    }

    /** After a restart it is unknown which answer of the channel was lost; the next one covers all before. */
    public final void askAgain() {
        if (!unstored.isEmpty()) {
            send(unstored.next(), List.of());
        }
    }

    /** As {@link UnstoredChanges#abandon}. */
    public final void abandon(Problem problem) {
        unstored.abandon(problem);
    }
}
