package io.millrace.domain.resource;

import io.millrace.contracts.Problem;
import java.util.List;

/** What the owner of a {@link ResourceLedger} has to do, in the order in which the ledger decided it. */
public sealed interface LedgerEffect {

    /**
     * Ask the node for what the channel grants, and say {@link ResourceLedger#taken},
     * {@link ResourceLedger#waitsAtNode} or {@link ResourceLedger#refusedByNode}.
     */
    record Take(ResourceWish wish) implements LedgerEffect {}

    /** The node need not look for it any more. If it did already, what it took goes back. */
    record Withdraw(long wish) implements LedgerEffect {}

    /** Give these back to the node, together, and say {@link ResourceLedger#returned}. */
    record GiveBack(List<String> resources) implements LedgerEffect {
        public GiveBack {
            resources = List.copyOf(resources);
        }
    }

    /** The wish holds everything it asked for. */
    record Granted(long wish) implements LedgerEffect {}

    /** The wish waits; {@code why} names what there is too little of and who holds most of it. */
    record Waits(long wish, String why) implements LedgerEffect {}

    /** The wish is over without a grant. */
    record Refused(long wish, Problem problem) implements LedgerEffect {}
}
