package io.millrace.node.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;

/** Prints the members of a cluster as its first node sees them, and how many channels each node has. */
public final class ClusterStatus {
    private ClusterStatus() {}

    /** The arguments are the management ports of the nodes that run. */
    public static void main(String[] arguments) throws InterruptedException {
        try {
            printMembers(management(arguments[0]));
            for (String port : arguments) {
                printShards(port);
            }
        } catch (IOException e) {
            System.err.println("A node does not answer: " + e.getMessage());
            System.exit(1);
        }
    }

    private static void printMembers(HttpCalls management) throws IOException, InterruptedException {
        JsonNode cluster = management.get("/cluster/members");
        System.out.println("members:");
        for (JsonNode member : cluster.path("members")) {
            System.out.println("  " + member.path("status").asText() + "  " + address(member));
        }
        for (JsonNode member : cluster.path("unreachable")) {
            System.out.println("  unreachable  " + address(member));
        }
    }

    private static void printShards(String port) throws IOException, InterruptedException {
        JsonNode shards = management(port).get("/cluster/shards/Channel").path("regions");
        int channels = 0;
        for (JsonNode shard : shards) {
            channels += shard.path("numEntities").asInt();
        }
        System.out.println(
                "management port " + port + ": " + shards.size() + " shards with " + channels + " channels in memory");
    }

    private static HttpCalls management(String port) {
        return new HttpCalls("http://127.0.0.1:" + port);
    }

    private static String address(JsonNode member) {
        return List.of(member.path("node").asText("").split("@", 2)).getLast();
    }
}
