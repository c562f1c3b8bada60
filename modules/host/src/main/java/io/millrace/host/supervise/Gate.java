package io.millrace.host.supervise;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.millrace.host.system.LibC;
import io.millrace.host.system.ProcessDescriptor;
import io.millrace.host.system.ProcessTable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a command that is locked up waits behind until its host knows it: which process of the machine it is, and a
 * descriptor of that, opened before it can have ended. The shell that becomes the command says that it is there, and goes
 * on when it is told to.
 */
final class Gate implements AutoCloseable {
    private static final int NONE = -1;
    private static final byte[] GO = {'\n'};

    private final int[] there;
    private final int[] go;

    private Gate(int[] there, int[] go) {
        this.there = there;
        this.go = go;
    }

    static Gate closed() throws IOException {
        int[] there = LibC.pipe();
        try {
            return new Gate(there, LibC.pipe());
        } catch (IOException e) {
            LibC.close(there[0]);
            LibC.close(there[1]);
            throw e;
        }
    }

    /** Descriptors of the command's side, in the order of their numbers there. */
    List<Integer> handedOver() {
        return List.of(there[1], go[0]);
    }

    /**
     * Waits until the command is there, which takes as long as it takes to lock it up.
     *
     * @param leader what was started
     * @return nothing if that has ended before
     */
    @Nullable Confined await(int leader) {
        closeTheirs();
        if (!isThere()) {
            return null;
        }
        int first = onlyChild(leader);
        int command = onlyChild(first);
        var descriptor = ProcessDescriptor.open(command);
        return command == NONE || descriptor.isEmpty() ? null : new Confined(leader, first, command, descriptor.get());
    }

    private boolean isThere() {
        try (var memory = Arena.ofConfined()) {
            return LibC.read(there[0], memory.allocate(JAVA_BYTE)) > 0;
        }
    }

    private static int onlyChild(int pid) {
        var children = pid == NONE ? List.<Integer>of() : ProcessTable.childrenOf(pid);
        return children.size() == 1 ? children.getFirst() : NONE;
    }

    /** Lets the command in. */
    void open() throws IOException {
        LibC.write(go[1], GO);
    }

    private void closeTheirs() {
        close(there, 1);
        close(go, 0);
    }

    @Override
    public void close() {
        closeTheirs();
        close(there, 0);
        close(go, 1);
    }

    private static void close(int[] ends, int index) {
        if (ends[index] != NONE) {
            LibC.close(ends[index]);
            ends[index] = NONE;
        }
    }
}
