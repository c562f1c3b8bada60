package io.millrace.testkit.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.testkit.registry.Claim.Origin;
import io.millrace.testkit.registry.ContractReport.Coverage;
import io.millrace.testkit.registry.ContractReport.Standing;
import io.millrace.testkit.registry.ContractReport.Status;
import io.millrace.testkit.registry.TestResults.Case;
import io.millrace.testkit.registry.TestResults.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContractReportTest {
    private static final Instant COMPILED = Instant.parse("2026-11-01T10:00:00Z");
    private static final Instant AFTER = COMPILED.plusSeconds(60);
    private static final Instant BEFORE = COMPILED.minusSeconds(60);

    private static final ContractList LIST = ContractList.parse(List.of(
            "| T-01 | G | One manager per channel | U |",
            "| T-02 | M | Create | U |",
            "## Met in another way",
            "| T-02 | By sharding. |"));

    @Test
    void aRowIsMetWhenATestThatClaimsItPassed() {
        var report = judge(List.of(claim("T-01", "works")), ran("works", Outcome.PASSED, AFTER));

        assertThat(report.faults()).isEmpty();
        assertThat(standing(report, "T-01").status()).isEqualTo(Status.MET);
        assertThat(standing(report, "T-01").proof()).isEqualTo("SlotsTest#works");
    }

    @Test
    void aClaimOfARowThatDoesNotExistIsAFault() {
        var report = judge(List.of(claim("T-99", "works")), ran("works", Outcome.PASSED, AFTER));

        assertThat(report.faults()).singleElement().asString().contains("SlotsTest#works", "T-99", "does not exist");
    }

    @Test
    void aClaimByAFailedTestIsAFaultAndItsRowIsOpenEvenIfAnotherTestPassed() {
        var report = judge(
                List.of(claim("T-01", "works"), claim("T-01", "fails")),
                ran("works", Outcome.PASSED, AFTER),
                ran("fails", Outcome.FAILED, AFTER));

        assertThat(report.faults()).singleElement().asString().contains("SlotsTest#fails", "failed");
        assertThat(standing(report, "T-01").status()).isEqualTo(Status.OPEN);
    }

    @Test
    void aClaimByATestThatNeverRanIsAFault() {
        var report = judge(List.of(claim("T-01", "works")), ran("another", Outcome.PASSED, AFTER));

        assertThat(report.faults()).singleElement().asString().contains("SlotsTest#works", "did not run");
        assertThat(standing(report, "T-01").status()).isEqualTo(Status.OPEN);
    }

    @Test
    void aReportOlderThanTheClassProvesNothing() {
        var report = judge(List.of(claim("T-01", "works")), ran("works", Outcome.PASSED, BEFORE));

        assertThat(report.faults()).singleElement().asString().contains("did not run");
    }

    @Test
    void aMissingResultLeavesTheRowOpenWithoutAFaultWhenOnlySomeTestsWereSelected() {
        var results = new TestResults(Set.of("channel"), List.of());

        var report = ContractReport.judge(LIST, List.of(claim("T-01", "works")), results, Coverage.SELECTED);

        assertThat(report.faults()).isEmpty();
        assertThat(standing(report, "T-01").status()).isEqualTo(Status.OPEN);
    }

    @Test
    void aMissingResultIsNoFaultInAModuleThatWasNotTested() {
        var results = new TestResults(Set.of("domain"), List.of());

        var report = ContractReport.judge(LIST, List.of(claim("T-01", "works")), results, Coverage.COMPLETE);

        assertThat(report.faults()).isEmpty();
    }

    @Test
    void aSkippedTestIsAFaultUnlessAnotherOneProvesTheRow() {
        var skipped = ran("works", Outcome.SKIPPED, AFTER);

        var alone = judge(List.of(claim("T-01", "works")), skipped);
        var beside = judge(
                List.of(claim("T-01", "works"), claim("T-01", "worksToo")),
                skipped,
                ran("worksToo", Outcome.PASSED, AFTER));

        assertThat(alone.faults()).singleElement().asString().contains("was skipped");
        assertThat(beside.faults()).isEmpty();
        assertThat(standing(beside, "T-01").proof()).isEqualTo("SlotsTest#worksToo");
    }

    @Test
    void aMarkedClassStandsForAllItsTests() {
        var claims = List.of(claim("T-01", null));

        var passed = judge(claims, ran("one", Outcome.PASSED, AFTER), ran("two", Outcome.SKIPPED, AFTER));
        var failed = judge(claims, ran("one", Outcome.PASSED, AFTER), ran("two", Outcome.FAILED, AFTER));

        assertThat(standing(passed, "T-01").status()).isEqualTo(Status.MET);
        assertThat(failed.faults()).singleElement().asString().contains("SlotsTest claims T-01 and failed");
    }

    @Test
    void aBenchmarkMakesARowABenchmarkRow() {
        var benchmark = new Claim("T-01", Origin.BENCHMARK, "benchmarks", "io.millrace.Submit", "single", COMPILED);

        var report = judge(List.of(benchmark));

        assertThat(report.faults()).isEmpty();
        assertThat(standing(report, "T-01")).returns(Status.BENCHMARK, Standing::status);
    }

    @Test
    void aRowWithAReasonIsMetOtherwise() {
        var report = judge(List.of());

        assertThat(standing(report, "T-02").status()).isEqualTo(Status.OTHERWISE);
        assertThat(standing(report, "T-02").proof()).isEqualTo("By sharding.");
    }

    @Test
    void writesOneLinePerRow(@TempDir Path directory) throws IOException {
        var file = directory.resolve("target/status.tsv");

        judge(List.of(claim("T-01", "works")), ran("works", Outcome.PASSED, AFTER))
                .write(file, AFTER);

        assertThat(Files.readAllLines(file))
                .containsExactly(
                        "# 2026-11-01T10:01:00Z",
                        "T-01\tmet\tG\tSlotsTest#works\tOne manager per channel",
                        "T-02\totherwise\tM\tBy sharding.\tCreate");
    }

    private static ContractReport judge(List<Claim> claims, Case... cases) {
        return ContractReport.judge(
                LIST, claims, new TestResults(Set.of("channel"), List.of(cases)), Coverage.COMPLETE);
    }

    private static Claim claim(String row, @Nullable String method) {
        return new Claim(row, Origin.TEST, "channel", "io.millrace.channel.SlotsTest", method, COMPILED);
    }

    private static Case ran(String method, Outcome outcome, Instant reported) {
        return new Case("io.millrace.channel.SlotsTest", method, outcome, reported);
    }

    private static Standing standing(ContractReport report, String row) {
        return report.standings().stream()
                .filter(standing -> standing.row().id().equals(row))
                .findFirst()
                .orElseThrow();
    }
}
