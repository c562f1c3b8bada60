package io.millrace.host.tree;

import io.millrace.host.system.ProcessTable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The runs of this host, from just before their start until their leaders are collected. */
final class Roots {
    private final Set<String> starting = ConcurrentHashMap.newKeySet();
    private final Map<String, Root> byCookie = new ConcurrentHashMap<>();
    private final Map<Integer, Root> byLeader = new ConcurrentHashMap<>();

    void begin(String cookie) {
        starting.add(cookie);
    }

    /** The leader is known before the start counts as over, so that it is never taken for somebody's orphan. */
    void add(Root root) {
        byCookie.put(root.cookie(), root);
        byLeader.put(root.leader(), root);
        starting.remove(root.cookie());
    }

    void abandon(String cookie) {
        starting.remove(cookie);
    }

    void remove(Root root) {
        byCookie.remove(root.cookie());
        byLeader.remove(root.leader());
    }

    boolean isStarting() {
        return !starting.isEmpty();
    }

    boolean isKnown(String cookie) {
        return starting.contains(cookie) || byCookie.containsKey(cookie);
    }

    boolean isLeader(int pid) {
        return byLeader.containsKey(pid);
    }

    Optional<Root> find(String cookie) {
        return Optional.ofNullable(byCookie.get(cookie));
    }

    /** The run whose session or group a process is in. */
    Optional<Root> ofSession(ProcessTable.Entry process) {
        return Optional.ofNullable(byLeader.get(process.session()))
                .or(() -> Optional.ofNullable(byLeader.get(process.group())));
    }

    /** Every run that is old enough to have started a process. */
    List<Root> thatMayHaveStarted(ProcessTable.Entry process) {
        return byCookie.values().stream()
                .filter(root -> root.mayHaveStarted(process))
                .toList();
    }
}
