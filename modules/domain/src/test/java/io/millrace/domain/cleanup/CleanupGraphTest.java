package io.millrace.domain.cleanup;

import static io.millrace.domain.cleanup.TestTask.name;
import static io.millrace.domain.cleanup.TestTask.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Proves;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.DependencyReport;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CleanupGraphTest {

    @Test
    void aGraphWithoutFaultsIsValidAndEndsWithTheTaskItself() {
        BookUnderTest book =
                BookUnderTest.with(task("d").behind("b", "c"), task("b").behind("a"), task("c"), task("a"), task("z"));

        DependencyReport report = CleanupGraph.of(book.book).report(name("d"));

        assertThat(report.valid()).isTrue();
        assertThat(report.order()).map(CleanupReference::toString).containsExactly("a", "b", "c", "d");
        assertThat(report.edges()).map(Object::toString).containsExactly("b → a", "d → b", "d → c");
    }

    @Test
    @Proves({"C-08", "C-46"})
    void eachFaultIsReportedAsWhatItIsWithTheEdgeThatHasIt() {
        BookUnderTest book = BookUnderTest.with(
                task("missing").behind("gone"),
                task("self").behind("self"),
                task("round-1").behind("round-2"),
                task("round-2").behind("round-3"),
                task("round-3").behind("round-1"),
                task("broken"),
                task("failed").behind("broken"),
                task("forbidden").behind("other/private"));
        book.finish(book.start("broken"), "broken");
        CleanupGraph graph = CleanupGraph.of(book.book)
                .with(
                        BookUnderTest.CHANNEL,
                        Map.of(
                                CleanupReference.parse("other/private"),
                                new RemoteTask(
                                        List.of(), List.of(new ChannelName("third")), CleanupStatus.NOT_STARTED)));

        assertThat(graph.report(name("missing")).missing())
                .map(Object::toString)
                .containsExactly("missing → gone");
        assertThat(texts(graph.report(name("self")).cycles())).containsExactly(List.of("self"));
        assertThat(texts(graph.report(name("round-2")).cycles()))
                .containsExactly(List.of("round-1", "round-2", "round-3"));
        assertThat(graph.report(name("failed")).failed())
                .map(CleanupReference::toString)
                .containsExactly("broken");
        assertThat(graph.report(name("forbidden")).forbiddenCrossChannel())
                .map(Object::toString)
                .containsExactly("forbidden → other/private");
        for (String each : List.of("missing", "self", "round-2", "failed", "forbidden")) {
            assertThat(graph.report(name(each)).valid()).as(each).isFalse();
        }
        assertThat(graph.report(name("broken")).valid())
                .as("its own failure is no fault of it")
                .isTrue();
    }

    @Test
    void circlesThatShareATaskAreAllFound() {
        BookUnderTest book = BookUnderTest.with(
                task("a").behind("b", "c"), task("b").behind("a"), task("c").behind("a"));

        DependencyReport report = CleanupGraph.of(book.book).report(name("a"));

        assertThat(texts(report.cycles())).containsExactlyInAnyOrder(List.of("a", "b"), List.of("a", "c"));
        assertThat(report.order()).isEmpty();
    }

    @Test
    void aCircleOverChannelsIsFoundAndItsTasksAreNamedInOrder() {
        BookUnderTest book = BookUnderTest.with(task("a").behind("other/x"));
        CleanupGraph graph = CleanupGraph.of(book.book)
                .with(
                        BookUnderTest.CHANNEL,
                        Map.of(
                                CleanupReference.parse("other/x"), remote("y"),
                                CleanupReference.parse("other/y"), remote("build/a")));

        DependencyReport report = graph.report(name("a"));

        assertThat(texts(report.cycles())).containsExactly(List.of("a", "other/x", "other/y"));
    }

    @Test
    void tasksOfOtherChannelsAreAskedForUntilAllAreKnown() {
        BookUnderTest book = BookUnderTest.with(task("a").behind("other/x"));
        CleanupGraph first = CleanupGraph.of(book.book);
        CleanupGraph second =
                first.with(BookUnderTest.CHANNEL, Map.of(CleanupReference.parse("other/x"), remote("y", "third/z")));

        assertThat(first.unknown(name("a"))).map(Object::toString).containsExactly("other/x");
        assertThat(first.report(name("a")).valid()).isTrue();
        assertThat(second.unknown(name("a"))).map(Object::toString).containsExactly("other/y", "third/z");
        assertThat(second.report(name("a")).missing())
                .map(Object::toString)
                .containsExactly("other/x → other/y", "other/x → third/z");
    }

    @Test
    void aTaskOfThisChannelMayForbidOtherChannelsToDependOnIt() {
        BookUnderTest book =
                BookUnderTest.with(task("a").behind("other/x"), task("b").onlyFor("third"));
        CleanupGraph graph = CleanupGraph.of(book.book)
                .with(BookUnderTest.CHANNEL, Map.of(CleanupReference.parse("other/x"), remote("build/b")));

        assertThat(graph.report(name("a")).forbiddenCrossChannel())
                .map(Object::toString)
                .containsExactly("other/x → b");
    }

    private static RemoteTask remote(String... dependsOn) {
        return new RemoteTask(
                List.of(dependsOn).stream().map(CleanupReference::parse).toList(), List.of(), CleanupStatus.COMPLETE);
    }

    private static List<List<String>> texts(List<List<CleanupReference>> cycles) {
        return cycles.stream()
                .map(cycle -> cycle.stream().map(CleanupReference::toString).toList())
                .toList();
    }
}
