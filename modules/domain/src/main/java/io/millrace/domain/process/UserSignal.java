package io.millrace.domain.process;

import java.util.Map;

/** Signals that users have sent to a run: an end by one of them is what the user wanted, and no failure. */
final class UserSignal {
    /** What a program exits with that handles a signal and then ends because of it, minus the signal's number. */
    private static final int EXIT_CODE_OFFSET = 128;

    private static final Map<String, Integer> NUMBERS =
            Map.of("HUP", 1, "INT", 2, "QUIT", 3, "KILL", 9, "USR1", 10, "USR2", 12, "TERM", 15);

    private UserSignal() {}

    /** True if the run has ended by the signal that was sent to it last, or says so with its exit code. */
    static boolean hasEnded(ProcessRun run, RunEnd end) {
        String sent = run.signalSent();
        if (sent == null) {
            return false;
        }
        Integer number = NUMBERS.get(sent);
        Integer code = end.exitCode();
        return ("SIG" + sent).equals(end.signal())
                || code != null && number != null && code == EXIT_CODE_OFFSET + number;
    }
}
