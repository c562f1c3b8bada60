package io.millrace.domain.cleanup;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupReference;
import java.util.Arrays;
import java.util.List;

/** Describes tasks in tests: repeatable, reversible, without dependencies unless said otherwise. */
final class TestTask {
    private final String name;
    private List<CleanupReference> dependsOn = List.of();
    private List<ChannelName> dependents = List.of();
    private boolean isRepeatable = true;
    private boolean isReversible = true;

    private TestTask(String name) {
        this.name = name;
    }

    static TestTask task(String name) {
        return new TestTask(name);
    }

    static CleanupName name(String name) {
        return new CleanupName(name);
    }

    TestTask behind(String... dependencies) {
        dependsOn = Arrays.stream(dependencies).map(CleanupReference::parse).toList();
        return this;
    }

    TestTask onlyFor(String channel) {
        dependents = List.of(new ChannelName(channel));
        return this;
    }

    TestTask onceOnly() {
        isRepeatable = false;
        return this;
    }

    TestTask withoutUndo() {
        isReversible = false;
        return this;
    }

    CleanupChange.Registered registered() {
        return new CleanupChange.Registered(
                new CleanupName(name), dependsOn, dependents, isRepeatable, isReversible, new byte[0]);
    }
}
