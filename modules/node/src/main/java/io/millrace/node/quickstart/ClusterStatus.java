package io.millrace.node.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;

/** Prints the members of a cluster as one node sees them. */
public final class ClusterStatus {
    private ClusterStatus() {}

    /** The argument is the management port of any node. */
    public static void main(String[] arguments) throws InterruptedException {
        HttpCalls management = new HttpCalls("http://127.0.0.1:" + arguments[0]);
        try {
            JsonNode cluster = management.get("/cluster/members");
            for (JsonNode member : cluster.path("members")) {
                System.out.println("  " + member.path("status").asText() + "  " + address(member));
            }
            for (JsonNode member : cluster.path("unreachable")) {
                System.out.println("  unreachable  " + address(member));
            }
            JsonNode shards = management.get("/cluster/shards/Channel");
            System.out.println("  shards here: " + shards.path("regions").size());
        } catch (IOException e) {
            System.err.println("The node does not answer: " + e.getMessage());
            System.exit(1);
        }
    }

    private static String address(JsonNode member) {
        return member.path("node").asText();
    }
}
