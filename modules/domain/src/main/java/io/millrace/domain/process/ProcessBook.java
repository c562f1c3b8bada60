package io.millrace.domain.process;

import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.process.ProcessName;
import io.millrace.domain.Limits;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * The processes of one channel as far as they are decided. {@link #apply} changes it in place; the same changes always give
 * the same book, and nothing here refuses one: rules live in {@link ProcessRules}.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
public final class ProcessBook {
    private final SequencedMap<JobId, ProcessEntry> processes = new LinkedHashMap<>();
    private final Map<ProcessName, JobId> names = new HashMap<>();
    private final SequencedMap<String, UsedKey> keys = new LinkedHashMap<>();
    private int live;

    private ProcessBook() {}

    /** A book nothing is written in. */
    public static ProcessBook empty() {
        return new ProcessBook();
    }

    /** The book as a snapshot shows it. */
    public static ProcessBook of(ProcessSnapshot snapshot) {
        ProcessBook book = new ProcessBook();
        for (ProcessEntry process : snapshot.processes()) {
            book.processes.put(process.id(), process);
            book.names.put(process.name(), process.id());
            book.live += process.hasEnded() ? 0 : 1;
        }
        snapshot.keys().forEach(key -> book.keys.put(key.key(), key));
        return book;
    }

    /** An immutable copy; the processes in it are shared, not copied. */
    public ProcessSnapshot snapshot() {
        return new ProcessSnapshot(List.copyOf(processes.values()), List.copyOf(keys.values()));
    }

    // Reading

    /** In the order in which they were registered. A view: it changes with the book. */
    public Collection<ProcessEntry> processes() {
        return Collections.unmodifiableCollection(processes.values());
    }

    public @Nullable ProcessEntry process(JobId id) {
        return processes.get(id);
    }

    public @Nullable ProcessEntry process(ProcessName name) {
        JobId id = names.get(name);
        return id == null ? null : processes.get(id);
    }

    /** How many there are, ended ones included. */
    public int size() {
        return processes.size();
    }

    /** How many have not ended. */
    public int live() {
        return live;
    }

    /** What was registered with a key, while that is remembered; the process itself may be gone. */
    public @Nullable UsedKey registeredWith(String key) {
        return keys.get(key);
    }

    // Evolution

    /**
     * Writes a change down.
     *
     * @param atMillis wall-clock time in milliseconds since the epoch
     */
    public void apply(ProcessChange change, long atMillis) {
        switch (change) {
            case ProcessChange.Registered registered -> registered(registered, atMillis);
            case ProcessChange.Removed(var process) -> {
                processes.remove(process.id());
                names.remove(process.name(), process.id());
            }
            case ProcessChange.StartRequested _, ProcessChange.Cancelled _, ProcessChange.OfRun _ ->
                processes.computeIfPresent(change.process().id(), (_, process) -> process.after(change, atMillis));
        }
        live += change.processesBegun();
    }

    /** The channel has given a run its epoch. For a book that was ahead of the channel's own. */
    public void epochGiven(ProcessChange.RunStarted stored) {
        processes.computeIfPresent(
                stored.process().id(), (_, process) -> process.withEpoch(stored.run(), stored.epoch()));
    }

    /** The channel is gone. */
    public void forgetAll() {
        processes.clear();
        names.clear();
        keys.clear();
        live = 0;
    }

    private void registered(ProcessChange.Registered change, long atMillis) {
        processes.put(change.id(), ProcessEntry.of(change, atMillis));
        names.put(change.spec().name(), change.id());
        String key = change.requestKey();
        if (key != null) {
            keys.remove(key);
            keys.put(key, new UsedKey(key, change.bodyHash(), change.id(), atMillis));
            forgetOldKeys(atMillis);
        }
    }

    private void forgetOldKeys(long nowMillis) {
        long oldest = nowMillis - Limits.IDEMPOTENCY_KEPT.toMillis();
        Iterator<UsedKey> eldest = keys.values().iterator();
        while (eldest.hasNext() && (eldest.next().atMillis() < oldest || keys.size() > Limits.PROCESS_KEYS_MAX)) {
            eldest.remove();
        }
    }
}
