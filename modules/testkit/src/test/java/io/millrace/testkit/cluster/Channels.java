package io.millrace.testkit.cluster;

import java.util.HashSet;
import java.util.Set;

/** Channels that lie where a test wants them. */
final class Channels {
    private static final int TRIES_MAX = 50;

    private Channels() {}

    /** Makes channels until one lies on the given node. */
    static String ownedBy(ForkedNode owner, HttpApi api) {
        return ownedBy(owner, api, owner.name());
    }

    /** The same under names that begin otherwise, for a second channel on a node. */
    static String ownedBy(ForkedNode owner, HttpApi api, String prefix) {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < TRIES_MAX; i++) {
            String channel = prefix + "-" + i;
            String node = api.put("/v1/channels/" + channel, "{\"spec\":{}}")
                    .expectSuccess()
                    .path("status")
                    .path("node")
                    .asText();
            if (node.equals(owner.name())) {
                return channel;
            }
            seen.add(node);
        }
        throw new AssertionError("no channel on " + owner.name() + ", only on " + seen);
    }
}
