package io.millrace.host.system;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.millrace.contracts.ThreadSafety;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which processors a thread may run on, as the kernel keeps it. A thread's setting is inherited by the processes and the
 * threads it starts. Processors are numbered from 0, as in {@code /proc/cpuinfo}.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class CpuAffinity {
    /** Processors the C library's standard mask has room for. */
    public static final int PROCESSORS_MAX = 1_024;

    private static final int MASK_BYTES = PROCESSORS_MAX / Byte.SIZE;
    private static final int CALLING_THREAD = 0;

    private CpuAffinity() {}

    /**
     * Why threads of this node cannot be kept to these processors, absent if they can.
     *
     * @param processors empty for all, which is always possible
     */
    public static Optional<String> obstacle(List<Integer> processors) {
        if (processors.isEmpty()) {
            return Optional.empty();
        }
        try {
            List<Integer> usable = ofNode();
            List<Integer> missing = processors.stream()
                    .filter(processor -> !usable.contains(processor))
                    .toList();
            return missing.isEmpty()
                    ? Optional.empty()
                    : Optional.of(
                            "the node may use the processors " + usable + ", and " + missing + " is not among them");
        } catch (IOException e) {
            return Optional.of("the system does not tell which processors the node may use: " + e.getMessage());
        }
    }

    /**
     * Keeps the calling thread to these processors from now on.
     *
     * @param processors empty for all the node may use
     * @return those it is really kept to, as read back from the kernel
     * @throws IOException if the kernel refuses; then nothing has changed
     */
    public static List<Integer> restrict(List<Integer> processors) throws IOException {
        List<Integer> wanted = processors.isEmpty() ? ofNode() : processors;
        try (var memory = Arena.ofConfined()) {
            LibC.setAffinity(CALLING_THREAD, mask(wanted, memory));
        }
        return ofCallingThread();
    }

    /** Processors the calling thread may run on now, in order. */
    public static List<Integer> ofCallingThread() throws IOException {
        return read(CALLING_THREAD);
    }

    /** Those of the thread the node began with, which nobody restricts. */
    private static List<Integer> ofNode() throws IOException {
        return read((int) ProcessHandle.current().pid());
    }

    private static List<Integer> read(int thread) throws IOException {
        try (var memory = Arena.ofConfined()) {
            var mask = memory.allocate(MASK_BYTES, Long.BYTES);
            LibC.getAffinity(thread, mask);
            return processors(mask);
        }
    }

    private static MemorySegment mask(List<Integer> processors, Arena memory) throws IOException {
        var mask = memory.allocate(MASK_BYTES, Long.BYTES);
        for (int processor : processors) {
            if (processor < 0 || processor >= PROCESSORS_MAX) {
                throw new IOException("processor " + processor + " is not between 0 and " + (PROCESSORS_MAX - 1));
            }
            int word = processor / Long.SIZE;
            mask.setAtIndex(JAVA_LONG, word, mask.getAtIndex(JAVA_LONG, word) | 1L << processor);
        }
        return mask;
    }

    private static List<Integer> processors(MemorySegment mask) {
        List<Integer> processors = new ArrayList<>();
        for (int word = 0; word < MASK_BYTES / Long.BYTES; word++) {
            for (long bits = mask.getAtIndex(JAVA_LONG, word); bits != 0; bits &= bits - 1) {
                processors.add(word * Long.SIZE + Long.numberOfTrailingZeros(bits));
            }
        }
        return List.copyOf(processors);
    }
}
