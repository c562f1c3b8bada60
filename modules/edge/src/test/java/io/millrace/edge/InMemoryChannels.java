package io.millrace.edge;

import io.millrace.api.v1.JsonValueCodec;
import io.millrace.channel.Channels;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Page;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Violation;
import io.millrace.contracts.channel.ChannelDeletion;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.channel.ChannelState;
import io.millrace.contracts.channel.ChannelView;
import io.millrace.contracts.channel.JobCounts;
import io.millrace.contracts.event.ChannelEventView;
import io.millrace.contracts.event.EventCursor;
import io.millrace.contracts.event.EventPage;
import io.millrace.contracts.job.AttemptState;
import io.millrace.contracts.job.AttemptView;
import io.millrace.contracts.job.JobQuery;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.job.JobView;
import io.millrace.contracts.log.LogLine;
import io.millrace.contracts.log.LogPage;
import io.millrace.contracts.log.LogQuery;
import io.millrace.contracts.log.LogStream;
import io.millrace.contracts.process.ProcessView;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Channels as the edge sees them, held in memory. Nothing runs by itself: a test says when a job ends or writes a line. */
public final class InMemoryChannels implements Channels {
    private static final JsonValueCodec CODEC = new JsonValueCodec();
    private static final String NODE = "millrace@127.0.0.1:25520";
    private static final Instant DELETION_BEGAN = Instant.parse("2026-01-01T00:00:00Z");
    private static final long FIRST_CURSOR = 1L << 40;

    private final TreeMap<ChannelName, Channel> channels = new TreeMap<>();
    private final List<JobSpec> submitted = new ArrayList<>();
    private final List<Problem> failures = new ArrayList<>();
    private CompletableFuture<Void> changed = new CompletableFuture<>();
    private int nextId = 1;
    private @Nullable Consumer<JobId> onSubmit;
    private @Nullable Problem awaitFailure;

    private final InMemoryThreads threads = new InMemoryThreads(this::requireExisting);
    private final InMemoryLocks locks = new InMemoryLocks(this::requireExisting);
    private final InMemoryResources resources = new InMemoryResources(this::requireExisting);
    private final InMemoryCleanups cleanups = new InMemoryCleanups(this::requireExisting);
    private final InMemoryProcesses processes = new InMemoryProcesses(this::requireExisting);

    @Override
    public InMemoryThreads threads() {
        return threads;
    }

    @Override
    public InMemoryLocks locks() {
        return locks;
    }

    @Override
    public InMemoryResources resources() {
        return resources;
    }

    @Override
    public InMemoryCleanups cleanups() {
        return cleanups;
    }

    @Override
    public InMemoryProcesses processes() {
        return processes;
    }

    private static final class Channel {
        ChannelSpec spec;
        ChannelState state = ChannelState.ACTIVE;
        final TreeMap<JobId, JobView> jobs = new TreeMap<>();
        final Map<String, Remembered> keys = new HashMap<>();
        final List<LogLine> lines = new ArrayList<>();
        final List<ChannelEventView> events = new ArrayList<>();
        long missedLines;
        long missedEvents;

        Channel(ChannelSpec spec) {
            this.spec = spec;
        }
    }

    /** Specifications as they were handed over, in that order. */
    public synchronized List<JobSpec> submitted() {
        return List.copyOf(submitted);
    }

    private record Remembered(String bodyHash, List<JobId> jobs) {}

    public InMemoryChannels() {
        channels.put(ChannelName.DEFAULT, new Channel(ChannelSpec.DEFAULT));
    }

    /** The next call fails with this problem. */
    public synchronized void failNext(Problem problem) {
        failures.add(problem);
    }

    /** The next wait for an end fails with this problem. */
    public synchronized void failNextAwait(Problem problem) {
        awaitFailure = problem;
    }

    /** What happens to jobs right after they were accepted, on another thread. */
    public synchronized void whenSubmitted(Consumer<JobId> action) {
        onSubmit = action;
    }

    /** Ends a job. */
    public synchronized void end(JobId id, JobState state, @Nullable Integer exitCode, @Nullable String result) {
        Channel channel = channelOf(id);
        JobView job = existing(id);
        Problem error = state == JobState.FAILED
                ? Problem.of(ErrorCode.TIMEOUT, "Worker", "The attempt took longer than 5 s.")
                : null;
        channel.jobs.put(
                id,
                new JobView(
                        job.id(),
                        job.channel(),
                        job.name(),
                        job.kind(),
                        state,
                        job.priority(),
                        job.specJson(),
                        job.createdAt(),
                        job.createdAt(),
                        now(),
                        1,
                        1,
                        NODE,
                        exitCode,
                        null,
                        result,
                        error,
                        null,
                        List.of(),
                        job.labels()));
        publish(job.channel(), "job." + state.name().toLowerCase(Locale.ROOT), id, Map.of("attempt", 1));
    }

    /** Writes a line of output. */
    public synchronized long line(JobId id, LogStream stream, String content) {
        Channel channel = channelOf(id);
        long cursor = FIRST_CURSOR + channel.missedLines + channel.lines.size() + 1;
        channel.lines.add(new LogLine(cursor, id, 1, null, now(), stream, false, content));
        wake();
        return cursor;
    }

    /** Adds a line of output of a process; returns its cursor. */
    public synchronized long line(ProcessView process, LogStream stream, String content) {
        Channel channel = existing(process.channel());
        long cursor = FIRST_CURSOR + channel.missedLines + channel.lines.size() + 1;
        channel.lines.add(
                new LogLine(cursor, process.id(), process.run(), process.spec().name(), now(), stream, false, content));
        wake();
        return cursor;
    }

    /** Wakes whoever waits for lines, because a process has ended. */
    public synchronized void processEnded() {
        wake();
    }

    /** Publishes an event. */
    public synchronized void publish(ChannelName name, String type, @Nullable JobId job, Map<String, Object> data) {
        Channel channel = existing(name);
        long sequence = channel.missedEvents + channel.events.size() + 1;
        channel.events.add(new ChannelEventView(new EventCursor(sequence, 0), name, type, now(), job, data));
        wake();
    }

    /** Forgets the oldest lines and events of a channel, as its retention would. */
    public synchronized void forget(ChannelName name, int lines, int events) {
        Channel channel = existing(name);
        channel.lines.subList(0, lines).clear();
        channel.missedLines += lines;
        channel.events.subList(0, events).clear();
        channel.missedEvents += events;
    }

    @Override
    public synchronized CompletionStage<PutChannel> put(ChannelName name, ChannelSpec spec) {
        return answer(() -> {
            boolean isNew = !channels.containsKey(name);
            channels.computeIfAbsent(name, _ -> new Channel(spec)).spec = spec;
            return new PutChannel(view(name), isNew);
        });
    }

    @Override
    public synchronized CompletionStage<ChannelView> channel(ChannelName name) {
        return answer(() -> view(name));
    }

    @Override
    public synchronized CompletionStage<Page<ChannelView>> channels(int pageSize, @Nullable String pageToken) {
        return answer(() -> {
            List<ChannelView> all = channels.keySet().stream().map(this::view).toList();
            return page(all, pageSize, pageToken);
        });
    }

    @Override
    public synchronized CompletionStage<ChannelView> pause(ChannelName name) {
        return enter(name, ChannelState.PAUSED);
    }

    @Override
    public synchronized CompletionStage<ChannelView> resume(ChannelName name) {
        return enter(name, ChannelState.ACTIVE);
    }

    @Override
    public synchronized CompletionStage<ChannelView> drain(ChannelName name) {
        return enter(name, ChannelState.DRAINING);
    }

    @Override
    public synchronized CompletionStage<ChannelDeletion> delete(ChannelName name) {
        return enter(name, ChannelState.DELETING)
                .thenApply(_ -> new ChannelDeletion(
                        new ChannelDeletion.Reference(name, DELETION_BEGAN), null, null, List.of()));
    }

    /** Every deletion that began at {@link #DELETION_BEGAN} is over. */
    @Override
    public synchronized CompletionStage<ChannelDeletion> deletion(ChannelDeletion.Reference deletion) {
        return answer(() -> {
            if (!deletion.beganAt().equals(DELETION_BEGAN)) {
                throw Problem.of(ErrorCode.NOT_FOUND, "Channel", "No such deletion is known.")
                        .asException();
            }
            return new ChannelDeletion(
                    deletion, DELETION_BEGAN.plusMillis(250), "{\"status\":\"COMPLETE\"}", List.of());
        });
    }

    @Override
    public synchronized CompletionStage<Integer> purge(ChannelName name) {
        return answer(() -> {
            List<JobView> waiting = existing(name).jobs.values().stream()
                    .filter(job -> job.state() == JobState.QUEUED)
                    .toList();
            waiting.forEach(job -> end(job.id(), JobState.CANCELLED, null, null));
            return waiting.size();
        });
    }

    @Override
    public synchronized CompletionStage<Submission> submit(
            ChannelName name, JobSpec spec, @Nullable IdempotencyKey key) {
        return answer(() -> {
            Channel channel = existing(name);
            Remembered remembered = remembered(channel, key);
            if (remembered != null) {
                return new Submission(existing(name, remembered.jobs.getFirst()), true);
            }
            submitted.add(spec);
            JobView job = accept(name, channel, spec);
            remember(channel, key, List.of(job.id()));
            Consumer<JobId> action = onSubmit;
            if (action != null) {
                ForkJoinPool.commonPool().execute(() -> action.accept(job.id()));
            }
            return new Submission(job, false);
        });
    }

    @Override
    public synchronized CompletionStage<BatchSubmission> submitAll(
            ChannelName name, List<JobSpec> specs, @Nullable IdempotencyKey key) {
        return answer(() -> {
            Channel channel = existing(name);
            Remembered remembered = remembered(channel, key);
            submitted.addAll(specs);
            List<JobId> ids = remembered != null
                    ? remembered.jobs
                    : specs.stream()
                            .map(spec -> accept(name, channel, spec).id())
                            .toList();
            remember(channel, key, ids);
            List<AcceptedJob> accepted = ids.stream()
                    .map(id -> existing(name, id))
                    .map(job -> new AcceptedJob(job.id(), job.state(), job.createdAt()))
                    .toList();
            return new BatchSubmission(accepted, remembered != null);
        });
    }

    @Override
    public synchronized CompletionStage<JobView> job(ChannelName name, JobId id) {
        return answer(() -> existing(name, id));
    }

    @Override
    public synchronized CompletionStage<Page<JobView>> jobs(JobQuery query) {
        return answer(() -> {
            if (query.channel() != null) {
                existing(query.channel());
            }
            List<JobView> matching = channels.entrySet().stream()
                    .filter(entry -> query.channel() == null || entry.getKey().equals(query.channel()))
                    .flatMap(entry -> entry.getValue().jobs.values().stream())
                    .filter(job -> matches(job, query))
                    .sorted((a, b) -> b.id().compareTo(a.id()))
                    .toList();
            return page(matching, query.pageSize(), query.pageToken());
        });
    }

    @Override
    public synchronized CompletionStage<List<AttemptView>> attempts(ChannelName name, JobId id) {
        return answer(() -> {
            JobView job = existing(name, id);
            return job.attempt() == 0
                    ? List.of()
                    : List.of(new AttemptView(
                            1,
                            1,
                            AttemptState.valueOf(job.state().name()),
                            job.createdAt(),
                            job.endedAt(),
                            NODE,
                            job.exitCode(),
                            job.signal(),
                            job.error()));
        });
    }

    @Override
    public synchronized CompletionStage<JobView> cancel(ChannelName name, JobId id) {
        return answer(() -> {
            requireState(!existing(name, id).state().isTerminal(), "The job has ended already.");
            end(id, JobState.CANCELLED, null, null);
            return existing(name, id);
        });
    }

    @Override
    public synchronized CompletionStage<JobView> retry(ChannelName name, JobId id) {
        return answer(() -> {
            JobView job = existing(name, id);
            requireState(
                    job.state().isTerminal() && job.state() != JobState.SUCCEEDED,
                    "Only a failed, cancelled or lost job can be run again.");
            existing(name).jobs.put(id, queued(job));
            return existing(name, id);
        });
    }

    @Override
    public synchronized CompletionStage<JobView> awaitEnd(ChannelName name, JobId id, Duration timeout) {
        if (awaitFailure != null) {
            Problem problem = awaitFailure;
            awaitFailure = null;
            return CompletableFuture.failedFuture(problem.asException());
        }
        return answer(() -> existing(name, id))
                .thenCompose(job -> job.state().isTerminal() || timeout.isZero()
                        ? CompletableFuture.completedFuture(job)
                        : afterChange(timeout)
                                .thenCompose(isChange -> awaitEnd(name, id, isChange ? timeout : Duration.ZERO)));
    }

    @Override
    public synchronized CompletionStage<LogPage> logs(LogQuery query, Duration wait) {
        return answer(() -> logPage(query))
                .thenCompose(page -> page.lines().isEmpty() && !page.isComplete() && !wait.isZero()
                        ? afterChange(wait).thenCompose(_ -> logs(query, Duration.ZERO))
                        : CompletableFuture.completedFuture(page));
    }

    @Override
    public synchronized CompletionStage<EventPage> events(
            ChannelName name, @Nullable JobId job, Set<String> types, EventCursor after, int limit, Duration wait) {
        return answer(() -> eventPage(name, job, types, after, limit))
                .thenCompose(page -> page.events().isEmpty() && !wait.isZero()
                        ? afterChange(wait).thenCompose(_ -> events(name, job, types, after, limit, Duration.ZERO))
                        : CompletableFuture.completedFuture(page));
    }

    @Override
    public synchronized CompletionStage<Long> removeLogs(ChannelName name, @Nullable JobId process) {
        return answer(() -> {
            Predicate<LogLine> isMeant = line -> process == null || process.equals(line.job());
            long bytes = existing(name).lines.stream()
                    .filter(isMeant)
                    .mapToLong(line -> line.content().length())
                    .sum();
            existing(name).lines.removeIf(isMeant);
            return bytes;
        });
    }

    private boolean hasEnded(LogQuery query) {
        if (query.process() != null) {
            ProcessView process = processes.process(query.process());
            return process == null || process.state().isEnded();
        }
        return query.job() != null
                && existing(query.channel(), query.job()).state().isTerminal();
    }

    private LogPage logPage(LogQuery query) {
        Channel channel = existing(query.channel());
        boolean hasEnded = hasEnded(query);
        List<LogLine> behind = channel.lines.stream()
                .filter(line -> line.cursor() > query.after())
                .filter(line -> query.writer() == null || line.job().equals(query.writer()))
                .filter(line -> query.stream() == null || line.stream() == query.stream())
                .filter(line -> query.contains() == null || line.content().contains(query.contains()))
                .filter(line -> query.since() == null || !line.timestamp().isBefore(query.since()))
                .filter(line -> query.until() == null || line.timestamp().isBefore(query.until()))
                .toList();
        if (query.tail() != null && behind.size() > query.tail()) {
            behind = behind.subList(behind.size() - query.tail(), behind.size());
        }
        boolean isCaughtUp = behind.size() <= query.limit();
        List<LogLine> lines = isCaughtUp ? behind : behind.subList(0, query.limit());
        long missed = query.after() > FIRST_CURSOR + channel.missedLines
                ? 0
                : channel.missedLines - Math.max(0, query.after() - FIRST_CURSOR);
        long last = channel.lines.isEmpty()
                ? query.after()
                : channel.lines.getLast().cursor();
        long next = isCaughtUp ? Math.max(last, query.after()) : lines.getLast().cursor();
        return new LogPage(lines, next, query.tail() == null ? missed : 0, hasEnded && isCaughtUp, isCaughtUp);
    }

    private EventPage eventPage(
            ChannelName name, @Nullable JobId job, Set<String> types, EventCursor after, int limit) {
        Channel channel = existing(name);
        if (job != null) {
            existing(name, job);
        }
        List<ChannelEventView> behind = channel.events.stream()
                .filter(event -> event.cursor().compareTo(after) > 0)
                .filter(event -> job == null || job.equals(event.job()))
                .filter(event -> types.isEmpty() || types.contains(event.type()))
                .limit(limit)
                .toList();
        long missed = Math.max(0, channel.missedEvents - after.sequence());
        return new EventPage(behind, behind.isEmpty() ? after : behind.getLast().cursor(), missed);
    }

    private JobView accept(ChannelName name, Channel channel, JobSpec spec) {
        if (channel.state == ChannelState.DRAINING) {
            throw Problem.of(ErrorCode.INVALID_STATE, "Channel", "The channel is draining and takes no jobs.")
                    .asException();
        }
        if (channel.jobs.size() >= channel.spec.queuedJobsMax()) {
            throw Problem.of(
                            ErrorCode.RESOURCE_LIMIT,
                            "Channel",
                            "The queue is full.",
                            Map.of("limit", channel.spec.queuedJobsMax()))
                    .retryAfter(Duration.ofMillis(2_500))
                    .asException();
        }
        Instant createdAt = now();
        JobId id = new JobId(createdAt.toEpochMilli() << 16, nextId++);
        JobView job = new JobView(
                id,
                name,
                spec.name(),
                spec.work().kind(),
                JobState.QUEUED,
                spec.priority(),
                new String(CODEC.encodeJobSpec(spec), StandardCharsets.UTF_8),
                createdAt,
                null,
                null,
                0,
                0,
                null,
                null,
                null,
                null,
                null,
                null,
                List.of(),
                spec.labels());
        channel.jobs.put(id, job);
        publish(name, "job.queued", id, Map.of());
        return job;
    }

    private static JobView queued(JobView job) {
        return new JobView(
                job.id(),
                job.channel(),
                job.name(),
                job.kind(),
                JobState.QUEUED,
                job.priority(),
                job.specJson(),
                job.createdAt(),
                null,
                null,
                job.attempt(),
                job.epoch(),
                null,
                null,
                null,
                null,
                null,
                null,
                List.of(),
                job.labels());
    }

    private static boolean matches(JobView job, JobQuery query) {
        return (query.states().isEmpty() || query.states().contains(job.state()))
                && (query.kind() == null || query.kind() == job.kind())
                && job.labels().entrySet().containsAll(query.labels().entrySet())
                && (query.since() == null || !job.createdAt().isBefore(query.since()))
                && (query.until() == null || job.createdAt().isBefore(query.until()));
    }

    private @Nullable Remembered remembered(Channel channel, @Nullable IdempotencyKey key) {
        if (key == null) {
            return null;
        }
        Remembered remembered = channel.keys.get(key.key());
        if (remembered != null && !remembered.bodyHash.equals(key.bodyHash())) {
            throw Problem.invalid(
                            "Channel",
                            "The idempotency key was used with another request body.",
                            List.of(new Violation("Idempotency-Key", "was used with another body")))
                    .asException();
        }
        return remembered;
    }

    private static void remember(Channel channel, @Nullable IdempotencyKey key, List<JobId> jobs) {
        if (key != null) {
            channel.keys.put(key.key(), new Remembered(key.bodyHash(), jobs));
        }
    }

    private static <T> Page<T> page(List<T> all, int pageSize, @Nullable String pageToken) {
        int from = 0;
        if (pageToken != null) {
            if (!pageToken.matches("p[0-9]{1,6}")) {
                throw Problem.invalid(
                                "ReadModel",
                                "The page token is not one of this list.",
                                List.of(new Violation("pageToken", "is not a token of this list")))
                        .asException();
            }
            from = Math.min(all.size(), Integer.parseInt(pageToken.substring(1)));
        }
        int to = Math.min(all.size(), from + pageSize);
        return new Page<>(all.subList(from, to), to < all.size() ? "p" + to : null);
    }

    private CompletionStage<ChannelView> enter(ChannelName name, ChannelState state) {
        return answer(() -> {
            existing(name).state = state;
            return view(name);
        });
    }

    private ChannelView view(ChannelName name) {
        Channel channel = existing(name);
        long queued = channel.jobs.values().stream()
                .filter(job -> job.state() == JobState.QUEUED)
                .count();
        return new ChannelView(
                name,
                channel.spec,
                channel.state,
                NODE,
                1,
                new JobCounts(queued, 0, 0, 0, 0, 0, 0, 0),
                0,
                0,
                List.of());
    }

    private synchronized void requireExisting(ChannelName name) {
        existing(name);
    }

    private Channel existing(ChannelName name) {
        Channel channel = channels.get(name);
        if (channel == null) {
            throw Problem.of(ErrorCode.NOT_FOUND, "Channels", "There is no channel '" + name + "'.")
                    .asException();
        }
        return channel;
    }

    private JobView existing(ChannelName name, JobId id) {
        JobView job = existing(name).jobs.get(id);
        if (job == null) {
            throw Problem.of(ErrorCode.NOT_FOUND, "Channel", "There is no job " + id + " in the channel.")
                    .asException();
        }
        return job;
    }

    private JobView existing(JobId id) {
        return channels.values().stream()
                .flatMap(channel -> channel.jobs.values().stream())
                .filter(job -> job.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private Channel channelOf(JobId id) {
        return channels.values().stream()
                .filter(channel -> channel.jobs.containsKey(id))
                .findFirst()
                .orElseThrow();
    }

    private static void requireState(boolean holds, String detail) {
        if (!holds) {
            throw Problem.of(ErrorCode.INVALID_STATE, "Channel", detail).asException();
        }
    }

    private <T> CompletionStage<T> answer(Supplier<T> answer) {
        if (!failures.isEmpty()) {
            return CompletableFuture.failedFuture(failures.removeFirst().asException());
        }
        try {
            return CompletableFuture.completedFuture(answer.get());
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** True when something changed, false when the time was up before. */
    private CompletionStage<Boolean> afterChange(Duration wait) {
        return changed.thenApply(_ -> true).completeOnTimeout(false, wait.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void wake() {
        CompletableFuture<Void> waiting = changed;
        changed = new CompletableFuture<>();
        waiting.completeAsync(() -> null);
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }
}
