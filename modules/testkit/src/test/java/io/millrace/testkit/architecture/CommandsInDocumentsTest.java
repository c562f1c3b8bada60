package io.millrace.testkit.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.testkit.project.ProjectTree;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands the documents show exist in this project. */
class CommandsInDocumentsTest {
    private static final Pattern SCRIPT = Pattern.compile("(?<![\\w/.-])(?:\\./)?(?<path>scripts/[\\w./-]+)");
    private static final Pattern MODULE_OPTION = Pattern.compile("(?:-pl|--projects)[ =](?<modules>\\S+)");

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "modules/README.md"})
    void everyScriptInAShellBlockIsThereAndCanBeRun(String document) throws IOException {
        var commands = shellCommands(Files.readAllLines(ProjectTree.path(document)));

        assertThat(commands.stream().flatMap(command -> scripts(command).stream()))
                .allSatisfy(script -> assertThat(ProjectTree.path(script))
                        .as(script + " in " + document)
                        .isRegularFile()
                        .isExecutable());
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "modules/README.md"})
    void everyModuleAMavenCommandNamesIsThere(String document) throws IOException {
        var commands = shellCommands(Files.readAllLines(ProjectTree.path(document)));

        assertThat(commands.stream()
                        .filter(command -> command.startsWith("mvn "))
                        .flatMap(command -> modules(command).stream()))
                .allSatisfy(module ->
                        assertThat(ProjectTree.path(module).resolve("pom.xml")).exists());
    }

    @Test
    void theReadmeShowsTheBuildAndTheQuickstart() throws IOException {
        var commands = shellCommands(Files.readAllLines(ProjectTree.path("README.md")));

        assertThat(commands)
                .anyMatch(command -> command.startsWith("scripts/quickstart"))
                .anyMatch(command -> command.startsWith("mvn verify"));
    }

    @Test
    void commandsAreTheLinesOfShellBlocksWithoutPromptAndComment() {
        var commands = shellCommands(List.of(
                "Run `scripts/inline`:",
                "```sh",
                "# first",
                "$ scripts/node  # in front",
                "mvn -pl modules/x verify",
                "```",
                "```java",
                "scripts/java",
                "```",
                "  ```bash",
                "  ./scripts/cluster up 3 && scripts/bench",
                "  ```"));

        assertThat(commands)
                .containsExactly("scripts/node", "mvn -pl modules/x verify", "./scripts/cluster up 3 && scripts/bench");
        assertThat(scripts(commands.get(2))).containsExactly("scripts/cluster", "scripts/bench");
        assertThat(modules(commands.get(1))).containsExactly("modules/x");
    }

    private static List<String> shellCommands(List<String> lines) {
        List<String> commands = new ArrayList<>();
        boolean isFenced = false;
        boolean isShell = false;
        for (String line : lines) {
            String text = line.strip();
            if (text.startsWith("```")) {
                isShell = !isFenced && text.matches("```(sh|bash|shell|console)");
                isFenced = !isFenced;
            } else if (isShell) {
                String command = text.replaceFirst("^\\$ ", "").replaceFirst("(^|\\s+)#.*", "");
                if (!command.isEmpty()) {
                    commands.add(command);
                }
            }
        }
        return commands;
    }

    private static List<String> scripts(String command) {
        return SCRIPT.matcher(command)
                .results()
                .map(match -> match.group("path"))
                .toList();
    }

    private static List<String> modules(String command) {
        Matcher option = MODULE_OPTION.matcher(command);
        return option.find() ? List.of(option.group("modules").split(",")) : List.of();
    }
}
