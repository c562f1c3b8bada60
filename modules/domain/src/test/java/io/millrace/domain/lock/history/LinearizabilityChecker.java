package io.millrace.domain.lock.history;

import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Searches for an order in which the operations on one lock can have happened one at a time, each between its begin and
 * its end, so that every result is what a lock would have given. The search is that of Wing and Gong with Lowe's memory:
 * a set of operations that led to the same state before is not tried again. Locks are independent of each other, so a
 * history is linearizable if it is for each lock.
 */
final class LinearizabilityChecker {
    private final List<LockOperation> operations;
    private final Set<Tried> tried = new HashSet<>();

    /** @param holder token of the lease that is held, 0 for none */
    private record Tried(BitSet done, long holder, long highest) {}

    private LinearizabilityChecker(List<LockOperation> operations) {
        this.operations = operations.stream()
                .sorted(Comparator.comparingLong(LockOperation::from))
                .toList();
    }

    static boolean isLinearizable(List<LockOperation> operations) {
        return new LinearizabilityChecker(operations).canGoOn(new BitSet(), 0, 0);
    }

    private boolean canGoOn(BitSet done, long holder, long highest) {
        if (!tried.add(new Tried((BitSet) done.clone(), holder, highest))) {
            return false;
        }
        long firstEnd = firstEndOfWhatIsNotDone(done);
        if (firstEnd == LockOperation.UNKNOWN) {
            return true;
        }
        for (int next = done.nextClearBit(0); next < operations.size(); next = done.nextClearBit(next + 1)) {
            LockOperation operation = operations.get(next);
            if (operation.from() > firstEnd) {
                return false;
            }
            OptionalLong after = holderAfter(operation.effect(), holder, highest);
            if (after.isPresent()) {
                done.set(next);
                if (canGoOn(done, after.getAsLong(), Math.max(highest, after.getAsLong()))) {
                    return true;
                }
                done.clear(next);
            }
        }
        return false;
    }

    private long firstEndOfWhatIsNotDone(BitSet done) {
        long first = LockOperation.UNKNOWN;
        for (int next = done.nextClearBit(0); next < operations.size(); next = done.nextClearBit(next + 1)) {
            first = Math.min(first, operations.get(next).to());
        }
        return first;
    }

    /** The holder after an operation; empty if it cannot have happened now with this result. */
    private static OptionalLong holderAfter(LockOperation.Effect effect, long holder, long highest) {
        return switch (effect) {
            case LockOperation.Granted(var token) -> when(holder == 0 && token > highest, token);
            case LockOperation.Seen(var token) -> when(holder == token, holder);
            case LockOperation.Released(var token) -> when(holder == token, 0);
            case LockOperation.NotReleased(var token) -> when(holder != token, holder);
            case LockOperation.PerhapsReleased(var token) -> OptionalLong.of(holder == token ? 0 : holder);
            case LockOperation.Renewed(var token) -> when(holder == token, holder);
            case LockOperation.Expired(var token) -> when(holder == token, 0);
        };
    }

    private static OptionalLong when(boolean isPossible, long holder) {
        return isPossible ? OptionalLong.of(holder) : OptionalLong.empty();
    }
}
