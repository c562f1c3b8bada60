package io.millrace.node.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Shows what becomes of what a job leaves behind when its node is killed: a directory, a child process, a lock and buffers.
 * Runs against a cluster that {@code scripts/cluster} has started, and kills the node of the job's channel through it.
 */
public final class CleanupDemo {
    private static final String CHANNEL = "/v1/channels/cleanup-demo";
    private static final String LOCK = "demo";
    private static final int BUFFERS = 3;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final long LOOK_AGAIN_MILLIS = 200;

    private final Path open;
    private final Path clusterScript;
    private final Path clusterData;
    private final int httpPort;

    private CleanupDemo(Path open, Path clusterScript, Path clusterData, int httpPort) {
        this.open = open;
        this.clusterScript = clusterScript;
        this.clusterData = clusterData;
        this.httpPort = httpPort;
    }

    /** Arguments: an empty directory that every user may write to, the script {@code cluster}, the data directory of the cluster, its first API port. */
    public static void main(String[] arguments) throws InterruptedException {
        try {
            new CleanupDemo(
                            Path.of(arguments[0]),
                            Path.of(arguments[1]),
                            Path.of(arguments[2]),
                            Integer.parseInt(arguments[3]))
                    .run();
        } catch (IOException e) {
            System.err.println("The demo failed: " + e.getMessage() + ".");
            System.exit(1);
        }
    }

    private void run() throws IOException, InterruptedException {
        Path left = open.resolve("left-behind");
        HttpCalls first = node(1);
        JsonNode channel = first.put(CHANNEL, Map.of("spec", Map.of()));
        String owner = channel.at("/status/node").asText();
        int killed = Integer.parseInt(owner.substring(owner.lastIndexOf('-') + 1));
        say("1. The channel cleanup-demo lives on " + owner + ". A job there makes a directory, starts a child process,"
                + " and holds the lock '" + LOCK + "' and " + BUFFERS + " buffers of 1 MB.");
        String job = first.post(CHANNEL + "/jobs", job(left)).path("id").asText();
        long child = Long.parseLong(await("the job to run", () -> read(left.resolve("child"))));
        System.out.println("   directory " + left + ", child process " + child + ", lock held by "
                + first.get(CHANNEL + "/locks/" + LOCK).at("/holder/owner").asText());
        await("the channel to take note of the buffers", () -> isNoted(first) ? "noted" : null);

        say("2. Its node is killed: scripts/cluster kill " + killed);
        cluster("kill", Integer.toString(killed));
        HttpCalls survivor = node(killed == 1 ? 2 : 1);

        say("3. Another node takes the channel over and cleans up behind the job before it is reported as ended.");
        JsonNode ended = await("the job to end", () -> ended(survivor, job));
        JsonNode cleanup = survivor.get(CHANNEL + "/jobs/" + job + "/cleanup");
        printSteps(cleanup);
        printReturned(cleanup);
        System.out.println();
        System.out.println("   job                " + ended.path("state").asText() + " at "
                + ended.path("endedAt").asText());
        System.out.println("   directory          " + (Files.exists(left) ? "still there" : "gone"));
        System.out.println("   child process      " + (isAlive(child) ? "still there" : "gone"));
        System.out.println("   lock               " + (isFree(survivor) ? "free" : "still held"));
        System.out.println("   resources in use   " + inUse(survivor));
        List<String> missing = missing(cleanup);
        if (Files.exists(left) || isAlive(child) || !isFree(survivor) || inUse(survivor) != 0) {
            missing.add("something of the job is left");
        }
        if (!missing.isEmpty()) {
            throw new IOException(String.join("; ", missing));
        }
        System.out.println();
        System.out.println("Everything is back, and the API says of each item by whom and when.");
    }

    /** What the API does not say, or says otherwise than it was. */
    private static List<String> missing(JsonNode cleanup) {
        List<String> missing = new ArrayList<>();
        for (JsonNode step : cleanup.path("steps")) {
            if (!step.path("status").asText().equals("COMPLETE")) {
                missing.add("step " + step.path("name").asText() + " is "
                        + step.path("status").asText());
            }
        }
        if (cleanup.path("steps").isEmpty()) {
            missing.add("no step is shown that removed the directory");
        }
        check(cleanup, "process", "LEASE_OVER", 1, missing);
        check(cleanup, "thread", "GONE_WITH_NODE", 1, missing);
        check(cleanup, "lock", "RETURNED", 1, missing);
        check(cleanup, "buffer", "GONE_WITH_NODE", BUFFERS, missing);
        return missing;
    }

    private static void check(JsonNode cleanup, String type, String end, int count, List<String> missing) {
        for (JsonNode item : cleanup.path("returned")) {
            boolean isComplete = item.path("type").asText().equals(type)
                    && item.path("end").asText().equals(end)
                    && item.path("count").asInt() == count
                    && !item.path("ids").isEmpty()
                    && !item.path("by").asText().isEmpty()
                    && !item.path("node").asText().equals(item.path("from").asText())
                    && item.path("at").isTextual();
            if (isComplete) {
                return;
            }
        }
        missing.add("it is not shown that " + count + " of type " + type + " ended as " + end + ", by whom and when");
    }

    private static Map<String, Object> job(Path left) {
        String script = "mkdir " + left + "; sleep 600 & echo $! > " + left + "/child.new; mv " + left + "/child.new "
                + left + "/child; wait";
        return Map.of(
                "name",
                "leaves much behind",
                "process",
                Map.of("command", List.of("sh", "-c", script)),
                "delivery",
                "at-most-once",
                "locks",
                List.of(LOCK),
                "resources",
                Collections.nCopies(BUFFERS, Map.of("type", "buffer", "size", "1MB")),
                "cleanup",
                List.of(
                        Map.of(
                                "name",
                                "drop-directory",
                                "process",
                                Map.of("command", List.of("rm", "-rf", left.toString())),
                                "check",
                                Map.of("process", Map.of("command", List.of("test", "!", "-e", left.toString())))),
                        Map.of(
                                "name",
                                "say-so",
                                "dependsOn",
                                List.of("drop-directory"),
                                "process",
                                Map.of("command", List.of("echo", "the directory is gone")))));
    }

    private static void printSteps(JsonNode cleanup) {
        System.out.printf("   %-18s %-10s %-10s %-25s %s%n", "step", "status", "by", "at", "took");
        for (JsonNode step : cleanup.path("steps")) {
            System.out.printf(
                    "   %-18s %-10s %-10s %-25s %s%n",
                    step.path("name").asText(),
                    step.path("status").asText(),
                    step.path("node").asText("-"),
                    step.path("startedAt").asText("-"),
                    step.path("duration").asText("-"));
        }
    }

    private static void printReturned(JsonNode cleanup) {
        System.out.println();
        System.out.printf("   %-18s %-15s %-10s %-28s %s%n", "item", "end", "from", "by", "at");
        for (JsonNode item : cleanup.path("returned")) {
            System.out.printf(
                    "   %-18s %-15s %-10s %-28s %s%n",
                    item.path("count").asText() + " " + item.path("type").asText(),
                    item.path("end").asText(),
                    item.path("from").asText(),
                    item.path("by").asText() + " on " + item.path("node").asText(),
                    item.path("at").asText());
        }
    }

    /** The job once it has ended, null before, also while no node answers for its channel. */
    private static @Nullable JsonNode ended(HttpCalls api, String job) throws InterruptedException {
        try {
            JsonNode shown = api.get(CHANNEL + "/jobs/" + job);
            return shown.path("endedAt").isTextual() ? shown : null;
        } catch (IOException e) {
            return null;
        }
    }

    private static boolean isFree(HttpCalls api) throws IOException, InterruptedException {
        for (JsonNode lock : api.get(CHANNEL + "/locks").path("items")) {
            if (lock.path("lock").asText().equals(LOCK) && !lock.path("holder").isNull()) {
                return false;
            }
        }
        return true;
    }

    /** What lasts for longer than a second is noted in the journal, because the ledger is gone with its node. */
    private static boolean isNoted(HttpCalls api) throws IOException, InterruptedException {
        for (JsonNode event :
                api.get(CHANNEL + "/events?follow=false&limit=1000").path("items")) {
            if (event.path("type").asText().equals("job.resourcesNoted")) {
                return true;
            }
        }
        return false;
    }

    private static long inUse(HttpCalls api) throws IOException, InterruptedException {
        long inUse = 0;
        for (JsonNode type : api.get(CHANNEL + "/resources:metrics").path("items")) {
            inUse += type.path("inUse").asLong();
        }
        return inUse;
    }

    private static boolean isAlive(long process) {
        return ProcessHandle.of(process).map(ProcessHandle::isAlive).orElse(false);
    }

    private static @Nullable String read(Path file) throws IOException {
        return Files.exists(file) ? Files.readString(file).trim() : null;
    }

    private HttpCalls node(int number) {
        return new HttpCalls("http://127.0.0.1:" + (httpPort + number - 1));
    }

    private void cluster(String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(clusterScript.toString()));
        command.addAll(List.of(words));
        command.addAll(List.of("--data", clusterData.toString()));
        if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
            throw new IOException(String.join(" ", command) + " failed");
        }
    }

    private static void say(String text) {
        System.out.println();
        System.out.println(text);
    }

    private static <T> T await(String what, Callable<@Nullable T> look) throws IOException, InterruptedException {
        Instant giveUpAt = Instant.now().plus(PATIENCE);
        while (Instant.now().isBefore(giveUpAt)) {
            T found = call(look);
            if (found != null) {
                return found;
            }
            Thread.sleep(LOOK_AGAIN_MILLIS);
        }
        throw new IOException("waiting for " + what + " took longer than " + PATIENCE.toSeconds() + " s");
    }

    private static <T> @Nullable T call(Callable<@Nullable T> look) throws IOException, InterruptedException {
        try {
            return look.call();
        } catch (IOException | InterruptedException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }
}
