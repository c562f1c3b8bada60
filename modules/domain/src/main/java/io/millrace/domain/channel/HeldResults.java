package io.millrace.domain.channel;

import io.millrace.contracts.JobId;
import io.millrace.domain.Limits;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the channel must remember until the read model has it: ended jobs and idempotency keys. Things added are first
 * unsealed, then sealed under the sequence number they were stored with, then forgotten once the read model is there.
 */
final class HeldResults {
    private static final long KEY_HELD_MILLIS = Limits.IDEMPOTENCY_KEY_HELD_MIN.toMillis();

    private final LinkedHashMap<JobId, EndedJob> ended = new LinkedHashMap<>();
    private final Map<String, KeyedSubmission> submissions = new HashMap<>();
    private final ArrayDeque<Marked<EndedJob>> endedInOrder = new ArrayDeque<>();
    private final ArrayDeque<Marked<KeyedSubmission>> submissionsInOrder = new ArrayDeque<>();
    private long unsealedEnded;
    private long unsealedSubmissions;

    void add(EndedJob job) {
        ended.put(job.id(), job);
        endedInOrder.add(new Marked<>(job));
        unsealedEnded++;
    }

    void add(KeyedSubmission submission) {
        submissions.put(submission.key(), submission);
        submissionsInOrder.add(new Marked<>(submission));
        unsealedSubmissions++;
    }

    @Nullable EndedJob ended(JobId id) {
        return ended.get(id);
    }

    /** Takes an ended job out because it lives again. */
    void remove(JobId id) {
        ended.remove(id);
    }

    @Nullable KeyedSubmission submission(String key) {
        return submissions.get(key);
    }

    int endedCount() {
        return ended.size();
    }

    void sealed(long sequence) {
        unsealedEnded = seal(endedInOrder, unsealedEnded, sequence);
        unsealedSubmissions = seal(submissionsInOrder, unsealedSubmissions, sequence);
    }

    void projected(long sequence, long nowMillis) {
        for (Marked<EndedJob> head = endedInOrder.peek();
                head != null && head.sequence <= sequence;
                head = endedInOrder.peek()) {
            endedInOrder.remove();
            ended.remove(head.value.id(), head.value);
        }
        for (Marked<KeyedSubmission> head = submissionsInOrder.peek();
                head != null && head.sequence <= sequence && mayForget(head.value, nowMillis);
                head = submissionsInOrder.peek()) {
            submissionsInOrder.remove();
            submissions.remove(head.value.key(), head.value);
        }
    }

    private boolean mayForget(KeyedSubmission submission, long nowMillis) {
        return submissionsInOrder.size() > Limits.IDEMPOTENCY_KEYS_HELD_MAX
                || nowMillis - submission.atMillis() > KEY_HELD_MILLIS;
    }

    void forgetAll() {
        ended.clear();
        endedInOrder.clear();
        submissions.clear();
        submissionsInOrder.clear();
        unsealedEnded = 0;
        unsealedSubmissions = 0;
    }

    List<EndedJob> endedJobs() {
        return List.copyOf(ended.values());
    }

    List<KeyedSubmission> submissions() {
        return submissionsInOrder.stream().map(marked -> marked.value).toList();
    }

    /** Takes over what a snapshot held; the snapshot's sequence number seals it. */
    void restore(List<EndedJob> jobs, List<KeyedSubmission> keys) {
        jobs.forEach(this::add);
        keys.forEach(this::add);
    }

    private static <T> long seal(ArrayDeque<Marked<T>> inOrder, long unsealed, long sequence) {
        var newestFirst = inOrder.descendingIterator();
        for (long i = 0; i < unsealed && newestFirst.hasNext(); i++) {
            newestFirst.next().sequence = sequence;
        }
        return 0;
    }

    private static final class Marked<T> {
        private final T value;
        private long sequence = Long.MAX_VALUE;

        private Marked(T value) {
            this.value = value;
        }
    }
}
