package io.millrace.channel.script;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.process.ScriptListing;
import io.millrace.contracts.process.ScriptView;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PackageScriptsTest {
    private static final String DEV = "{\"scripts\": {\"dev\": \"vite\"}}";

    @TempDir
    private Path root;

    private ProjectTree tree;

    @BeforeEach
    void setUp() {
        tree = new ProjectTree(root);
    }

    @Test
    void everyScriptIsListedInItsOrderWithWhatItDoes() {
        // given
        tree.with(
                "package.json",
                "{\"name\": \"shop\", \"scripts\": {\"dev\": \"vite --port 3000\", \"build\": \"tsc\"}}");

        // when
        var listing = tree.listing();

        // then
        assertThat(listing.warnings()).isEmpty();
        assertThat(listing.scripts())
                .containsExactly(
                        new ScriptView(
                                "dev",
                                "npm",
                                List.of("npm", "run", "dev"),
                                root.toString(),
                                "package.json",
                                "vite --port 3000"),
                        new ScriptView(
                                "build",
                                "npm",
                                List.of("npm", "run", "build"),
                                root.toString(),
                                "package.json",
                                "tsc"));
    }

    @ParameterizedTest
    @CsvSource({
        "bun, bun.lock",
        "bun, bun.lockb",
        "pnpm, pnpm-lock.yaml",
        "yarn, yarn.lock",
        "npm, package-lock.json",
        "npm, other-lock.json"
    })
    void aLockFileSaysWhichPackageManager(String expected, String lockFile) {
        // given
        tree.with("package.json", DEV).with(lockFile);

        // then
        assertThat(tree.command("dev")).containsExactly(expected, "run", "dev");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'packageManager': 'pnpm@9.1.0+sha512.abc'",
                "'devEngines': {'packageManager': {'name': 'pnpm', 'onFail': 'error'}}",
                "'devEngines': {'packageManager': [{'name': 'pnpm'}, {'name': 'npm'}]}",
                "'engines': {'node': '>=20', 'npm': 'please use pnpm', 'pnpm': '>=9'}"
            })
    void whatThePackageDeclaresCountsBeforeItsLockFile(String declaration) {
        // given
        tree.with("package.json", "{" + declaration.replace('\'', '"') + ", \"scripts\": {\"dev\": \"vite\"}}")
                .with("yarn.lock");

        // then
        assertThat(tree.script("dev").tool()).isEqualTo("pnpm");
    }

    @ParameterizedTest
    @CsvSource({"package.json, {\"workspaces\": []}", "pnpm-workspace.yaml, packages: []", ".git/HEAD, ref"})
    void aLockFileAboveCountsUpToTheRoot(String rootFile, String content) {
        // given
        tree.with(rootFile, content).with("yarn.lock").with("apps/web/package.json", DEV);

        // when only the member is looked at
        var member = new ProjectTree(root.resolve("apps/web"));

        // then
        assertThat(member.command("dev")).containsExactly("yarn", "run", "dev");
    }

    @Test
    void aLockFileThatLiesAboveByChanceCountsForNothing() {
        // given no root of anything above
        tree.with("yarn.lock").with("apps/web/package.json", DEV);

        // then
        assertThat(new ProjectTree(root.resolve("apps/web")).command("dev")).containsExactly("npm", "run", "dev");
    }

    @Test
    void theNearestDirectoryCounts() {
        // given
        tree.with("package.json", "{\"workspaces\": [], \"packageManager\": \"yarn@4.0.0\"}")
                .with("apps/pnpm-lock.yaml")
                .with("apps/web/package.json", DEV);

        // then
        assertThat(new ProjectTree(root.resolve("apps/web")).script("dev").tool())
                .isEqualTo("pnpm");
    }

    @Test
    void namesThatCannotBeGivenToAToolAreLeftOutWithAWarning() {
        // given an option, a control sequence, an empty and a long name
        String scripts = Stream.of("--prefix=/", "\\u001b[2Jdev", "", "x".repeat(201), "dev")
                .map(name -> "\"" + name + "\": \"vite\"")
                .reduce((a, b) -> a + "," + b)
                .orElseThrow();
        tree.with("package.json", "{\"scripts\": {" + scripts + "}}");

        // then
        assertThat(tree.names()).containsExactly("dev");
        assertThat(tree.warnings())
                .hasSize(4)
                .allMatch(warning -> warning.startsWith("package.json has a script whose name cannot be used"))
                .noneMatch(warning -> warning.contains("\u001b"));
    }

    @Test
    void aDescriptionIsOneShortLine() {
        // given
        tree.with("package.json", "{\"scripts\": {\"dev\": \"echo\\n\\u001b[31m" + "x".repeat(1_000) + "\"}}");

        // then
        assertThat(tree.script("dev").description())
                .startsWith("echo [31mxxx")
                .endsWith("x…")
                .hasSize(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "[]", "", "{\"scripts\": {\"a\": }}", "{} {}", "nonsense"})
    void aBrokenFileLeavesAWarningAndTheRest(String content) {
        // given
        tree.with("package.json", content).with("Cargo.toml", "[package]", "name = 'shop'");

        // then
        assertThat(tree.names()).containsExactly("build", "check", "test");
        assertThat(tree.warnings())
                .singleElement()
                .asString()
                .startsWith("package.json was left out: it cannot be read as JSON");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"scripts\": []}", "{\"scripts\": \"dev\"}", "{\"scripts\": {\"dev\": {}}}", "{}"})
    void anotherShapeOfScriptsIsNone(String content) {
        // given
        tree.with("package.json", content);

        // then
        assertThat(tree.listing()).isEqualTo(new ScriptListing(List.of(), List.of()));
    }
}
