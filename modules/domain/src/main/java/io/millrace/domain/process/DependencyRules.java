package io.millrace.domain.process;

import io.millrace.contracts.process.ProcessDependency;
import io.millrace.contracts.process.ProcessName;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.ProcessState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What processes wait for in each other. */
final class DependencyRules {
    private DependencyRules() {}

    /** What a process depends on and is not as it asks for, in the order in which it names them. */
    static List<ProcessDependency> unmet(ProcessBook book, ProcessEntry process, Ownership ownership) {
        return process.spec().dependsOn().stream()
                .filter(dependency -> !isMet(dependency, book.process(dependency.name()), ownership))
                .toList();
    }

    /** One that ended with success has started, been ready and completed: whoever comes late need not wait for ever. */
    private static boolean isMet(ProcessDependency dependency, @Nullable ProcessEntry on, Ownership ownership) {
        if (on == null) {
            return false;
        }
        if (on.state() == ProcessState.SUCCESS) {
            return true;
        }
        return switch (dependency.condition()) {
            case STARTED -> runsHere(on, ownership);
            case READY -> runsHere(on, ownership) && on.isReady();
            case LOGGED -> runsHere(on, ownership) && on.hasWrittenLine();
            case COMPLETED -> on.hasEnded();
            case SUCCEEDED -> false;
        };
    }

    /** True for a process whose run is up, on the node that owns the channel. */
    static boolean runsHere(ProcessEntry process, Ownership ownership) {
        ProcessRun run = process.run();
        return process.phase() instanceof ProcessPhase.Running && run != null && ownership.isHere(run);
    }

    /** True if a process that was not removed depends on this one. */
    static boolean isNeeded(ProcessBook book, ProcessEntry process) {
        return isNeededBy(book, process, _ -> true);
    }

    /** True if a process depends on this one whose run has not ended. */
    static boolean isNeededByARun(ProcessBook book, ProcessEntry process) {
        return isNeededBy(book, process, other -> other.runUnderWay() != null);
    }

    private static boolean isNeededBy(ProcessBook book, ProcessEntry process, Predicate<ProcessEntry> others) {
        return book.processes().stream()
                .filter(others)
                .flatMap(other -> other.spec().dependsOn().stream())
                .anyMatch(dependency -> dependency.name().equals(process.name()));
    }

    /**
     * Which processes would wait for each other if this one were registered: all that it depends on, directly or not, and
     * that depend on it. Empty if none.
     */
    static SortedSet<ProcessName> circleWith(ProcessBook book, ProcessSpec added) {
        Set<ProcessName> before = behind(book, added, added);
        SortedSet<ProcessName> circle = new TreeSet<>();
        if (before.contains(added.name())) {
            for (ProcessName name : before) {
                ProcessSpec spec = spec(book, added, name);
                if (spec != null && behind(book, added, spec).contains(added.name())) {
                    circle.add(name);
                }
            }
        }
        return circle;
    }

    /** Everything that a process depends on, directly or not; itself only if it is on a circle. */
    private static Set<ProcessName> behind(ProcessBook book, ProcessSpec added, ProcessSpec from) {
        Set<ProcessName> found = new HashSet<>();
        Deque<ProcessSpec> open = new ArrayDeque<>(List.of(from));
        while (!open.isEmpty()) {
            for (ProcessName name : names(open.remove())) {
                ProcessSpec next = spec(book, added, name);
                if (found.add(name) && next != null) {
                    open.add(next);
                }
            }
        }
        return found;
    }

    private static @Nullable ProcessSpec spec(ProcessBook book, ProcessSpec added, ProcessName name) {
        ProcessEntry process = book.process(name);
        return name.equals(added.name()) ? added : process == null ? null : process.spec();
    }

    private static List<ProcessName> names(ProcessSpec spec) {
        List<ProcessName> names = new ArrayList<>(spec.dependsOn().size());
        spec.dependsOn().forEach(dependency -> names.add(dependency.name()));
        return names;
    }
}
