package io.millrace.host.sandbox;

import java.util.List;

/**
 * What a command is locked up in, by programs that run between its user's and itself.
 *
 * @param programs what starts what follows inside; empty for none
 */
public record Confinement(List<String> programs) {
    /** Nothing. */
    public static final Confinement NONE = new Confinement(List.of());

    /** Exit code of a shell whose host went away before the command was let in. */
    private static final int NOT_LET_IN = 125;

    /**
     * The shell says on descriptor 3 that it is there, and waits for a line on descriptor 4. Its host knows the process by
     * then and cannot miss how it ends, however soon that is.
     */
    private static final String GATE =
            "echo >&3; read -r MILLRACE_GATE <&4 || exit " + NOT_LET_IN + "; unset MILLRACE_GATE; exec 3>&- 4<&-\n";

    public Confinement {
        programs = List.copyOf(programs);
    }

    /** False for {@link #NONE}. */
    public boolean isAny() {
        return !programs.isEmpty();
    }

    /** What the shell inside does first. */
    String preparation() {
        return isAny() ? GATE : "";
    }
}
