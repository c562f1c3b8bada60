package io.millrace.channel.script;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.process.ScriptView;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is found in the files of make, Maven, Gradle, Cargo and Go. */
class BuildToolScriptsTest {
    @TempDir
    private Path root;

    private ProjectTree tree;

    @BeforeEach
    void setUp() {
        tree = new ProjectTree(root);
    }

    @Test
    void plainTargetsOfAMakefileAreListed() {
        // given
        tree.with(
                "Makefile",
                "CC := gcc",
                "FLAGS ?= -g",
                "LATER != date",
                "export URL = http://localhost:80",
                ".PHONY: all dist/clean \\",
                "  serve # and more: words",
                "all: build test",
                "build: main.o | out ## Build the program",
                "\tcc: not a target",
                "## Run it",
                "## on a port",
                "serve run: build",
                "test:: ; ./test",
                "debug: FLAGS += -O0",
                "debug: all",
                "%.o: %.c",
                "$(OBJECTS): all",
                "out/app: build",
                "dist/clean:",
                ".SUFFIXES: .c .o",
                "vpath %.c src:lib",
                "ifeq ($(CC),a:b)",
                "endif",
                "define TEXT",
                "inside: definition",
                "endef",
                "# comment: no target",
                "$(info a: b)");

        // when
        var scripts = tree.listing().scripts();

        // then
        assertThat(scripts)
                .extracting(ScriptView::name)
                .containsExactly("all", "build", "serve", "run", "test", "debug", "dist/clean");
        assertThat(tree.script("build"))
                .isEqualTo(new ScriptView(
                        "build", "make", List.of("make", "build"), root.toString(), "Makefile", "Build the program"));
        assertThat(tree.script("serve").description()).isEqualTo("Run it on a port");
        assertThat(tree.script("test").description()).isEmpty();
    }

    @Test
    void theMakefileThatMakeReadsIsTheOneListed() {
        // given
        tree.with("Makefile", "other:").with("GNUmakefile", "own:");

        // then
        assertThat(tree.names()).containsExactly("own");
    }

    @Test
    void mavenOffersPhasesAndTheGoalsOfItsPlugins() {
        // given
        tree.with(
                "pom.xml",
                "<project><artifactId>exec-maven-plugin</artifactId><build><plugins>",
                "<plugin><groupId>org.springframework.boot</groupId>",
                "<artifactId> spring-boot-maven-plugin </artifactId></plugin>",
                "</plugins></build></project>");

        // then the project's own name is no plugin
        assertThat(tree.names())
                .containsExactly("clean", "compile", "test", "package", "verify", "install", "spring-boot:run");
        assertThat(tree.command("package")).containsExactly("mvn", "package");
    }

    @Test
    void theWrapperOfAProjectIsUsed() {
        // given
        tree.with("pom.xml", "<project/>")
                .withProgram("mvnw")
                .with("build.gradle")
                .withProgram("gradlew");

        // then
        assertThat(tree.command("verify")).containsExactly("./mvnw", "verify");
        assertThat(tree.command("build")).containsExactly("./gradlew", "build");
    }

    @Test
    void aPomIsReadWithoutItsDocumentTypeAndEntities() {
        // given what would make a parser read another file, or grow without end
        tree.with("secret", "spring-boot-maven-plugin")
                .with(
                        "pom.xml",
                        "<!DOCTYPE project [<!ENTITY secret SYSTEM \"file://" + root + "/secret\">]>",
                        "<project><plugin><artifactId>&secret;</artifactId></plugin></project>");

        // then
        assertThat(tree.names()).doesNotContain("spring-boot:run");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plugins { id 'application' }",
                "plugins { id(\"application\") }",
                "plugins {\n  application\n}",
                "apply plugin: 'application'"
            })
    void gradleRunsAnApplication(String build) {
        // given
        tree.with("build.gradle", build);

        // then
        assertThat(tree.names()).containsExactly("build", "test", "run");
        assertThat(tree.command("run")).containsExactly("gradle", "run");
    }

    @Test
    void gradleRunsWhatItsPluginsRun() {
        // given
        tree.with(
                "build.gradle.kts",
                "plugins {",
                "  id(\"org.springframework.boot\") version \"4.0.0\"",
                "  // id(\"application\")",
                "  id(\"application\") apply false",
                "}");

        // then
        assertThat(tree.names()).containsExactly("build", "test", "bootRun");
    }

    @Test
    void cargoRunsEveryProgramOfAPackage() {
        // given
        tree.with(
                        "Cargo.toml",
                        "[package]",
                        "name = \"shop\"",
                        "[[bin]]",
                        "name = \"server\"",
                        "path = \"src/server.rs\"")
                .with("src/main.rs")
                .with("src/bin/migrate.rs")
                .with("src/bin/tool/main.rs");

        // then
        assertThat(tree.names())
                .containsExactly("build", "check", "test", "run", "run:migrate", "run:server", "run:tool");
        assertThat(tree.command("run:server")).containsExactly("cargo", "run", "--bin", "server");
    }

    @Test
    void goRunsItsMainPackages() {
        // given
        tree.with("go.mod", "module example.com/shop")
                .with("main.go", "// Package main", "package main // the program")
                .with("cmd/server/server.go", "package main")
                .with("cmd/internal/lib.go", "package internal")
                .with("cmd/gen/gen.go", "//go:build ignore", "package main")
                .with("cmd/tested/x_test.go", "package main")
                .with("cmd/README.md");

        // then
        assertThat(tree.names()).containsExactly("build", "test", "run", "run:server");
        assertThat(tree.command("run")).containsExactly("go", "run", ".");
        assertThat(tree.command("run:server")).containsExactly("go", "run", "./cmd/server");
    }

    @Test
    void aLibraryInGoHasNothingToRun() {
        // given
        tree.with("go.mod", "module example.com/lib").with("lib.go", "package mainframe");

        // then
        assertThat(tree.names()).containsExactly("build", "test");
    }
}
