package io.millrace.host.system;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Starts a process in a session of its own, so that its id is also that of its group, with default signal handling, the
 * given environment and no open files but the three standard ones.
 *
 * <p>Why not {@link ProcessBuilder}: measured side by side, this is twice as fast as a {@code ProcessBuilder} that goes
 * through {@code setsid(1)}; it tells an exit code from a signal; and waiting takes no thread per process.
 */
public final class PosixSpawn {
    private static final int IN_NEW_SESSION = 0x80;
    private static final int WITH_SIGNAL_DEFAULTS = 0x04;
    private static final int WITH_SIGNAL_MASK = 0x08;
    private static final int ACTIONS_BYTES = 256;
    private static final int ATTRIBUTES_BYTES = 512;
    private static final int SIGNAL_SET_BYTES = 128;
    private static final int O_RDONLY = 0;
    private static final int O_WRONLY = 1;
    private static final int O_RDWR = 2;
    /** Signals 32 and 33, which the C library needs between threads. */
    private static final long OF_C_LIBRARY = 3L << 31;

    private static final String NULL_DEVICE = "/dev/null";

    private PosixSpawn() {}

    /**
     * What to start.
     *
     * @param executable path, absolute or relative to the working directory
     * @param arguments the first is the name the process is told
     * @param workingDirectory absent for that of the node
     * @param input descriptor of its standard input, negative for none
     * @param output descriptor of its standard output, negative for none
     * @param errors descriptor of its standard error, negative for none
     * @param terminal name of the terminal that controls its session and takes the place of every standard descriptor
     *     that is negative; absent for none
     * @param further descriptors it has besides, from number 3 on
     * @param holdsSignals true if signals wait, those that cannot be held back excepted, until something it becomes lets
     *     them through
     */
    public record Plan(
            String executable,
            List<String> arguments,
            Map<String, String> environment,
            @Nullable String workingDirectory,
            int input,
            int output,
            int errors,
            @Nullable String terminal,
            List<Integer> further,
            boolean holdsSignals) {
        /** With a terminal, if there is one. */
        public Plan(
                String executable,
                List<String> arguments,
                Map<String, String> environment,
                @Nullable String workingDirectory,
                int input,
                int output,
                int errors,
                @Nullable String terminal) {
            this(
                    executable,
                    arguments,
                    environment,
                    workingDirectory,
                    input,
                    output,
                    errors,
                    terminal,
                    List.of(),
                    false);
        }

        /** Without a terminal. */
        public Plan(
                String executable,
                List<String> arguments,
                Map<String, String> environment,
                @Nullable String workingDirectory,
                int input,
                int output,
                int errors) {
            this(executable, arguments, environment, workingDirectory, input, output, errors, null);
        }

        /** The same with further descriptors, and signals that wait. */
        public Plan holdingSignals(List<Integer> descriptors) {
            return new Plan(
                    executable,
                    arguments,
                    environment,
                    workingDirectory,
                    input,
                    output,
                    errors,
                    terminal,
                    descriptors,
                    true);
        }
    }

    /** The system would not start a process. */
    public static final class SpawnException extends IOException {
        private static final long serialVersionUID = 1L;

        private final int error;

        public SpawnException(int error) {
            super(LibC.message(error));
            this.error = error;
        }

        public int error() {
            return error;
        }
    }

    /** Starts a process and returns its id. The calling thread waits until the program is loaded. */
    public static int spawn(Plan plan) throws SpawnException {
        try (var memory = Arena.ofConfined()) {
            var call = new Call(memory);
            var actions = memory.allocate(ACTIONS_BYTES, 16);
            call.require(LibC.SPAWN_ACTIONS_INIT, actions.address());
            try {
                call.addActions(plan, actions);
                return call.spawn(plan, actions);
            } finally {
                call.require(LibC.SPAWN_ACTIONS_DESTROY, actions.address());
            }
        }
    }

    /** The memory of one start, and the calls that use it. */
    private record Call(Arena memory, MemorySegment state) {
        Call(Arena memory) {
            this(memory, LibC.state(memory));
        }

        int spawn(Plan plan, MemorySegment actions) throws SpawnException {
            var pid = memory.allocate(JAVA_INT);
            var environment = plan.environment.entrySet().stream()
                    .map(variable -> variable.getKey() + "=" + variable.getValue())
                    .toList();
            require(
                    LibC.POSIX_SPAWN,
                    pid.address(),
                    string(plan.executable),
                    actions.address(),
                    attributes(plan.holdsSignals),
                    strings(plan.arguments),
                    strings(environment));
            return pid.get(JAVA_INT, 0);
        }

        void addActions(Plan plan, MemorySegment actions) throws SpawnException {
            int[] standard = {plan.input, plan.output, plan.errors};
            for (int target = 0; target < standard.length; target++) {
                if (standard[target] < 0) {
                    addMissing(plan, actions, target);
                } else {
                    require(LibC.SPAWN_ADD_DUP2, actions.address(), standard[target], target);
                }
            }
            int next = standard.length;
            for (int descriptor : plan.further) {
                require(LibC.SPAWN_ADD_DUP2, actions.address(), descriptor, next);
                next++;
            }
            require(LibC.SPAWN_ADD_CLOSE_FROM, actions.address(), next);
            if (plan.workingDirectory != null) {
                require(LibC.SPAWN_ADD_CHDIR, actions.address(), string(plan.workingDirectory));
            }
        }

        /** A terminal that a process without one opens controls its session, which is new by then. */
        private void addMissing(Plan plan, MemorySegment actions, int target) throws SpawnException {
            if (plan.terminal != null) {
                require(LibC.SPAWN_ADD_OPEN, actions.address(), target, string(plan.terminal), O_RDWR, 0);
            } else {
                int mode = target == 0 ? O_RDONLY : O_WRONLY;
                require(LibC.SPAWN_ADD_OPEN, actions.address(), target, string(NULL_DEVICE), mode, 0);
            }
        }

        private long attributes(boolean holdsSignals) throws SpawnException {
            var attributes = memory.allocate(ATTRIBUTES_BYTES, 16).address();
            var held = memory.allocate(SIGNAL_SET_BYTES, 8);
            if (holdsSignals) {
                held.set(JAVA_LONG, 0, ~OF_C_LIBRARY);
            }
            var everySignal = memory.allocate(SIGNAL_SET_BYTES, 8).fill((byte) 0xff);
            require(LibC.SPAWN_ATTRIBUTES_INIT, attributes);
            require(LibC.SPAWN_SET_FLAGS, attributes, IN_NEW_SESSION | WITH_SIGNAL_DEFAULTS | WITH_SIGNAL_MASK);
            require(LibC.SPAWN_SET_SIGNAL_DEFAULTS, attributes, everySignal.address());
            require(LibC.SPAWN_SET_SIGNAL_MASK, attributes, held.address());
            return attributes;
        }

        private long string(String text) {
            return memory.allocateFrom(text).address();
        }

        private long strings(List<String> texts) {
            var array = memory.allocate(JAVA_LONG, texts.size() + 1L);
            for (int i = 0; i < texts.size(); i++) {
                array.setAtIndex(JAVA_LONG, i, string(texts.get(i)));
            }
            return array.address();
        }

        void require(MemorySegment function, long... arguments) throws SpawnException {
            int error = (int) LibC.call(function, state, arguments);
            if (error != 0) {
                throw new SpawnException(error);
            }
        }
    }
}
