package io.millrace.channel.script;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is found in the files of Python, Deno, PHP and Ruby, of task runners and of an editor. */
class LanguageScriptsTest {
    @TempDir
    private Path root;

    private ProjectTree tree;

    @BeforeEach
    void setUp() {
        tree = new ProjectTree(root);
    }

    @ParameterizedTest
    @CsvSource({"uv.lock, uv", "poetry.lock, poetry", "pdm.lock, pdm"})
    void entryPointsRunInTheEnvironmentOfTheProject(String lockFile, String manager) {
        // given
        tree.with("pyproject.toml", "[project.scripts]", "serve = \"shop.cli:main\"")
                .with(lockFile);

        // then
        assertThat(tree.command("serve")).containsExactly(manager, "run", "serve");
        assertThat(tree.script("serve").tool()).isEqualTo(manager);
        assertThat(tree.script("serve").description()).isEqualTo("shop.cli:main");
    }

    @Test
    void withoutAManagerEntryPointsAreCommands() {
        // given
        tree.with("pyproject.toml", "[project.scripts]", "serve = \"shop.cli:main\"");

        // then
        assertThat(tree.command("serve")).containsExactly("serve");
        assertThat(tree.script("serve").tool()).isEqualTo("python");
    }

    @Test
    void scriptsOfPoetryAreFound() {
        // given
        tree.with("pyproject.toml", "[tool.poetry.scripts]", "serve = 'shop:main'", "[tool.pytest.ini_options]");

        // then
        assertThat(tree.command("serve")).containsExactly("poetry", "run", "serve");
        assertThat(tree.command("test")).containsExactly("poetry", "run", "python3", "-m", "pytest");
    }

    @Test
    void scriptsOfPdmAreFoundInEveryForm() {
        // given
        tree.with(
                "pyproject.toml",
                "[tool.pdm.scripts]",
                "_ = { env_file = '.env' }",
                "serve = 'flask run'",
                "lint = { cmd = ['ruff', 'check'], help = 'Check the style' }",
                "[tool.pdm.scripts.all]",
                "composite = ['lint', 'serve']");

        // then
        assertThat(tree.names()).containsExactly("serve", "lint", "all");
        assertThat(tree.command("lint")).containsExactly("pdm", "run", "lint");
        assertThat(tree.script("serve").description()).isEqualTo("flask run");
        assertThat(tree.script("lint").description()).isEqualTo("Check the style");
    }

    @Test
    void scriptsOfHatchNameTheirEnvironment() {
        // given
        tree.with(
                "pyproject.toml",
                "[tool.hatch.envs.default.scripts]",
                "serve = 'flask run'",
                "[tool.hatch.envs.docs.scripts]",
                "build = ['mkdocs clean', 'mkdocs build']");

        // then
        assertThat(tree.names()).containsExactly("serve", "docs:build");
        assertThat(tree.command("docs:build")).containsExactly("hatch", "run", "docs:build");
        assertThat(tree.script("docs:build").description()).isEqualTo("mkdocs clean; mkdocs build");
    }

    @Test
    void theUsualFilesOfPythonAreKnown() {
        // given
        tree.with("manage.py")
                .with("setup.py")
                .with("requirements.txt")
                .with("tox.ini")
                .with("pytest.ini");

        // then
        assertThat(tree.names())
                .containsExactly(
                        "tox", "pytest:test", "runserver", "migrate", "django:test", "install", "install-requirements");
        assertThat(tree.command("runserver")).containsExactly("python3", "manage.py", "runserver");
        assertThat(tree.command("install-requirements"))
                .containsExactly("python3", "-m", "pip", "install", "-r", "requirements.txt");
    }

    @Test
    void tasksOfDenoMayHaveComments() {
        // given
        tree.with(
                "deno.jsonc",
                "{ // tasks",
                "  \"tasks\": {",
                "    \"dev\": \"deno run main.ts\", /* and */",
                "    \"check\": {\"command\": \"deno check\", \"description\": \"Check types\"},",
                "  },",
                "}");

        // then
        assertThat(tree.command("dev")).containsExactly("deno", "task", "dev");
        assertThat(tree.script("check").description()).isEqualTo("Check types");
    }

    @Test
    void scriptsOfComposerAreFoundButForItsEvents() {
        // given
        tree.with(
                "composer.json",
                "{\"scripts\": {\"post-install-cmd\": \"x\", \"test\": [\"@lint\", \"phpunit\"], \"lint\": \"phpcs\"},",
                "\"scripts-descriptions\": {\"lint\": \"Check the style\"}}");

        // then
        assertThat(tree.names()).containsExactly("test", "lint");
        assertThat(tree.command("test")).containsExactly("composer", "run-script", "test");
        assertThat(tree.script("test").description()).isEqualTo("@lint; phpunit");
        assertThat(tree.script("lint").description()).isEqualTo("Check the style");
    }

    @Test
    void tasksOfRakeAreFound() {
        // given
        tree.with(
                "Rakefile",
                "desc 'Run the tests'",
                "task :test do",
                "end",
                "task default: :test",
                "task \"assets:build\" => [:test]",
                "namespace :db do",
                "  task :migrate",
                "end");

        // then
        assertThat(tree.names()).containsExactly("test", "default", "assets:build");
        assertThat(tree.command("test")).containsExactly("rake", "test");
        assertThat(tree.script("test").description()).isEqualTo("Run the tests");

        // and with the project's own version where there is one
        tree.with("Gemfile");
        assertThat(tree.command("test")).containsExactly("bundle", "exec", "rake", "test");
    }

    @Test
    void recipesThatNeedNoArgumentAreFound() {
        // given
        tree.with(
                "justfile",
                "set shell := ['bash', '-c']",
                "alias b := build",
                "version := \"1:2\"",
                "# Build it",
                "build: clean",
                "    cc: not a recipe",
                "@quiet level='info':",
                "deploy target:",
                "many +files:",
                "any *files:",
                "_hidden:",
                "[private]",
                "# not shown",
                "secret:",
                "clean:");

        // then
        assertThat(tree.names()).containsExactly("build", "quiet", "any", "clean");
        assertThat(tree.command("build")).containsExactly("just", "build");
        assertThat(tree.script("build").description()).isEqualTo("Build it");
    }

    @Test
    void tasksOfATaskfileAreFound() {
        // given
        tree.with(
                "Taskfile.yml",
                "version: '3'",
                "tasks:",
                "  build:",
                "    desc: Build it",
                "    cmds: [go build]",
                "  lint: golangci-lint run",
                "  'docs:serve':",
                "    - mkdocs serve",
                "  helper: {internal: true, cmds: [x]}",
                "  'start:*': echo",
                "  empty:");

        // then
        assertThat(tree.names()).containsExactly("build", "lint", "docs:serve", "empty");
        assertThat(tree.command("docs:serve")).containsExactly("task", "docs:serve");
        assertThat(tree.script("build").description()).isEqualTo("Build it");
        assertThat(tree.script("lint").description()).isEqualTo("golangci-lint run");
    }

    @Test
    void processTypesOfAProcfileRunInTheShell() {
        // given
        tree.with("Procfile", "# types", "web: node server.js --port $PORT", "worker:  node worker.js ");

        // then
        assertThat(tree.names()).containsExactly("web", "worker");
        assertThat(tree.command("web")).containsExactly("/bin/sh", "-c", "node server.js --port $PORT");
        assertThat(tree.command("worker")).containsExactly("/bin/sh", "-c", "node worker.js");
    }

    @Test
    void tasksOfAnEditorRunAsTheyDoThere() {
        // given
        tree.with(
                ".vscode/tasks.json",
                "{ // as the editor writes it",
                "  \"version\": \"2.0.0\", \"tasks\": [",
                "    {\"label\": \"serve\", \"type\": \"process\", \"command\": \"${workspaceFolder}/serve\",",
                "     \"args\": [\"a b\"], \"options\": {\"cwd\": \"${workspaceFolder}/web\"}, \"detail\": \"Serve it\"},",
                "    {\"label\": \"Build all\", \"type\": \"shell\", \"command\": \"tsc\", \"linux\": {\"command\": \"tsc -w\"},",
                "     \"args\": [\"*.ts\", \"it's here\", {\"value\": \"$x\", \"quoting\": \"strong\"}]},",
                "    {\"label\": \"asks\", \"type\": \"shell\", \"command\": \"echo ${input:name}\"},",
                "    {\"label\": \"leaves\", \"type\": \"shell\", \"command\": \"ls\", \"options\": {\"cwd\": \"../other\"}},",
                "    {\"label\": \"script\", \"type\": \"npm\", \"script\": \"dev\"},",
                "    {\"type\": \"shell\", \"command\": \"no label\"},",
                "    {\"label\": \"no command\", \"type\": \"shell\"},",
                "  ]",
                "}");

        // then
        assertThat(tree.names()).containsExactly("serve", "Build all");
        assertThat(tree.command("serve")).containsExactly(root + "/serve", "a b");
        assertThat(tree.script("serve").directory()).isEqualTo(root + "/web");
        assertThat(tree.script("serve").description()).isEqualTo("Serve it");
        assertThat(tree.command("Build all")).containsExactly("/bin/sh", "-c", "tsc -w *.ts 'it'\\''s here' '$x'");
        assertThat(tree.warnings())
                .hasSize(2)
                .allMatch(warning -> warning.contains("was left out"))
                .anyMatch(warning -> warning.contains("'asks'"))
                .anyMatch(warning -> warning.contains("'leaves'"));
    }
}
