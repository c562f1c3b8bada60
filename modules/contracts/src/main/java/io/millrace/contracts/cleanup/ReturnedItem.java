package io.millrace.contracts.cleanup;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Something that a cleanup gave back, or found gone: what it was, who had it, who saw to it, and when (contract rows C-26
 * and C-29).
 *
 * @param count how many of the type
 * @param amount of all of them together, as users count it: bytes of buffers, memory and output, else the same as
 *     {@code count}
 * @param ids what they are known as, the first of them if there are many; empty if they are only counted
 * @param from node that had them
 * @param by who saw to it: a step of the cleanup, or a manager of the channel
 * @param node on which that was
 * @param at when that was
 * @param notedAt when the node that had them last said so, absent unless they are {@link End#GONE_WITH_NODE}
 */
public record ReturnedItem(
        Type type,
        long count,
        long amount,
        List<String> ids,
        String from,
        End end,
        String by,
        String node,
        Instant at,
        @Nullable Instant notedAt) {
    public ReturnedItem {
        ids = ids == null ? List.of() : List.copyOf(ids);
    }

    /** What can be given back. Those from {@link #BUFFER} on are resources of a channel's ledger. */
    public enum Type {
        /** A process with its descendants. */
        PROCESS,
        /** An execution slot, with the attempt or thread in it. */
        THREAD,
        LOCK,
        /** The work directory of an attempt. */
        DIRECTORY,
        /** Stored output. */
        OUTPUT,
        BUFFER,
        MEMORY,
        /** Execution slots that were set aside. */
        SLOTS,
        CHANNELS,
        FILES,
        /** Processes that were set aside. */
        PROCESSES;

        /** Name in replies. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How it came to its end. */
    public enum End {
        /** It was given back, and whoever owns it says that nothing of it is left. */
        RETURNED,
        /** The operating system took it back when the node ended that had it. */
        GONE_WITH_NODE,
        /** The process host of its node ended it when its lease was over, whatever became of the node. */
        LEASE_OVER,
        /** It is still held, because its holder may go on where nobody can ask, and runs out by its time to live. */
        RUNS_OUT
    }

    /** As a part of what a whole cleanup released; nothing for what is still held. */
    public Released released() {
        if (end == End.RUNS_OUT) {
            return Released.NOTHING;
        }
        return switch (type) {
            case PROCESS -> new Released(count, 0, 0, 0, 0, 0);
            case THREAD -> new Released(0, count, 0, 0, 0, 0);
            case LOCK -> new Released(0, 0, count, 0, 0, 0);
            case OUTPUT -> new Released(0, 0, 0, 0, 0, amount);
            case DIRECTORY -> Released.NOTHING;
            case BUFFER, MEMORY -> new Released(0, 0, 0, count, amount, 0);
            case SLOTS, CHANNELS, FILES, PROCESSES -> new Released(0, 0, 0, count, 0, 0);
        };
    }
}
