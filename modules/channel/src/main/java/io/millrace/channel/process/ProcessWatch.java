package io.millrace.channel.process;

import io.millrace.host.system.EpollEvents;
import io.millrace.host.system.ExitStatus;
import io.millrace.host.system.Signals;
import io.millrace.host.system.LibC;
import io.millrace.channel.log.OutputBuffer;
import io.millrace.domain.Limits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the output of every process of the node and learns how each ended, with one thread.
 *
 * <p>A pipe is read in turns of at most {@link OutputBuffer#BYTES}, so a process that writes without end does not
 * starve the others. While the output's pump has no room the pipes of that process are left alone. When a process
 * ends, what is left of its group is killed before its id is given back to the system; its pipes are read to the end,
 * but at most {@link Limits#OUTPUT_CLOSE_DELAY_MAX} longer: a descendant that left the group may hold them open for
 * ever.
 */
final class ProcessWatch {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessWatch.class);
    private static final int EVENTS_PER_TURN_MAX = 64;
    private static final int IDLE_MILLIS = 1_000;
    private static final int CLOSING_MILLIS = 20;
    private static final int KIND_BITS = 2;
    private static final int KIND_EXIT = 2;
    private static final int KIND_WAKE_UP = 3;

    private final int epoll;
    private final int wakeUp;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final Map<Long, RunningProcess> processes = new HashMap<>();
    private final List<RunningProcess> closing = new ArrayList<>();
    private final Consumer<RunningProcess> lastingProcess;
    private final long lastingNanos;
    private long lastWatchId;
    private long nextRecordCheckNanos;
    private volatile boolean isClosed;

    /**
     * @param lastingMillis age at which a process counts as lasting
     * @param lastingProcess called once for each process that reaches that age, on the watching thread
     */
    ProcessWatch(long lastingMillis, Consumer<RunningProcess> lastingProcess) throws IOException {
        this.lastingNanos = lastingMillis * 1_000_000;
        this.lastingProcess = lastingProcess;
        this.epoll = LibC.epollCreate();
        this.wakeUp = LibC.eventCounter();
        LibC.epollControl(epoll, LibC.EPOLL_CTL_ADD, wakeUp, KIND_WAKE_UP);
        Thread.ofPlatform().name("millrace-processes").daemon(true).start(this::run);
    }

    /** Watches a process from now on. */
    void add(RunningProcess process) {
        submit(() -> {
            process.watchId = ++lastWatchId;
            processes.put(process.watchId, process);
            register(process.descriptor, tag(process, KIND_EXIT));
            read(process);
        });
    }

    /** Processes that have not ended, as the watching thread sees them. */
    void forEach(Consumer<RunningProcess> action) {
        submit(() -> processes.values().forEach(action));
    }

    void close() {
        isClosed = true;
        submit(() -> {});
    }

    private void submit(Runnable task) {
        tasks.add(task);
        try {
            LibC.write(wakeUp, new byte[] {1, 0, 0, 0, 0, 0, 0, 0});
        } catch (IOException e) {
            LOG.warn("The watch over processes could not be woken up", e);
        }
    }

    private void run() {
        try (var arena = Arena.ofConfined()) {
            var events = new EpollEvents(arena, EVENTS_PER_TURN_MAX);
            var wakeUps = arena.allocate(Long.BYTES);
            while (!isClosed) {
                int count = LibC.epollWait(epoll, events, closing.isEmpty() ? IDLE_MILLIS : CLOSING_MILLIS);
                for (int i = 0; i < count; i++) {
                    onEvent(events.tag(i), wakeUps);
                }
                runTasks();
                closeOverduePipes();
                tellLastingProcesses();
            }
        } finally {
            LibC.close(epoll);
        }
    }

    /** One process that cannot be handled must not end the watch over all others. */
    private void onEvent(long tag, MemorySegment wakeUps) {
        int kind = (int) (tag & ((1 << KIND_BITS) - 1));
        if (kind == KIND_WAKE_UP) {
            LibC.read(wakeUp, wakeUps);
            return;
        }
        var process = processes.get(tag >> KIND_BITS);
        if (process == null) {
            return;
        }
        try {
            if (kind == KIND_EXIT) {
                onExit(process);
            } else {
                readPipe(process, kind);
            }
        } catch (RuntimeException e) {
            LOG.error("Watching process {} failed; it is killed", process.pid(), e);
            process.abandon();
        }
    }

    private void runTasks() {
        for (var task = tasks.poll(); task != null; task = tasks.poll()) {
            try {
                task.run();
            } catch (RuntimeException e) {
                LOG.error("The watch over processes could not do what it was asked", e);
            }
        }
    }

    /** An event may be older than the end of reading, which the other pipe brought about: it comes again later. */
    private void readPipe(RunningProcess process, int pipe) {
        if (process.pipes[pipe] < 0 || !process.isReading) {
            return;
        }
        if (process.isAbandoned() || process.output().read(process.pipes[pipe], process.stream(pipe)) <= 0) {
            closePipe(process, pipe);
            finishIfOver(process);
            return;
        }
        var pump = process.output().pump();
        if (!pump.hasRoom()) {
            stopReading(process);
            pump.whenRoom(() -> submit(() -> read(process)));
        }
    }

    private void onExit(RunningProcess process) {
        process.markEnded();
        Signals.sendToGroup(process.pid(), Signals.KILL);
        int waitStatus = LibC.reap(process.pid());
        unregister(process.descriptor);
        LibC.close(process.descriptor);
        process.status = ExitStatus.of(waitStatus);
        process.closeAtNanos = System.nanoTime() + Limits.OUTPUT_CLOSE_DELAY_MAX.toNanos();
        if (process.isAbandoned()) {
            closePipes(process);
        }
        if (!finishIfOver(process)) {
            closing.add(process);
        }
    }

    /** Time counts only while the pipes are read: without credit from the log store the rest of the output waits. */
    private void closeOverduePipes() {
        if (closing.isEmpty()) {
            return;
        }
        long now = System.nanoTime();
        for (var process : List.copyOf(closing)) {
            if (process.isAbandoned() || (process.isReading && process.closeAtNanos - now <= 0)) {
                closePipes(process);
                finishIfOver(process);
            }
        }
    }

    private boolean finishIfOver(RunningProcess process) {
        var status = process.status;
        if (status == null || process.hasOpenPipe()) {
            return false;
        }
        closing.remove(process);
        processes.remove(process.watchId);
        if (process.isAbandoned()) {
            process.ended(status);
        } else {
            process.output().pump().close(_ -> process.ended(status));
        }
        return true;
    }

    private void read(RunningProcess process) {
        if (process.isReading) {
            return;
        }
        process.isReading = true;
        process.closeAtNanos = System.nanoTime() + Limits.OUTPUT_CLOSE_DELAY_MAX.toNanos();
        for (int pipe = 0; pipe < process.pipes.length; pipe++) {
            if (process.pipes[pipe] >= 0) {
                register(process.pipes[pipe], tag(process, pipe));
            }
        }
    }

    private void stopReading(RunningProcess process) {
        process.isReading = false;
        for (int pipe : process.pipes) {
            if (pipe >= 0) {
                unregister(pipe);
            }
        }
    }

    private void closePipes(RunningProcess process) {
        for (int pipe = 0; pipe < process.pipes.length; pipe++) {
            if (process.pipes[pipe] >= 0) {
                closePipe(process, pipe);
            }
        }
    }

    private void closePipe(RunningProcess process, int pipe) {
        if (process.isReading) {
            unregister(process.pipes[pipe]);
        }
        LibC.close(process.pipes[pipe]);
        process.pipes[pipe] = -1;
    }

    private void tellLastingProcesses() {
        long now = System.nanoTime();
        if (now - nextRecordCheckNanos < 0) {
            return;
        }
        nextRecordCheckNanos = now + IDLE_MILLIS * 1_000_000L;
        for (var process : processes.values()) {
            if (!process.isRecorded && now - process.startedNanos() >= lastingNanos) {
                process.isRecorded = true;
                lastingProcess.accept(process);
            }
        }
    }

    private static long tag(RunningProcess process, int kind) {
        return (process.watchId << KIND_BITS) | kind;
    }

    private void register(int descriptor, long tag) {
        control(LibC.EPOLL_CTL_ADD, descriptor, tag);
    }

    private void unregister(int descriptor) {
        control(LibC.EPOLL_CTL_DEL, descriptor, 0);
    }

    private void control(int operation, int descriptor, long tag) {
        try {
            LibC.epollControl(epoll, operation, descriptor, tag);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
