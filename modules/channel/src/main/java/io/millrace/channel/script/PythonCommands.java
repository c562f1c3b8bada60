package io.millrace.channel.script;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a Python project offers: entry points and scripts of its {@code pyproject.toml}, its tests, and the usual commands of
 * {@code manage.py}, {@code setup.py} and {@code requirements.txt}. Where uv, Poetry, PDM or Hatch manages the project,
 * commands run in its environment.
 */
final class PythonCommands implements ScriptSource {
    private static final String PROJECT = "pyproject.toml";
    private static final List<String> MANAGERS = List.of("uv", "poetry", "pdm", "hatch");
    private static final String INTERPRETER = "python3";
    private static final String DEFAULT_ENVIRONMENT = "default";

    @Override
    public void find(ProjectDirectory directory) {
        var project = directory.toml(PROJECT).orElse(MissingNode.getInstance());
        new Commands(directory, project).find();
    }

    private record Commands(ProjectDirectory directory, JsonNode project) {

        void find() {
            addEntryPoints(project.path("project").path("scripts"));
            addEntryPoints(project.path("project").path("gui-scripts"));
            addEntryPoints(tools().path("poetry").path("scripts"));
            addScriptsOfPdm();
            addScriptsOfHatch();
            addTests();
            addUsualCommands();
        }

        private JsonNode tools() {
            return project.path("tool");
        }

        private void addEntryPoints(JsonNode entryPoints) {
            entryPoints.properties().forEach(entryPoint -> {
                String name = entryPoint.getKey();
                directory.add(manager(), name, PROJECT, entryPoint.getValue().asText(), inEnvironment(name));
            });
        }

        private void addScriptsOfPdm() {
            tools().path("pdm").path("scripts").properties().forEach(script -> {
                String name = script.getKey();
                var value = script.getValue();
                String description = value.path("help").asText(value.path("cmd").asText(value.asText()));
                if (!name.startsWith("_")) {
                    directory.add("pdm", name, PROJECT, description, List.of("pdm", "run", name));
                }
            });
        }

        private void addScriptsOfHatch() {
            tools().path("hatch").path("envs").properties().forEach(environment -> {
                String prefix = environment.getKey().equals(DEFAULT_ENVIRONMENT) ? "" : environment.getKey() + ":";
                environment.getValue().path("scripts").properties().forEach(script -> {
                    String name = prefix + script.getKey();
                    String description = String.join("; ", JsonText.texts(script.getValue()));
                    directory.add("hatch", name, PROJECT, description, List.of("hatch", "run", name));
                });
            });
        }

        private void addTests() {
            if (directory.has("tox.ini") || tools().has("tox")) {
                directory.add("tox", "tox", directory.has("tox.ini") ? "tox.ini" : PROJECT, "", List.of("tox"));
            }
            if (tools().has("pytest")) {
                directory.add("pytest", "test", PROJECT, "", modulePytest());
            }
            directory
                    .firstOf("pytest.ini", "conftest.py")
                    .ifPresent(file -> directory.add("pytest", "test", file, "", modulePytest()));
        }

        private List<String> modulePytest() {
            return inEnvironment(INTERPRETER, "-m", "pytest");
        }

        private void addUsualCommands() {
            for (String command : List.of("runserver", "migrate", "test")) {
                addIfThere("manage.py", "django", command, inEnvironment(INTERPRETER, "manage.py", command));
            }
            var pip = List.of(INTERPRETER, "-m", "pip", "install");
            addIfThere("setup.py", "pip", "install", with(pip, "."));
            addIfThere("requirements.txt", "pip", "install-requirements", with(pip, "-r", "requirements.txt"));
        }

        private void addIfThere(String file, String tool, String name, List<String> command) {
            if (directory.has(file)) {
                directory.add(tool, name, file, "", command);
            }
        }

        /** Name of what manages the project; {@code python} if nothing does. */
        private String manager() {
            return MANAGERS.stream()
                    .filter(manager -> directory.has(manager + ".lock") || tools().has(manager))
                    .findFirst()
                    .orElse("python");
        }

        private List<String> inEnvironment(String... command) {
            String manager = manager();
            return MANAGERS.contains(manager) ? with(List.of(manager, "run"), command) : List.of(command);
        }

        private static List<String> with(List<String> beginning, String... rest) {
            var command = new ArrayList<>(beginning);
            command.addAll(Arrays.asList(rest));
            return command;
        }
    }
}
