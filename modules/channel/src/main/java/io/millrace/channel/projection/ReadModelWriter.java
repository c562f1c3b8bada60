package io.millrace.channel.projection;

import io.millrace.channel.ChannelServices;
import io.millrace.channel.Restarting;
import io.millrace.domain.port.ChannelHistory;
import io.millrace.domain.port.ReadModel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/**
 * Writes runs of entries of all channels of a node into the read model, one transaction at a time. An idle writer
 * writes at once; what arrives while it writes goes together into the next transaction, so transactions grow with the
 * load. Each channel has one run here at most, which bounds the queue.
 *
 * <p>If a transaction with several runs fails, each of them is tried alone, so that one channel cannot hold up the
 * others. A run that fails alone is given back.
 */
public final class ReadModelWriter extends AbstractMatchingBehavior<ReadModelWriter.Command> {

    /** Messages of the writer. */
    public sealed interface Command {}

    /** Write this run; it is answered once. */
    public record Write(ChannelHistory history, ActorRef<Outcome> replyTo) implements Command {}

    /** Answers to {@link Write}. */
    public sealed interface Outcome {}

    /** The read model has every entry up to this sequence number. */
    public record Written(long sequence) implements Outcome {}

    /** It could not be written; whether it took effect is unknown. */
    public record NotWritten(Throwable cause) implements Outcome {}

    private record TransactionEnded(
            List<Write> writes, @Nullable Throwable failure) implements Command {
        TransactionEnded {
            writes = List.copyOf(writes);
        }
    }

    /** Entries of one transaction; a single run may have more. */
    private static final int TRANSACTION_ENTRIES_MAX = 1_024;

    private final ReadModel readModel;
    private final Executor blocking;
    private final ArrayDeque<Write> waiting;
    /** Runs of a failed transaction, to be tried one by one. */
    private final ArrayDeque<Write> suspects;

    private boolean isWriting;
    private boolean isFailing;

    /** One per node. Restarts itself after a defect; runs that wait survive. */
    public static Behavior<Command> create(ChannelServices services) {
        ArrayDeque<Write> waiting = new ArrayDeque<>();
        ArrayDeque<Write> suspects = new ArrayDeque<>();
        return Restarting.after(context -> new ReadModelWriter(context, services, waiting, suspects));
    }

    private ReadModelWriter(
            ActorContext<Command> context,
            ChannelServices services,
            ArrayDeque<Write> waiting,
            ArrayDeque<Write> suspects) {
        super(context);
        this.readModel = services.readModel();
        this.blocking = services.blocking();
        this.waiting = waiting;
        this.suspects = suspects;
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case Write write -> waiting.add(write);
            case TransactionEnded(var writes, var failure) -> onTransactionEnded(writes, failure);
        }
        if (!isWriting) {
            writeNext();
        }
        return this;
    }

    private void writeNext() {
        List<Write> writes = suspects.isEmpty() ? nextWaiting() : List.of(suspects.remove());
        if (writes.isEmpty()) {
            return;
        }
        isWriting = true;
        List<ChannelHistory> histories = writes.stream().map(Write::history).toList();
        getContext()
                .pipeToSelf(
                        CompletableFuture.runAsync(() -> readModel.apply(histories), blocking),
                        (_, failure) -> new TransactionEnded(writes, failure));
    }

    private List<Write> nextWaiting() {
        List<Write> writes = new ArrayList<>();
        int entries = 0;
        for (Write next = waiting.peek();
                next != null && (writes.isEmpty() || entries + size(next) <= TRANSACTION_ENTRIES_MAX);
                next = waiting.peek()) {
            writes.add(waiting.remove());
            entries += size(next);
        }
        return writes;
    }

    private static int size(Write write) {
        return write.history().entries().size();
    }

    private void onTransactionEnded(List<Write> writes, @Nullable Throwable failure) {
        isWriting = false;
        if (failure == null) {
            noteRecovery();
            writes.forEach(
                    write -> write.replyTo().tell(new Written(write.history().lastSequence())));
        } else if (writes.size() > 1) {
            suspects.addAll(writes);
        } else {
            noteFailure(failure);
            writes.forEach(write -> write.replyTo().tell(new NotWritten(failure)));
        }
    }

    private void noteFailure(Throwable failure) {
        if (!isFailing) {
            isFailing = true;
            getContext()
                    .getLog()
                    .warn(
                            "The read model cannot be written, so lists fall behind. It is tried again by itself. Cause: {}",
                            String.valueOf(failure.getMessage()));
            getContext().getLog().debug("Why the read model cannot be written.", failure);
        }
    }

    private void noteRecovery() {
        if (isFailing) {
            isFailing = false;
            getContext().getLog().info("The read model can be written again.");
        }
    }
}
