package io.millrace.channel.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of listed scripts, run by the tools themselves where this machine has them. */
class StartedScriptsTest {
    @TempDir
    private Path root;

    @Test
    void aScriptOfAPackageIsRunByNpm() throws Exception {
        // given
        var tree = new ProjectTree(root)
                .with(
                        "package.json",
                        "{\"name\": \"shop\", \"workspaces\": [\"web\"], \"scripts\": {\"say it\": \"echo from the root\"}}")
                .with("web/package.json", "{\"name\": \"web\", \"scripts\": {\"where:am-i\": \"basename $PWD\"}}");

        // then
        assertThat(run(tree, "say it")).contains("from the root");
        assertThat(run(tree, "web:where:am-i")).endsWith("web\n");
    }

    @Test
    void aTargetIsRunByMake() throws Exception {
        // given
        var tree = new ProjectTree(root)
                .with("Makefile", "first:", "\t@echo first", "second: ## Not the default", "\t@echo second");

        // then
        assertThat(run(tree, "second")).isEqualTo("second\n");
    }

    @Test
    void aProgramIsRunByGo() throws Exception {
        // given
        var tree = new ProjectTree(root)
                .with("go.mod", "module example.com/shop", "go 1.20")
                .with("cmd/hello/main.go", "package main", "func main() { println(\"hello\") }");

        // then
        assertThat(run(tree, "run:hello")).contains("hello");
    }

    @Test
    void aProcessTypeIsRunByTheShell() throws Exception {
        // given
        var tree = new ProjectTree(root).with("Procfile", "web: echo \"it's $((40 + 2))\" | cat");

        // then
        assertThat(run(tree, "web")).isEqualTo("it's 42\n");
    }

    private static String run(ProjectTree tree, String name) throws IOException, InterruptedException {
        var script = tree.script(name);
        assumeTrue(isInstalled(script.command().getFirst()), script.command().getFirst() + " is not installed");
        var process = new ProcessBuilder(script.command())
                .directory(Path.of(script.directory()).toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    private static boolean isInstalled(String program) {
        List<String> path = Arrays.asList(System.getenv("PATH").split(":"));
        return path.stream().map(Path::of).anyMatch(directory -> Files.isExecutable(directory.resolve(program)));
    }
}
