package io.millrace.channel.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.millrace.contracts.process.ScriptView;
import io.millrace.domain.Limits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that were made to hurt their reader: each costs a warning at most, and the scripts of the others are listed. */
class HostileProjectTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    private Path root;

    private ProjectTree tree;

    @BeforeEach
    void setUp() {
        tree = new ProjectTree(root).with("Procfile", "web: serve");
    }

    static Stream<Arguments> brokenFiles() {
        return Stream.of(
                Arguments.of("package.json", "[".repeat(1_000)),
                Arguments.of("package.json", "{\"a\":".repeat(1_000)),
                Arguments.of("package.json", " ".repeat(Limits.SCRIPT_FILE_BYTES_MAX)),
                Arguments.of("composer.json", "{\"scripts\": "),
                Arguments.of("pyproject.toml", "a = " + "[".repeat(1_000)),
                Arguments.of("pyproject.toml", "a.".repeat(1_000) + "b = 1"),
                Arguments.of("pyproject.toml", "a = \"no end"),
                Arguments.of("pyproject.toml", "a = {b = {c = [}}"),
                Arguments.of("Cargo.toml", "[package\nname = 'x'"),
                Arguments.of("Cargo.toml", "a = 1\n[a]\nb = 2"),
                Arguments.of("Taskfile.yml", "a: " + "[".repeat(1_000)),
                Arguments.of("Taskfile.yml", "tasks: &t\n  a: *t"),
                Arguments.of("Taskfile.yml", "tasks: !!java.lang.Runtime {}"),
                Arguments.of("Taskfile.yml", "- no object"),
                Arguments.of("Taskfile.yml", laughs()),
                Arguments.of("pom.xml", "<project><a></project>"),
                Arguments.of("pom.xml", "<a>".repeat(10_000)));
    }

    /** Four levels of lists, each of thirty times the one before. */
    private static String laughs() {
        String list = "[" + "x, ".repeat(30) + "]";
        return IntStream.range(0, 4)
                .mapToObj(level ->
                        "l" + (level + 1) + ": &l" + (level + 1) + " [" + ("*l" + level + ", ").repeat(12) + "]\n")
                .collect(Collectors.joining("", "l0: &l0 " + list + "\n", ""));
    }

    @ParameterizedTest
    @MethodSource("brokenFiles")
    void aFileThatCannotBeUsedLeavesAWarning(String file, String content) {
        // given
        tree.with(file, content);

        // when
        var listing = assertTimeoutPreemptively(PATIENCE, tree::listing);

        // then
        assertThat(listing.scripts()).extracting(ScriptView::name).containsExactly("web");
        assertThat(listing.warnings()).singleElement().asString().startsWith(file + " was left out: ");
        assertThat(listing.warnings().getFirst()).hasSizeLessThan(500);
    }

    @Test
    void patternsThatMatchInManyWaysTakeNoTime() {
        // given directories to the depth that is looked at, and patterns with as many choices
        tree.with("a/a/a/a/a/package.json", "{\"scripts\": {\"dev\": \"x\"}}")
                .with(
                        "package.json",
                        "{\"workspaces\": [\"" + "**/".repeat(60) + "package\", \"" + "**/*/".repeat(30) + "\", \""
                                + "{a,b}".repeat(30) + "\", \"!" + "**/*/".repeat(30) + "b\"]}");

        // then
        var listing = assertTimeoutPreemptively(PATIENCE, tree::listing);
        assertThat(listing.scripts()).extracting(ScriptView::name).contains("web");
    }

    @Test
    void patternsDoNotLeaveTheDirectory() {
        // given
        var inside = new ProjectTree(root.resolve("inside"))
                .with("package.json", "{\"workspaces\": [\"../outside\", \"" + root + "/outside\", \"a\\u0000b\"]}");
        tree.with("outside/package.json", "{\"scripts\": {\"dev\": \"x\"}}");

        // then
        assertThat(inside.names()).isEmpty();
    }

    @Test
    void noMoreThanTheAllowedScriptsAreListed() {
        // given
        tree.with(
                "Makefile",
                IntStream.rangeClosed(0, Limits.SCRIPTS_MAX)
                        .mapToObj(i -> "t" + i + ":")
                        .toArray(String[]::new));

        // then
        assertThat(tree.names()).hasSize(Limits.SCRIPTS_MAX);
        assertThat(tree.warnings()).singleElement().asString().startsWith("Only the first 1000 scripts are listed.");
    }

    @Test
    void noMoreThanTheAllowedWarningsAreGiven() {
        // given
        String scripts = IntStream.range(0, 500)
                .mapToObj(i -> "\"-" + i + "\": \"x\"")
                .collect(Collectors.joining(",", "{\"scripts\": {", "}}"));
        tree.with("package.json", scripts);

        // then
        assertThat(tree.warnings()).hasSize(Limits.SCRIPT_WARNINGS_MAX);
    }

    @Test
    void noMoreThanTheAllowedEntriesAreLookedAt() {
        // given programs behind a directory with too much in it
        tree.with("go.mod", "module x").with("package.json", "{\"workspaces\": [\"*/*\"]}");
        for (int i = 0; i <= Limits.SCRIPT_ENTRIES_MAX; i++) {
            tree.with("cmd/" + i);
        }

        // then
        assertThat(tree.names()).contains("web", "build");
        assertThat(tree.warnings())
                .singleElement()
                .asString()
                .startsWith("Only the first 10000 files and directories were looked at");
    }

    @Test
    void aCommandWithANulCharacterIsLeftOut() {
        // given
        tree.with("Procfile", "web: serve", "bad: a\0b");

        // then
        assertThat(tree.names()).containsExactly("web");
        assertThat(tree.warnings())
                .containsExactly("Procfile has a script with a NUL character, which no process can be given.");
    }

    @Test
    void namesOfDirectoriesWithControlCharactersAreNoMembers() {
        // given
        tree.with("package.json", "{\"workspaces\": [\"*\"]}")
                .with("a\u001b[2Jb/package.json", "{\"scripts\": {\"x\": \"y\"}}");

        // then
        assertThat(tree.names()).containsExactly("web");
        assertThat(tree.warnings()).singleElement().asString().doesNotContain("\u001b");
    }
}
