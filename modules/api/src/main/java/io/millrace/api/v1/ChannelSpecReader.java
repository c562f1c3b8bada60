package io.millrace.api.v1;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.work.JobKind;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads channel specifications out of request bodies (HTTP contract, section 2). Every part may be left out and then has
 * its default, so an empty body asks for all defaults.
 *
 * <p>The body is either the specification itself or a whole channel as a reply shows it, so that what was read can be
 * changed and sent back: {@code name} must then be the channel's and {@code status} is passed over.
 */
public final class ChannelSpecReader {
    private static final List<String> FIELDS =
            List.of("threads", "resources", "queue", "jobs", "retention", "env", "labels");
    private static final List<String> CHANNEL_FIELDS = List.of("name", "spec", "status");
    private static final Map<String, JobKind> KINDS =
            Map.of("process", JobKind.PROCESS, "handler", JobKind.HANDLER, "http", JobKind.HTTP);

    private ChannelSpecReader() {}

    /**
     * The specification in a request body.
     *
     * @throws HttpProblemException 400 if the body cannot be understood, 422 if values are wrong
     */
    public static ChannelSpec read(ChannelName channel, byte[] body) {
        try (JsonInput in = JsonInput.request(body)) {
            if (!in.nextRootValue()) {
                return ChannelSpec.DEFAULT;
            }
            ChannelSpec spec = readBody(in, channel);
            in.requireEnd();
            in.requireValid();
            return spec;
        }
    }

    /** A specification that was accepted before. */
    static ChannelSpec readStored(byte[] json) {
        try (JsonInput in = JsonInput.stored(json)) {
            in.nextRootValue();
            if (!in.isObject("")) {
                return ChannelSpec.DEFAULT;
            }
            return readSpec(in, "", in.nextField());
        }
    }

    private static ChannelSpec readBody(JsonInput in, ChannelName channel) {
        if (!in.isObject("")) {
            throw in.wrongType("", "must be a JSON object");
        }
        String first = in.nextField();
        return first != null && CHANNEL_FIELDS.contains(first)
                ? readChannel(in, channel, first)
                : readSpec(in, "", first);
    }

    private static ChannelSpec readChannel(JsonInput in, ChannelName channel, String first) {
        ChannelSpec spec = ChannelSpec.DEFAULT;
        for (String name = first; name != null; name = in.nextField()) {
            switch (name) {
                case "name" -> {
                    String given = in.text(name);
                    if (given != null && !given.equals(channel.value())) {
                        in.violation(name, "must be '" + channel + "' as in the path, or left out");
                    }
                }
                case "spec" -> {
                    if (in.isObject(name)) {
                        spec = readSpec(in, "spec.", in.nextField());
                    }
                }
                case "status" -> in.skip();
                default -> in.unknownField("", name, CHANNEL_FIELDS);
            }
        }
        return spec;
    }

    private static ChannelSpec readSpec(JsonInput in, String parent, @Nullable String first) {
        ChannelSpec.Threads threads = ChannelSpec.DEFAULT.threads();
        ChannelSpec.Resources resources = ChannelSpec.DEFAULT.resources();
        long queueMax = ChannelSpec.DEFAULT.queuedJobsMax();
        Jobs jobs = Jobs.DEFAULT;
        ChannelSpec.Retention retention = ChannelSpec.DEFAULT.retention();
        Map<String, String> env = Map.of();
        Map<String, String> labels = Map.of();
        for (String name = first; name != null; name = in.nextField()) {
            String path = parent + name;
            switch (name) {
                case "threads" -> threads = readThreads(in, path);
                case "resources" -> resources = readResources(in, path);
                case "queue" -> queueMax = readQueue(in, path);
                case "jobs" -> jobs = readJobs(in, path);
                case "retention" -> retention = readRetention(in, path);
                case "env" -> env = FieldRules.env(in, path);
                case "labels" -> labels = FieldRules.labels(in, path);
                default -> in.unknownField(parent.isEmpty() ? "" : "spec", name, FIELDS);
            }
        }
        return new ChannelSpec(threads, resources, queueMax, jobs.kinds, jobs.timeout, retention, env, labels);
    }

    private static ChannelSpec.Threads readThreads(JsonInput in, String path) {
        ChannelSpec.Threads defaults = ChannelSpec.DEFAULT.threads();
        if (!in.isObject(path)) {
            return defaults;
        }
        int max = defaults.max();
        List<Integer> affinity = defaults.affinity();
        for (String name = in.nextField(); name != null; name = in.nextField()) {
            switch (name) {
                case "max" -> max = readInt(in, path + ".max", 1, RequestLimits.CHANNEL_THREADS_MAX, max);
                case "affinity" -> affinity = FieldRules.processors(in, path + ".affinity");
                default -> in.unknownField(path, name, List.of("max", "affinity"));
            }
        }
        return new ChannelSpec.Threads(max, affinity);
    }

    private static ChannelSpec.Resources readResources(JsonInput in, String path) {
        ChannelSpec.Resources defaults = ChannelSpec.DEFAULT.resources();
        if (!in.isObject(path)) {
            return defaults;
        }
        ChannelSpec.Buffers buffers = defaults.buffers();
        long memory = defaults.memoryBytes();
        int files = defaults.files();
        int processes = defaults.processes();
        for (String name = in.nextField(); name != null; name = in.nextField()) {
            switch (name) {
                case "buffer" -> buffers = readBuffers(in, path + ".buffer");
                case "memory" -> memory = readSize(in, path + ".memory", memory);
                case "files" -> files = readInt(in, path + ".files", 0, Integer.MAX_VALUE, files);
                case "processes" -> processes = readInt(in, path + ".processes", 0, Integer.MAX_VALUE, processes);
                default -> in.unknownField(path, name, List.of("buffer", "memory", "files", "processes"));
            }
        }
        return new ChannelSpec.Resources(buffers, memory, files, processes);
    }

    private static ChannelSpec.Buffers readBuffers(JsonInput in, String path) {
        ChannelSpec.Buffers defaults = ChannelSpec.DEFAULT.resources().buffers();
        if (!in.isObject(path)) {
            return defaults;
        }
        int small = defaults.small();
        int medium = defaults.medium();
        int large = defaults.large();
        for (String name = in.nextField(); name != null; name = in.nextField()) {
            switch (name) {
                case "small" -> small = readInt(in, path + ".small", 0, Integer.MAX_VALUE, small);
                case "medium" -> medium = readInt(in, path + ".medium", 0, Integer.MAX_VALUE, medium);
                case "large" -> large = readInt(in, path + ".large", 0, Integer.MAX_VALUE, large);
                default -> in.unknownField(path, name, List.of("small", "medium", "large"));
            }
        }
        return new ChannelSpec.Buffers(small, medium, large);
    }

    private static long readQueue(JsonInput in, String path) {
        long max = ChannelSpec.DEFAULT.queuedJobsMax();
        if (!in.isObject(path)) {
            return max;
        }
        for (String name = in.nextField(); name != null; name = in.nextField()) {
            if (name.equals("max")) {
                Long given = in.integer(path + ".max", 1, RequestLimits.CHANNEL_QUEUE_MAX);
                max = given == null ? max : given;
            } else {
                in.unknownField(path, name, List.of("max"));
            }
        }
        return max;
    }

    private static Jobs readJobs(JsonInput in, String path) {
        if (!in.isObject(path)) {
            return Jobs.DEFAULT;
        }
        Set<JobKind> kinds = Jobs.DEFAULT.kinds;
        Duration timeout = Jobs.DEFAULT.timeout;
        for (String name = in.nextField(); name != null; name = in.nextField()) {
            switch (name) {
                case "kinds" -> kinds = readKinds(in, path + ".kinds");
                case "timeout" -> {
                    Duration given = in.duration(path + ".timeout", Duration.ofMillis(1));
                    timeout = given == null ? timeout : given;
                }
                default -> in.unknownField(path, name, List.of("kinds", "timeout"));
            }
        }
        return new Jobs(kinds, timeout);
    }

    private static Set<JobKind> readKinds(JsonInput in, String path) {
        Set<JobKind> kinds = EnumSet.noneOf(JobKind.class);
        if (!in.isArray(path)) {
            return Jobs.DEFAULT.kinds;
        }
        for (int index = 0; in.nextElement(); index++) {
            JobKind kind = in.oneOf(path + "[" + index + "]", KINDS);
            if (kind != null) {
                kinds.add(kind);
            }
        }
        if (kinds.isEmpty()) {
            in.violation(path, "must name at least one kind of job");
        }
        return kinds;
    }

    private static ChannelSpec.Retention readRetention(JsonInput in, String path) {
        ChannelSpec.Retention defaults = ChannelSpec.DEFAULT.retention();
        if (!in.isObject(path)) {
            return defaults;
        }
        Duration jobs = defaults.jobs();
        long logBytes = defaults.logBytes();
        int events = defaults.events();
        for (String name = in.nextField(); name != null; name = in.nextField()) {
            switch (name) {
                case "jobs" -> {
                    Duration given = in.duration(path + ".jobs", Duration.ZERO);
                    jobs = given == null ? jobs : given;
                }
                case "logs" -> logBytes = readSize(in, path + ".logs", logBytes);
                case "events" -> events = readInt(in, path + ".events", 0, RequestLimits.CHANNEL_EVENTS_MAX, events);
                default -> in.unknownField(path, name, List.of("jobs", "logs", "events"));
            }
        }
        return new ChannelSpec.Retention(jobs, logBytes, events);
    }

    private static int readInt(JsonInput in, String path, int min, int max, int otherwise) {
        Long given = in.integer(path, min, max);
        return given == null ? otherwise : given.intValue();
    }

    private static long readSize(JsonInput in, String path, long otherwise) {
        Long given = in.size(path, 0, RequestLimits.CHANNEL_AMOUNT_MAX);
        return given == null ? otherwise : given;
    }

    /** The part of the specification that a request calls {@code jobs}. */
    private record Jobs(Set<JobKind> kinds, Duration timeout) {
        static final Jobs DEFAULT = new Jobs(ChannelSpec.DEFAULT.jobKinds(), ChannelSpec.DEFAULT.jobTimeout());
    }
}
