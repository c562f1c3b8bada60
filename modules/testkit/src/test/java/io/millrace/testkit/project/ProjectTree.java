package io.millrace.testkit.project;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The directories of the project, found from the directory a test runs in. */
public final class ProjectTree {
    private static final Path ROOT = findRoot();

    private ProjectTree() {}

    /** A Maven module, by the name of its directory. */
    public record Module(String name, Path directory) {
        public Path sources() {
            return directory.resolve("src/main/java");
        }

        public Path classes() {
            return directory.resolve("target/classes");
        }

        public Path testClasses() {
            return directory.resolve("target/test-classes");
        }

        /** Where unit tests and integration tests leave their reports; a directory may be missing. */
        public List<Path> reports() {
            return List.of(directory.resolve("target/surefire-reports"), directory.resolve("target/failsafe-reports"));
        }
    }

    /** A file or directory by its path below the root of the project. */
    public static Path path(String relative) {
        return ROOT.resolve(relative);
    }

    /** Every module, in the order of their names. */
    public static List<Module> modules() {
        try (Stream<Path> children = Files.list(path("modules"))) {
            return children.filter(child -> Files.exists(child.resolve("pom.xml")))
                    .sorted()
                    .map(child -> new Module(child.getFileName().toString(), child))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Module module(String name) {
        return new Module(name, path("modules").resolve(name));
    }

    /** Every file below a directory whose name ends as given, sorted; none if the directory is missing. */
    public static List<Path> files(Path directory, String ending) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.getFileName().toString().endsWith(ending))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path findRoot() {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            if (Files.exists(at.resolve("modules/contracts.md"))) {
                return at;
            }
        }
        throw new IllegalStateException("not inside the project: no modules/contracts.md in "
                + Path.of("").toAbsolutePath() + " or above; run the tests from a directory of the project");
    }
}
