package io.millrace.channel.service;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/** Signals that users may have sent to processes, by the names they use. */
final class ProcessSignals {
    static final int KILL = 9;

    private static final Map<String, Integer> NUMBERS =
            Map.of("HUP", 1, "INT", 2, "QUIT", 3, "KILL", KILL, "USR1", 10, "USR2", 12, "TERM", 15);

    private ProcessSignals() {}

    static boolean isKnown(String name) {
        return NUMBERS.containsKey(name);
    }

    /** All names in their order, without {@code SIG}. */
    static SortedSet<String> names() {
        return new TreeSet<>(NUMBERS.keySet());
    }

    /**
     * As the system counts them.
     *
     * @param name without {@code SIG}
     * @throws io.millrace.contracts.MillraceException INVALID_ARGUMENT if there is none of this name
     */
    static int number(String name) {
        Integer number = NUMBERS.get(name);
        if (number == null) {
            throw Problem.of(
                            ErrorCode.INVALID_ARGUMENT,
                            "ServiceManager",
                            "There is no signal '" + name + "' that can be sent. Use one of " + names() + ".")
                    .asException();
        }
        return number;
    }
}
