package io.millrace.host.system;

import java.io.IOException;

/**
 * A terminal of 80 columns and 24 lines that no device stands behind, for a program that behaves differently without one.
 * What the program shows is read from {@link #screen}. Nothing is ever typed: the program waits if it reads from its
 * terminal, and a control character such as Ctrl-C is not sent; a program is stopped by signals.
 *
 * <p>Lines come with a carriage return before their line feed, standard output and errors as one stream. Once the process
 * whose session it controls has ended and what was shown is read, {@link LibC#read} of the screen finds the end.
 */
public final class PseudoTerminal {
    public static final int COLUMNS = 80;
    public static final int LINES = 24;

    /** Value of the environment variable {@code TERM} that says what the terminal understands. */
    public static final String TYPE = "xterm-256color";

    private final int screen;
    private final String name;

    private PseudoTerminal(int screen, String name) {
        this.screen = screen;
        this.name = name;
    }

    /**
     * A new terminal, to be closed when its screen was read to the end, or when nothing was started in it.
     *
     * @throws IOException if the system has no terminal left (see {@code /proc/sys/kernel/pty/max}), or no
     *     {@code /dev/pts}
     */
    public static PseudoTerminal open() throws IOException {
        int screen = LibC.openPseudoTerminal();
        try {
            String name = LibC.unlockPseudoTerminal(screen);
            LibC.setWindowSize(screen, COLUMNS, LINES);
            return new PseudoTerminal(screen, name);
        } catch (IOException e) {
            LibC.close(screen);
            throw e;
        }
    }

    /** Descriptor from which everything is read that is shown. */
    public int screen() {
        return screen;
    }

    /** Path by which the process opens the terminal, for {@link PosixSpawn.Plan#terminal}. */
    public String name() {
        return name;
    }

    /** To be called once. Processes that still have the terminal open are told that it hung up. */
    public void close() {
        LibC.close(screen);
    }
}
