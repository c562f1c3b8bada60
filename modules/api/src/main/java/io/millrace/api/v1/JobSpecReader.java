package io.millrace.api.v1;

import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.job.Delivery;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.Priority;
import io.millrace.contracts.job.ResourceRequest;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.job.RetryPolicy;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.work.JobKind;
import io.millrace.contracts.work.Work;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads job specifications out of request bodies (HTTP contract, section 3).
 *
 * <p>All methods throw {@link HttpProblemException}: status 400 if the body is no JSON, has an unknown field or a value of
 * the wrong type; 422 if values are wrong, listing every one of them.
 */
public final class JobSpecReader {
    private static final List<String> FIELDS = List.of(
            "kind",
            "process",
            "handler",
            "priority",
            "timeout",
            "queueTimeout",
            "notBefore",
            "retry",
            "delivery",
            "resources",
            "locks",
            "cleanup",
            "progressTotal",
            "labels",
            "name");
    private static final List<String> RETRY_FIELDS =
            List.of("maxAttempts", "initialDelay", "factor", "maxDelay", "jitter", "exitCodes");
    private static final List<String> RESOURCE_FIELDS = List.of("type", "size");
    private static final List<String> BATCH_FIELDS = List.of("jobs");

    private static final Map<String, JobKind> KINDS =
            Map.of("process", JobKind.PROCESS, "handler", JobKind.HANDLER, "http", JobKind.HTTP);
    private static final Map<String, Priority> PRIORITIES =
            Map.of("high", Priority.HIGH, "medium", Priority.MEDIUM, "low", Priority.LOW);
    private static final Map<String, Delivery> DELIVERIES =
            Map.of("at-least-once", Delivery.AT_LEAST_ONCE, "at-most-once", Delivery.AT_MOST_ONCE);

    private static final Duration MILLISECOND = Duration.ofMillis(1);

    /** Keeps the place of a job that has violations; such a batch is refused before anyone sees it. */
    private static final JobSpec UNREADABLE = JobSpec.of(new Work.Handler("", null));

    private JobSpecReader() {}

    /** One job: the whole body is its specification. */
    public static JobSpec readJob(byte[] body) {
        try (JsonInput in = JsonInput.request(body)) {
            requireContent(in);
            JobSpec job = read(in);
            in.requireEnd();
            return accepted(in, job);
        }
    }

    /** A batch: {@code {"jobs":[…]}} with 1 to {@value RequestLimits#BATCH_JOBS_MAX} specifications. */
    public static List<JobSpec> readBatch(byte[] body) {
        try (JsonInput in = JsonInput.request(body)) {
            requireContent(in);
            if (!in.isObject("")) {
                throw in.wrongType("", "must be a JSON object");
            }
            List<JobSpec> jobs = new ArrayList<>();
            for (String field = in.nextField(); field != null; field = in.nextField()) {
                if (field.equals("jobs")) {
                    readJobs(in, jobs);
                } else {
                    in.unknownField("", field, BATCH_FIELDS);
                }
            }
            in.requireEnd();
            return accepted(in, jobs);
        }
    }

    /** A batch with one specification per line. */
    public static List<JobSpec> readLines(byte[] body) {
        try (JsonInput in = JsonInput.request(body)) {
            List<JobSpec> jobs = new ArrayList<>();
            while (in.nextRootValue()) {
                readElement(in, jobs);
            }
            return accepted(in, jobs);
        }
    }

    /** A specification that was accepted before. */
    static JobSpec readStored(byte[] json) {
        try (JsonInput in = JsonInput.stored(json)) {
            in.nextRootValue();
            JobSpec job = read(in);
            if (job == null) {
                throw new IllegalArgumentException("the stored job specification names no work of a known kind");
            }
            return job;
        }
    }

    private static void requireContent(JsonInput in) {
        if (!in.nextRootValue()) {
            throw HttpProblem.malformed("The body is empty. Send a JSON object.")
                    .asException();
        }
    }

    private static JobSpec accepted(JsonInput in, @Nullable JobSpec job) {
        in.requireValid();
        if (job == null) {
            throw HttpProblem.malformed("The body must be a JSON object.").asException();
        }
        return job;
    }

    private static List<JobSpec> accepted(JsonInput in, List<JobSpec> jobs) {
        if (jobs.isEmpty() && !in.hasViolations()) {
            in.violation("jobs", "must have at least one job");
        }
        in.requireValid();
        return jobs;
    }

    private static void readJobs(JsonInput in, List<JobSpec> jobs) {
        if (!in.isArray("jobs")) {
            return;
        }
        while (in.nextElement()) {
            readElement(in, jobs);
        }
    }

    private static void readElement(JsonInput in, List<JobSpec> jobs) {
        if (jobs.size() == RequestLimits.BATCH_JOBS_MAX) {
            in.prefix("");
            in.violation("jobs", "must have at most " + RequestLimits.BATCH_JOBS_MAX + " jobs; send several batches");
            in.requireValid();
        }
        in.prefix("jobs[" + jobs.size() + "].");
        JobSpec job = read(in);
        jobs.add(job == null ? UNREADABLE : job);
        in.prefix("");
    }

    /** The specification at the current token; null if it has violations or names no work. */
    private static @Nullable JobSpec read(JsonInput in) {
        long start = in.position();
        if (!in.isObject("")) {
            throw in.wrongType("", "must be a JSON object");
        }
        Fields fields = new Fields();
        for (String name = in.nextField(); name != null; name = in.nextField()) {
            readField(in, fields, name);
        }
        if (in.position() - start > RequestLimits.JOB_BYTES_MAX) {
            in.violation(
                    "process",
                    "and the other fields of the job must have at most " + RequestLimits.JOB_BYTES_MAX
                            + " bytes together; pass larger data by reference");
        }
        Work work = fields.work(in);
        return work == null ? null : fields.build(work);
    }

    private static void readField(JsonInput in, Fields fields, String name) {
        switch (name) {
            case "kind" -> fields.kind = in.oneOf(name, KINDS);
            case "process" -> fields.process = WorkReader.process(in, name);
            case "handler" -> fields.handler = WorkReader.handler(in, name);
            case "priority" -> fields.priority = orElse(in.oneOf(name, PRIORITIES), fields.priority);
            case "timeout" -> fields.timeout = in.duration(name, MILLISECOND);
            case "queueTimeout" -> fields.queueTimeout = in.duration(name, MILLISECOND);
            case "notBefore" -> fields.notBefore = in.time(name);
            case "retry" -> fields.retry = readRetry(in);
            case "delivery" -> fields.delivery = orElse(in.oneOf(name, DELIVERIES), fields.delivery);
            case "resources" -> fields.resources = readResources(in);
            case "locks" -> fields.locks = readLocks(in);
            case "cleanup" -> fields.cleanup = JobCleanupReader.read(in, name);
            case "progressTotal" -> fields.progressTotal = in.integer(name, 1, Long.MAX_VALUE);
            case "labels" -> fields.labels = FieldRules.labels(in, name);
            case "name" -> fields.name = orElse(FieldRules.name(in, name), "");
            case "http" -> {
                fields.hasHttp = true;
                in.notOffered(name);
            }
            case JobSpecJson.TRACEPARENT -> {
                if (in.isStored()) {
                    fields.traceparent = in.text(name);
                } else {
                    in.unknownField("", name, FIELDS);
                }
            }
            case "needs", "unique", "concurrency" -> in.notOffered(name);
            default -> in.unknownField("", name, FIELDS);
        }
    }

    private static RetryPolicy readRetry(JsonInput in) {
        RetryPolicy policy = RetryPolicy.NONE;
        if (!in.isObject("retry")) {
            return policy;
        }
        int maxAttempts = policy.maxAttempts();
        Duration initialDelay = policy.initialDelay();
        double factor = policy.factor();
        Duration maxDelay = policy.maxDelay();
        double jitter = policy.jitter();
        List<Integer> noRetry = policy.noRetryExitCodes();
        for (String name = in.nextField(); name != null; name = in.nextField()) {
            switch (name) {
                case "maxAttempts" ->
                    maxAttempts = orElse(in.integer("retry.maxAttempts", 1, RequestLimits.RETRY_ATTEMPTS_MAX), (long)
                                    maxAttempts)
                            .intValue();
                case "initialDelay" ->
                    initialDelay = orElse(in.duration("retry.initialDelay", Duration.ZERO), initialDelay);
                case "factor" -> factor = orElse(in.number("retry.factor", 1, RequestLimits.RETRY_FACTOR_MAX), factor);
                case "maxDelay" -> maxDelay = orElse(in.duration("retry.maxDelay", Duration.ZERO), maxDelay);
                case "jitter" -> jitter = orElse(in.number("retry.jitter", 0, 1), jitter);
                case "exitCodes" -> noRetry = readExitCodes(in);
                default -> in.unknownField("retry", name, RETRY_FIELDS);
            }
        }
        return new RetryPolicy(maxAttempts, initialDelay, factor, maxDelay, jitter, noRetry);
    }

    private static List<Integer> readExitCodes(JsonInput in) {
        List<Integer> noRetry = new ArrayList<>();
        if (!in.isObject("retry.exitCodes")) {
            return noRetry;
        }
        for (String name = in.nextField(); name != null; name = in.nextField()) {
            if (!name.equals("noRetry")) {
                in.unknownField("retry.exitCodes", name, List.of("noRetry"));
            } else if (in.isArray("retry.exitCodes.noRetry")) {
                while (in.nextElement()) {
                    Long code = in.integer("retry.exitCodes.noRetry[" + noRetry.size() + "]", 0, 255);
                    noRetry.add(code == null ? 0 : code.intValue());
                }
            }
        }
        if (noRetry.size() > RequestLimits.EXIT_CODES_MAX) {
            in.violation("retry.exitCodes.noRetry", "must have at most " + RequestLimits.EXIT_CODES_MAX + " codes");
        }
        return noRetry;
    }

    private static List<ResourceRequest> readResources(JsonInput in) {
        List<ResourceRequest> resources = new ArrayList<>();
        if (!in.isArray("resources")) {
            return resources;
        }
        for (int index = 0; in.nextElement(); index++) {
            ResourceRequest resource = readResource(in, "resources[" + index + "]");
            if (resource != null) {
                resources.add(resource);
            }
        }
        if (resources.size() > RequestLimits.RESOURCES_MAX) {
            in.violation("resources", "must have at most " + RequestLimits.RESOURCES_MAX + " entries");
        }
        return resources;
    }

    private static @Nullable ResourceRequest readResource(JsonInput in, String path) {
        ResourceType type = null;
        Long size = null;
        if (in.isObject(path)) {
            for (String name = in.nextField(); name != null; name = in.nextField()) {
                switch (name) {
                    case "type" -> type = in.oneOf(path + ".type", ResourceRequestReader.TYPES);
                    case "size" -> size = in.size(path + ".size", 1, RequestLimits.CHANNEL_AMOUNT_MAX);
                    default -> in.unknownField(path, name, RESOURCE_FIELDS);
                }
            }
        }
        if (type == null || size == null) {
            in.violation(path, "must have a known type and a size of at least 1");
            return null;
        }
        return new ResourceRequest(type, size);
    }

    private static List<LockName> readLocks(JsonInput in) {
        Set<LockName> locks = new LinkedHashSet<>();
        if (!in.isArray("locks")) {
            return List.of();
        }
        int elements = 0;
        for (; in.nextElement(); elements++) {
            String path = "locks[" + elements + "]";
            LockName lock = readLock(in, path);
            if (lock != null && !locks.add(lock)) {
                in.violation(path, "names a lock that stands before it already");
            }
        }
        if (elements > RequestLimits.LOCKS_MAX) {
            in.violation("locks", "must have at most " + RequestLimits.LOCKS_MAX + " entries");
        }
        return List.copyOf(locks);
    }

    private static @Nullable LockName readLock(JsonInput in, String path) {
        String name = in.text(path);
        if (name == null) {
            return null;
        }
        if (!LockName.isValid(name)) {
            in.violation(
                    path,
                    "must be 1 to 128 letters, digits, dots, underscores or hyphens, the first a letter or digit");
            return null;
        }
        return new LockName(name);
    }

    private static <T> T orElse(@Nullable T value, T otherwise) {
        return value == null ? otherwise : value;
    }

    /** The fields of one job while they are read, in any order. */
    private static final class Fields {
        @Nullable JobKind kind;

        Work.@Nullable Process process;
        Work.@Nullable Handler handler;
        boolean hasHttp;
        String name = "";
        Priority priority = Priority.MEDIUM;

        @Nullable Duration timeout;

        @Nullable Duration queueTimeout;

        @Nullable Instant notBefore;

        RetryPolicy retry = RetryPolicy.NONE;
        Delivery delivery = Delivery.AT_LEAST_ONCE;
        List<ResourceRequest> resources = List.of();
        List<LockName> locks = List.of();
        List<CleanupTask> cleanup = List.of();

        @Nullable Long progressTotal;

        Map<String, String> labels = Map.of();

        @Nullable String traceparent;

        /** The one work given, if it is one and of the kind named. */
        @Nullable Work work(JsonInput in) {
            if (hasHttp || (kind == JobKind.HTTP && process == null && handler == null)) {
                if (!hasHttp) {
                    in.violation("kind", "'http' is not offered by this version of Millrace yet");
                }
                return null;
            }
            if (process != null && handler != null) {
                in.violation("handler", "must not be given together with 'process'; a job does exactly one thing");
                return null;
            }
            Work work = process != null ? process : handler;
            if (work == null) {
                in.violation(
                        kind == null ? "process" : kind.wireName(),
                        kind == null ? "must be given, or 'handler' instead" : "must be given for a job of this kind");
                return null;
            }
            if (kind != null && kind != work.kind()) {
                in.violation("kind", "must be '" + work.kind().wireName() + "' as the job has that field, or left out");
            }
            return work;
        }

        JobSpec build(Work work) {
            return new JobSpec(
                    work,
                    name,
                    priority,
                    timeout,
                    queueTimeout,
                    notBefore,
                    retry,
                    delivery,
                    resources,
                    locks,
                    cleanup,
                    progressTotal,
                    labels,
                    traceparent);
        }
    }
}
