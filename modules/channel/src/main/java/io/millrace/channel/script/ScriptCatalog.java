package io.millrace.channel.script;

import io.millrace.channel.NearNames;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.process.ScriptListing;
import io.millrace.contracts.process.ScriptView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Says what can be started in a directory of this node (HTTP contract, section 7; contract row B-30). Nothing is kept: each
 * request looks at the files as they are.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class ScriptCatalog {
    private static final String COMPONENT = "ServiceManager";

    private static final List<ScriptSource> SOURCES = List.of(
            new PackageScripts(),
            new DenoTasks(),
            new MakeTargets(),
            new JustRecipes(),
            new TaskfileTasks(),
            new MavenGoals(),
            new GradleTasks(),
            new CargoCommands(),
            new GoCommands(),
            new PythonCommands(),
            new ComposerScripts(),
            new RakeTasks(),
            new ProcfileLines(),
            new EditorTasks());

    private final Executor blocking;

    /** @param blocking where files are read; its threads may wait for a disk */
    public ScriptCatalog(Executor blocking) {
        this.blocking = blocking;
    }

    /**
     * What can be started in a directory and in the members of a monorepo whose root it is.
     *
     * @param directory absolute path
     * @return fails with {@code INVALID_ARGUMENT} if it is no directory that can be read, and with {@code NOT_FOUND} if it
     *     does not exist
     */
    public CompletionStage<ScriptListing> list(String directory) {
        return later(() -> search(directory).listing());
    }

    /**
     * The script of a name. {@code <tool>:<name>} names the script of a tool even where the listing needs no tool.
     *
     * @return fails as {@link #list} does, and with {@code NOT_FOUND}, naming what comes near, if there is no such script
     */
    public CompletionStage<ScriptView> resolve(String directory, String name) {
        return later(() -> {
            var search = search(directory);
            return search.script(name).orElseThrow(() -> unknown(name, directory, search.listing()));
        });
    }

    private <T> CompletionStage<T> later(Supplier<T> answer) {
        var promise = new CompletableFuture<T>();
        blocking.execute(() -> {
            try {
                promise.complete(answer.get());
            } catch (RuntimeException e) {
                promise.completeExceptionally(e);
            }
        });
        return promise;
    }

    private static ScriptSearch search(String directory) {
        var search = searchIn(directory);
        var root = search.root();
        SOURCES.forEach(source -> source.find(root));
        for (var member : new Workspaces(search).members(root)) {
            SOURCES.forEach(source -> source.find(member));
        }
        return search;
    }

    /** A path that goes up again means another directory where a link lies in between, so such a one is resolved. */
    private static ScriptSearch searchIn(String directory) {
        var path = existing(directory);
        try {
            var real = path.toRealPath();
            return new ScriptSearch(path.equals(path.normalize()) ? path : real, real);
        } catch (IOException e) {
            throw refused(ErrorCode.NOT_FOUND, directory, "cannot be found any more: it was removed just now.");
        }
    }

    private static Path existing(String directory) {
        var path = path(directory);
        if (!path.isAbsolute()) {
            throw refused(ErrorCode.INVALID_ARGUMENT, directory, "is relative. Give an absolute path.");
        }
        if (!Files.exists(path)) {
            throw refused(
                    ErrorCode.NOT_FOUND, directory, "does not exist on this node. Create it, or correct the path.");
        }
        if (!Files.isDirectory(path)) {
            throw refused(ErrorCode.INVALID_ARGUMENT, directory, "is not a directory. Name the directory it lies in.");
        }
        if (!Files.isReadable(path) || !Files.isExecutable(path)) {
            throw refused(
                    ErrorCode.INVALID_ARGUMENT,
                    directory,
                    "cannot be read by the node's user. Change its permissions (read and execute are needed).");
        }
        return path;
    }

    private static Path path(String directory) {
        try {
            return Path.of(directory);
        } catch (InvalidPathException e) {
            throw refused(ErrorCode.INVALID_ARGUMENT, directory, "is not a path: " + e.getReason() + ".");
        }
    }

    private static MillraceException refused(ErrorCode code, String directory, String reason) {
        String shown = PlainText.of(directory);
        return Problem.of(code, COMPONENT, "The directory '" + shown + "' " + reason, Map.of("directory", shown))
                .asException();
    }

    private static MillraceException unknown(String name, String directory, ScriptListing listing) {
        String shown = PlainText.of(name);
        String detail = "There is no script '" + shown + "' in " + PlainText.of(directory) + ". " + hint(name, listing)
                + warnings(listing);
        return Problem.of(
                        ErrorCode.NOT_FOUND,
                        COMPONENT,
                        detail,
                        Map.of("script", shown, "directory", PlainText.of(directory)))
                .asException();
    }

    private static String hint(String name, ScriptListing listing) {
        var names = listing.scripts().stream().map(ScriptView::name).toList();
        if (names.isEmpty()) {
            return "Nothing was found there that can be started. Name the directory of a project, or give a command.";
        }
        var near = NearNames.of(name, names);
        return near.isEmpty()
                ? "List the scripts of the directory to see all " + names.size() + "."
                : "Did you mean " + String.join(" or ", near) + "?";
    }

    private static String warnings(ScriptListing listing) {
        return listing.warnings().stream()
                .limit(NearNames.COUNT_MAX)
                .map(warning -> " " + warning)
                .collect(Collectors.joining());
    }
}
