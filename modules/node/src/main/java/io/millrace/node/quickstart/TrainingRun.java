package io.millrace.node.quickstart;

import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * Gives a node some of every kind of work, so that its JVM records which of its code is used most. Nodes that start from
 * that record compile the right code at once instead of finding it out under their first load.
 */
public final class TrainingRun {
    private static final Duration LENGTH = Duration.ofSeconds(6);
    private static final int CALLERS = 8;
    private static final Object HANDLER_JOB = Map.of("handler", Map.of("name", "noop"));
    private static final Object PROCESS_JOB = Map.of("process", Map.of("command", List.of("echo", "hello")));
    private static final Object HANDLER_BATCH = Map.of("jobs", Collections.nCopies(100, HANDLER_JOB));

    /** So many in all that the JVM takes the code around processes for code that is used much. */
    private static final Object PROCESS_BATCH = Map.of("jobs", Collections.nCopies(10, PROCESS_JOB));

    private final HttpCalls api;
    private final String channel;
    private final long endNanos;

    private TrainingRun(HttpCalls api, String channel, long endNanos) {
        this.api = api;
        this.channel = "/v1/channels/" + channel;
        this.endNanos = endNanos;
    }

    /** The argument is the address of the node's API. */
    public static void main(String[] arguments) throws InterruptedException, ExecutionException {
        HttpCalls api = new HttpCalls(arguments[0]);
        long end = System.nanoTime() + LENGTH.toNanos();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> runs = IntStream.range(0, CALLERS)
                    .<Future<?>>mapToObj(caller -> callers.submit(() -> {
                        new TrainingRun(api, "training-" + caller % 2, end).run();
                        return null;
                    }))
                    .toList();
            for (Future<?> run : runs) {
                run.get();
            }
        }
    }

    private void run() throws IOException, InterruptedException {
        api.put(channel, Map.of());
        while (System.nanoTime() < endNanos) {
            for (int i = 0; i < 50; i++) {
                api.post(channel + "/jobs", HANDLER_JOB);
            }
            api.post(channel + "/jobs:batchCreate", HANDLER_BATCH);
            api.post(channel + "/jobs:batchCreate", PROCESS_BATCH);
            String id = api.post(channel + "/jobs", PROCESS_JOB).path("id").asText();
            api.post(channel + "/jobs/" + id + ":wait?timeout=5s", Map.of());
            api.get(channel + "/jobs/" + id + "/logs");
            api.get(channel + "/jobs?pageSize=20");
        }
    }
}
