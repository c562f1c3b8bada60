package io.millrace.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Compares the node's class path, as the build wrote it to {@code target/runtime-libraries.txt}, with the libraries
 * {@code modules/dependencies.txt} allows.
 */
class RuntimeLibrariesTest {
    private static final Path ALLOWED = Path.of("../dependencies.txt");
    private static final Path ON_CLASS_PATH = Path.of("target/runtime-libraries.txt");
    private static final Pattern ALLOWED_LINE = Pattern.compile("(?<library>[\\w.-]+:[\\w.-]+)\\s+(?<reason>\\S.*)");
    private static final Pattern CLASS_PATH_LINE =
            Pattern.compile("\\s+(?<library>[\\w.-]+:[\\w.-]+):jar:\\S+:(compile|runtime)\\b.*");

    @Test
    @Proves("D-08")
    void everyLibraryOfTheNodeIsAllowedForARecordedReason() throws IOException {
        var allowed = libraries(ALLOWED, ALLOWED_LINE);

        var onClassPath = libraries(ON_CLASS_PATH, CLASS_PATH_LINE);

        assertThat(onClassPath)
                .as("libraries on the node's class path; add a new one to modules/dependencies.txt with its reason")
                .isNotEmpty()
                .isSubsetOf(allowed);
    }

    @Test
    void everyAllowedLibraryIsStillUsed() throws IOException {
        var onClassPath = libraries(ON_CLASS_PATH, CLASS_PATH_LINE);

        var allowed = libraries(ALLOWED, ALLOWED_LINE);

        assertThat(allowed)
                .as("libraries in modules/dependencies.txt; delete the line of one the node no longer has")
                .isSubsetOf(onClassPath);
    }

    @Test
    void everyLineOfTheAllowListNamesALibraryAndAReason() throws IOException {
        try (Stream<String> lines = Files.lines(ALLOWED)) {
            var entries = lines.filter(line -> !line.isBlank() && !line.startsWith("#"));

            assertThat(entries)
                    .isNotEmpty()
                    .allMatch(line -> ALLOWED_LINE.matcher(line).matches());
        }
    }

    @Test
    @Proves({"D-02", "D-03", "D-04"})
    void nodeIsBuiltOnTypedPekkoWithItsClusterAndHttpServerAndLogsThroughLogback() throws IOException {
        assertThat(libraries(ON_CLASS_PATH, CLASS_PATH_LINE))
                .contains(
                        "org.apache.pekko:pekko-actor-typed_2.13",
                        "org.apache.pekko:pekko-http_2.13",
                        "org.apache.pekko:pekko-cluster-typed_2.13",
                        "org.apache.pekko:pekko-cluster-sharding-typed_2.13",
                        "ch.qos.logback:logback-classic");
    }

    private static Set<String> libraries(Path file, Pattern form) throws IOException {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.map(form::matcher)
                    .filter(Matcher::matches)
                    .map(matcher -> matcher.group("library"))
                    .collect(Collectors.toUnmodifiableSet());
        }
    }
}
