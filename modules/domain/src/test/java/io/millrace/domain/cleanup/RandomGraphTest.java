package io.millrace.domain.cleanup;

import static io.millrace.domain.cleanup.TestTask.name;
import static io.millrace.domain.cleanup.TestTask.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.Proves;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.cleanup.StepStatus;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What holds for every graph; tried on many that are drawn from a seed. */
class RandomGraphTest {
    private static final int GRAPHS = 2_000;
    private static final int TASKS_MAX = 30;

    /** Tasks with a hidden order, so that there is no circle; each depends on up to four before it. */
    private static List<TestTask> graph(Random random) {
        List<Integer> order = new ArrayList<>();
        for (int i = 1 + random.nextInt(TASKS_MAX); i > 0; i--) {
            order.add(i);
        }
        Collections.shuffle(order, random);
        List<TestTask> tasks = new ArrayList<>();
        for (int place = 0; place < order.size(); place++) {
            Set<String> behind = new HashSet<>();
            for (int i = random.nextInt(5); i > 0 && place > 0; i--) {
                behind.add("t" + order.get(random.nextInt(place)));
            }
            tasks.add(task("t" + order.get(place)).behind(behind.toArray(String[]::new)));
        }
        Collections.shuffle(tasks, random);
        return tasks;
    }

    @Test
    @Proves({"C-32", "C-60", "C-61"})
    void noStepStartsBeforeWhatItDependsOnAndEveryStepEndsOnce() {
        for (int seed = 0; seed < GRAPHS; seed++) {
            Random random = new Random(seed);
            BookUnderTest book = BookUnderTest.with(graph(random).toArray(TestTask[]::new));
            Map<CleanupName, Set<CleanupName>> edges = edges(book.book);
            CleanupRun run = book.startAll();
            Set<CleanupName> complete = new HashSet<>();
            Set<CleanupName> acting = new HashSet<>();
            Set<CleanupName> started = new HashSet<>();
            int mostAtOnce = 0;

            while (true) {
                for (String each : book.advance(run)) {
                    CleanupName step = new CleanupName(each);
                    assertThat(complete).as("seed %d, before %s", seed, step).containsAll(edges.get(step));
                    assertThat(started.add(step)).isTrue();
                    acting.add(step);
                }
                mostAtOnce = Math.max(mostAtOnce, acting.size());
                if (acting.isEmpty()) {
                    break;
                }
                CleanupName ended = List.copyOf(acting).get(random.nextInt(acting.size()));
                boolean hasWorked = random.nextInt(8) > 0;
                acting.remove(ended);
                book.end(run, ended.value(), hasWorked ? StepStatus.COMPLETE : StepStatus.FAILED);
                if (hasWorked) {
                    complete.add(ended);
                }
            }
            book.endRun(run);

            Map<StepStatus, Long> ends =
                    run.steps().stream().collect(Collectors.groupingBy(RunStep::status, Collectors.counting()));
            long failed = ends.getOrDefault(StepStatus.FAILED, 0L);
            long skipped = ends.getOrDefault(StepStatus.SKIPPED, 0L);
            assertThat(complete.size() + failed + skipped)
                    .as("seed %d", seed)
                    .isEqualTo(book.book.tasks().size());
            assertThat(skippedBy(edges, run)).as("seed %d", seed).isEqualTo(skipped);
            assertThat(mostAtOnce).as("seed %d", seed).isGreaterThanOrEqualTo(roots(edges) > 1 ? 2 : 1);
        }
    }

    @Test
    @Proves("C-37")
    void theSameGraphGivesTheSameOrderInWhicheverOrderItWasRegistered() {
        for (int seed = 0; seed < GRAPHS; seed++) {
            Random random = new Random(seed);
            List<TestTask> tasks = graph(random);
            BookUnderTest first = BookUnderTest.with(tasks.toArray(TestTask[]::new));
            Collections.shuffle(tasks, random);
            BookUnderTest second = BookUnderTest.with(tasks.toArray(TestTask[]::new));
            CleanupRun firstRun = first.startAll();
            CleanupRun secondRun = second.startAll();

            assertThat(order(secondRun)).as("seed %d", seed).isEqualTo(order(firstRun));
            assertThat(second.advance(secondRun)).as("seed %d", seed).isEqualTo(first.advance(firstRun));
        }
    }

    @Test
    void aGraphWithACircleNeverStartsAndEveryCircleNamedIsOne() {
        for (int seed = 0; seed < GRAPHS; seed++) {
            Random random = new Random(seed);
            BookUnderTest book = BookUnderTest.with(graph(random).toArray(TestTask[]::new));
            book.register(task("x1").behind("x2", "t1"));
            book.register(task("x2").behind("x3"));
            book.register(task("x3").behind(random.nextBoolean() ? "x1" : "x2"));

            List<List<CleanupReference>> cycles =
                    CleanupGraph.of(book.book).report(name("x1")).cycles();

            assertThat(cycles).as("seed %d", seed).hasSize(1);
            for (List<CleanupReference> cycle : cycles) {
                for (int i = 0; i < cycle.size(); i++) {
                    CleanupReference next = cycle.get((i + 1) % cycle.size());
                    assertThat(edges(book.book).get(cycle.get(i).task())).contains(next.task());
                }
            }
            assertThat(book.wish("x1")).isInstanceOf(CleanupDecision.Refused.class);
        }
    }

    private static List<CleanupName> order(CleanupRun run) {
        return run.steps().stream().map(RunStep::name).toList();
    }

    private static Map<CleanupName, Set<CleanupName>> edges(CleanupBook book) {
        return book.tasks().stream()
                .collect(Collectors.toMap(
                        RegisteredTask::name,
                        task -> task.dependsOn().stream()
                                .map(CleanupReference::task)
                                .collect(Collectors.toSet())));
    }

    private static long roots(Map<CleanupName, Set<CleanupName>> edges) {
        return edges.values().stream().filter(Set::isEmpty).count();
    }

    /** Steps with something failed in front of them, found by following every edge. */
    private static long skippedBy(Map<CleanupName, Set<CleanupName>> edges, CleanupRun run) {
        Set<CleanupName> bad = run.steps().stream()
                .filter(step -> step.status() == StepStatus.FAILED)
                .map(RunStep::name)
                .collect(Collectors.toSet());
        int failed = bad.size();
        int before;
        do {
            before = bad.size();
            edges.forEach((step, dependencies) -> {
                if (dependencies.stream().anyMatch(bad::contains)) {
                    bad.add(step);
                }
            });
        } while (bad.size() > before);
        return bad.size() - failed;
    }
}
