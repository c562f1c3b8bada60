package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.contracts.JobId;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Every live thread of a channel, and those that ended lately: the last {@link Limits#THREADS_ENDED_MAX}, fewer if their
 * results are larger than {@link Limits#THREAD_RESULT_CHARS_MAX} together.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ThreadRegistry {
    private final Map<AttemptId, ManagedThread> live = new LinkedHashMap<>();
    private final Deque<ManagedThread> ended = new ArrayDeque<>();
    private final Map<String, ManagedThread> byRequestKey = new HashMap<>();
    private int resultChars;
    private int withParent;
    private int direct;

    void add(ManagedThread thread) {
        live.put(thread.id, thread);
        var origin = thread.origin;
        if (origin != null && origin.requestKey() != null) {
            byRequestKey.put(origin.requestKey(), thread);
        }
        if (origin != null) {
            direct++;
            withParent += origin.parent() == null ? 0 : 1;
        }
    }

    /** As if it had never been added. */
    void remove(ManagedThread thread) {
        if (live.remove(thread.id, thread)) {
            left(thread);
            forgetKey(thread);
        }
    }

    /** Moves a thread that has ended to those that ended lately. */
    void ended(ManagedThread thread) {
        if (live.remove(thread.id, thread)) {
            left(thread);
            ended.addFirst(thread);
            resultChars += thread.resultChars();
            while (ended.size() > Limits.THREADS_ENDED_MAX || resultChars > Limits.THREAD_RESULT_CHARS_MAX) {
                var oldest = ended.removeLast();
                resultChars -= oldest.resultChars();
                forgetKey(oldest);
            }
        }
    }

    private void left(ManagedThread thread) {
        if (thread.origin != null) {
            direct--;
            withParent -= thread.origin.parent() == null ? 0 : 1;
        }
    }

    private void forgetKey(ManagedThread thread) {
        if (thread.origin != null && thread.origin.requestKey() != null) {
            byRequestKey.remove(thread.origin.requestKey(), thread);
        }
    }

    /** True if a thread lives that belongs to no job. */
    boolean hasDirect() {
        return direct > 0;
    }

    @Nullable ManagedThread live(AttemptId id) {
        return live.get(id);
    }

    /** The thread that users name so: a live one, or one that ended lately. */
    Optional<ManagedThread> find(String text) {
        int dash = text.indexOf('-');
        try {
            JobId job = JobId.parse(dash < 0 ? text : text.substring(0, dash));
            return find(job, dash < 0 ? 0 : Integer.parseInt(text.substring(dash + 1)));
        } catch (MillraceException | NumberFormatException _) {
            return Optional.empty();
        }
    }

    private Optional<ManagedThread> find(JobId job, int number) {
        return Stream.concat(live.values().stream(), ended.stream())
                .filter(thread -> thread.id.job().equals(job) && thread.id.number() == number)
                .findFirst();
    }

    @Nullable ManagedThread withRequestKey(String key) {
        return byRequestKey.get(key);
    }

    Collection<ManagedThread> live() {
        return live.values();
    }

    /** Live threads, then those that ended lately; both newest first. */
    List<ManagedThread> all() {
        var all = new ArrayList<>(live.values()).reversed();
        return Stream.concat(all.stream(), ended.stream()).toList();
    }

    /** Live threads that an attempt has created. */
    List<ManagedThread> childrenOf(AttemptId attempt) {
        return withParent == 0
                ? List.of()
                : live.values().stream()
                        .filter(thread -> thread.isChildOf(attempt))
                        .toList();
    }

    /** Threads that ended since a moment of {@link System#nanoTime}. */
    List<ManagedThread> endedSince(long nanos) {
        return ended.stream()
                .takeWhile(thread -> thread.endedNanos - nanos >= 0)
                .toList();
    }
}
