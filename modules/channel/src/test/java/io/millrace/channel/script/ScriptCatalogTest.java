package io.millrace.channel.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.process.ScriptListing;
import io.millrace.contracts.process.ScriptView;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScriptCatalogTest {
    private static final String SCRIPTS =
            "{\"scripts\": {\"dev\": \"vite\", \"test\": \"vitest\", \"build\": \"tsc\"}}";

    private final ScriptCatalog catalog = new ScriptCatalog(Runnable::run);

    @TempDir
    private Path root;

    private ProjectTree tree;

    @BeforeEach
    void setUp() {
        tree = new ProjectTree(root);
    }

    @Test
    void aScriptIsFoundByItsName() {
        // given
        tree.with("package.json", SCRIPTS);

        // then
        assertThat(resolve("dev").command()).containsExactly("npm", "run", "dev");
        assertThat(resolve("npm:dev").command()).containsExactly("npm", "run", "dev");
    }

    @Test
    void aNameThatTwoToolsHaveNeedsTheTool() {
        // given
        tree.with("package.json", SCRIPTS).with("Cargo.toml", "[package]", "name = 'shop'");

        // then
        assertThat(tree.names()).containsExactly("dev", "npm:test", "npm:build", "cargo:build", "check", "cargo:test");
        assertThat(resolve("cargo:test").command()).containsExactly("cargo", "test");
        assertThat(problem(root.toString(), "test").detail()).endsWith("Did you mean npm:test or cargo:test?");
    }

    @Test
    void anUnknownNameIsAnsweredWithWhatComesNear() {
        // given
        tree.with("package.json", SCRIPTS);

        // when
        var problem = problem(root.toString(), "bild");

        // then
        assertThat(problem.code()).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(problem.detail()).isEqualTo("There is no script 'bild' in " + root + ". Did you mean build?");
    }

    @Test
    void anAnswerAboutAnUnknownNameSaysWhichFilesWereLeftOut() {
        // given
        tree.with("package.json", "{");

        // then
        assertThat(problem(root.toString(), "dev").detail())
                .contains("Nothing was found there that can be started.", "package.json was left out");
    }

    @Test
    void aDirectoryThatCannotBeLookedAtIsRefused() {
        // given
        tree.with("file");

        // then
        assertThat(problem("apps/web", "dev").detail())
                .isEqualTo("The directory 'apps/web' is relative. Give an absolute path.");
        assertThat(problem("apps/web", "dev").code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(problem(root + "/missing", "dev").code()).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(problem(root + "/file", "dev").detail()).contains("is not a directory.");
        assertThat(problem("/a\0b", "dev").detail()).contains("is not a path");
        assertThat(problem("", "dev").code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
    }

    @Test
    void aDirectoryThatMayNotBeReadIsRefused() {
        // given
        assumeFalse("root".equals(System.getProperty("user.name")), "root may read everything");
        assertThat(root.toFile().setReadable(false)).isTrue();

        // then
        assertThat(problem(root.toString(), "dev").detail()).contains("cannot be read by the node's user");
    }

    @Test
    void filesAreReadWhereThatMayBlock() {
        // given
        var tasks = new ArrayDeque<Runnable>();
        tree.with("package.json", SCRIPTS);

        // when
        var listing = new ScriptCatalog(tasks::add).list(root.toString()).toCompletableFuture();
        assertThat(listing).isNotDone();
        tasks.remove().run();

        // then
        assertThat(listing.join().scripts()).hasSize(3);
    }

    @Test
    void failuresAreProblemsAndNotWrapped() {
        // when
        CompletableFuture<ScriptListing> listing = catalog.list("relative").toCompletableFuture();

        // then
        assertThat(listing.exceptionNow()).isInstanceOf(MillraceException.class);
        assertThatThrownBy(listing::join).isInstanceOf(CompletionException.class);
    }

    @Test
    void aFileThatIsALinkOutOfTheDirectoryIsNotRead() throws Exception {
        // given
        tree.with("inside/Makefile").with("outside.json", SCRIPTS);
        Files.createSymbolicLink(root.resolve("inside/package.json"), root.resolve("outside.json"));

        // when
        var inside = new ProjectTree(root.resolve("inside"));

        // then
        assertThat(inside.names()).isEmpty();
        assertThat(inside.warnings()).singleElement().asString().startsWith("package.json was left out: it is a link");
    }

    @Test
    void aDirectoryReachedThroughALinkIsStartedInUnderItsName() throws Exception {
        // given
        tree.with("real/package.json", SCRIPTS);
        var link = Files.createSymbolicLink(root.resolve("link"), root.resolve("real"));

        // then
        assertThat(new ProjectTree(link).script("dev").directory()).isEqualTo(link.toString());
    }

    @Test
    void aPathThatGoesUpBehindALinkIsTheDirectoryTheSystemMeans() throws Exception {
        // given a link to somewhere deeper
        tree.with("a/b/package.json", "{}").with("a/package.json", SCRIPTS).with("package.json", "{}");
        Files.createSymbolicLink(root.resolve("link"), root.resolve("a/b"));

        // then
        assertThat(new ProjectTree(root.resolve("link/..")).script("dev").directory())
                .isEqualTo(root.toRealPath().resolve("a").toString());
    }

    @Test
    void aPipeInPlaceOfAFileIsNotWaitedFor() throws Exception {
        // given
        assertThat(new ProcessBuilder("mkfifo", root.resolve("package.json").toString())
                        .start()
                        .waitFor())
                .isZero();

        // then
        assertThat(tree.listing().scripts()).isEmpty();
    }

    private ScriptView resolve(String name) {
        return catalog.resolve(root.toString(), name).toCompletableFuture().join();
    }

    private Problem problem(String directory, String name) {
        var answer = catalog.resolve(directory, name).toCompletableFuture();
        var failure = catchThrowableOfType(CompletionException.class, answer::join);
        return ((MillraceException) Objects.requireNonNull(failure.getCause())).problem();
    }
}
