package io.millrace.testkit.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.testkit.project.ProjectTree.Module;
import io.millrace.testkit.registry.TestResults.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestResultsTest {
    private static final String REPORT = """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuite name="a.SlotsTest" tests="6">
              <testcase name="passes" classname="a.SlotsTest" time="0.1"><system-out>failure</system-out></testcase>
              <testcase name="fails" classname="a.SlotsTest"><failure type="AssertionError">no</failure></testcase>
              <testcase name="breaks" classname="a.SlotsTest"><error type="IOException">no</error></testcase>
              <testcase name="isSkipped" classname="a.SlotsTest"><skipped message="needs root"/></testcase>
              <testcase name="takes(int)[1]" classname="a.SlotsTest"/>
              <testcase name="takes{int}[2]" classname="a.SlotsTest"><failure type="AssertionError">no</failure></testcase>
              <testcase name="isNested" classname="a.SlotsTest$WhenFull"/>
            </testsuite>
            """;

    @TempDir
    Path directory;

    @Test
    void readsTheOutcomeOfEveryTest() throws IOException {
        var results = results("target/surefire-reports/TEST-a.SlotsTest.xml");

        assertThat(results.of(claim("a.SlotsTest", "passes"))).isEqualTo(Outcome.PASSED);
        assertThat(results.of(claim("a.SlotsTest", "fails"))).isEqualTo(Outcome.FAILED);
        assertThat(results.of(claim("a.SlotsTest", "breaks"))).isEqualTo(Outcome.FAILED);
        assertThat(results.of(claim("a.SlotsTest", "isSkipped"))).isEqualTo(Outcome.SKIPPED);
        assertThat(results.of(claim("a.SlotsTest", "isForgotten"))).isEqualTo(Outcome.NOT_RUN);
    }

    @Test
    void aParameterisedTestFailedIfOneInvocationFailed() throws IOException {
        var results = results("target/surefire-reports/TEST-a.SlotsTest.xml");

        assertThat(results.of(claim("a.SlotsTest", "takes"))).isEqualTo(Outcome.FAILED);
    }

    @Test
    void aMarkedClassIncludesItsNestedTests() throws IOException {
        var results = results("target/surefire-reports/TEST-a.SlotsTest.xml");

        assertThat(results.of(claim("a.SlotsTest$WhenFull", null))).isEqualTo(Outcome.PASSED);
        assertThat(results.of(claim("a.SlotsTest", null))).isEqualTo(Outcome.FAILED);
    }

    @Test
    void integrationTestsCountToo() throws IOException {
        var results = results("target/failsafe-reports/TEST-a.SlotsTest.xml");

        assertThat(results.modules()).containsExactly("channel");
        assertThat(results.of(claim("a.SlotsTest", "passes"))).isEqualTo(Outcome.PASSED);
    }

    private TestResults results(String file) throws IOException {
        Path report = directory.resolve(file);
        Files.createDirectories(report.getParent());
        Files.writeString(report, REPORT);
        return TestResults.of(List.of(new Module("channel", directory)));
    }

    private static Claim claim(String className, @Nullable String method) {
        return new Claim("T-01", Claim.Origin.TEST, "channel", className, method, Instant.EPOCH);
    }
}
