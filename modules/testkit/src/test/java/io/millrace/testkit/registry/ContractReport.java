package io.millrace.testkit.registry;

import static java.util.stream.Collectors.joining;

import io.millrace.testkit.registry.TestResults.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Judges claims by test results: what each row stands at, and what is wrong with the claims.
 *
 * @param standings one for every row, in the order of the rows
 * @param faults claims that do not hold, each with what to do; a complete build has none
 */
record ContractReport(List<Standing> standings, List<String> faults) {

    /** What a row stands at, the meanings of {@code modules/contracts.md}. */
    enum Status {
        MET,
        BENCHMARK,
        OTHERWISE,
        OPEN
    }

    /**
     * A row and its status.
     *
     * @param proof the tests or benchmarks that prove the row, or the reason it is met otherwise; may be empty
     */
    record Standing(ContractList.Row row, Status status, String proof) {}

    /** How much of the tests this build ran. */
    enum Coverage {
        /** All: a claim whose test has no result is a fault. */
        COMPLETE,
        /** A selection: a claim whose test has no result only leaves its row open. */
        SELECTED
    }

    private record JudgedClaim(Claim claim, Outcome outcome) {}

    static ContractReport judge(ContractList list, List<Claim> claims, TestResults results, Coverage coverage) {
        Map<String, List<JudgedClaim>> byRow = new LinkedHashMap<>();
        list.rows().keySet().forEach(id -> byRow.put(id, new ArrayList<>()));
        List<String> faults = new ArrayList<>();
        for (Claim claim : claims) {
            List<JudgedClaim> ofRow = byRow.get(claim.row());
            if (ofRow == null) {
                faults.add(claim.place() + " claims " + claim.row()
                        + ", which does not exist; modules/contracts.md has the rows");
            } else {
                ofRow.add(new JudgedClaim(claim, results.of(claim)));
            }
        }
        byRow.forEach((id, ofRow) -> faults.addAll(faults(id, ofRow, results, coverage)));
        List<Standing> standings = list.rows().values().stream()
                .map(row -> standing(
                        row,
                        byRow.getOrDefault(row.id(), List.of()),
                        list.otherwise().get(row.id())))
                .toList();
        Collections.sort(faults);
        return new ContractReport(standings, List.copyOf(faults));
    }

    private static List<String> faults(String row, List<JudgedClaim> claims, TestResults results, Coverage coverage) {
        boolean hasPassed = claims.stream().anyMatch(judged -> judged.outcome() == Outcome.PASSED);
        List<String> faults = new ArrayList<>();
        for (JudgedClaim judged : claims) {
            Claim claim = judged.claim();
            if (claim.origin() == Claim.Origin.BENCHMARK) {
                continue;
            }
            String subject = claim.place() + " claims " + row;
            switch (judged.outcome()) {
                case FAILED ->
                    faults.add(subject + " and failed; its report in modules/" + claim.module() + "/target says why");
                case SKIPPED -> {
                    if (!hasPassed) {
                        faults.add(subject + " and was skipped, and no other test proves the row;"
                                + " run it where it is not skipped or take the mark away");
                    }
                }
                case NOT_RUN -> {
                    if (coverage == Coverage.COMPLETE && results.modules().contains(claim.module())) {
                        faults.add(subject + " and did not run; is it a @Test, and does its class end in Test or IT?");
                    }
                }
                case PASSED -> {}
            }
        }
        return faults;
    }

    private static Standing standing(ContractList.Row row, List<JudgedClaim> claims, @Nullable String otherwise) {
        boolean hasFailed = claims.stream().anyMatch(judged -> judged.outcome() == Outcome.FAILED);
        List<JudgedClaim> passed = claims.stream()
                .filter(judged -> judged.outcome() == Outcome.PASSED)
                .toList();
        if (!hasFailed && !passed.isEmpty()) {
            return new Standing(row, Status.MET, places(passed));
        }
        List<JudgedClaim> benchmarks = claims.stream()
                .filter(judged -> judged.claim().origin() == Claim.Origin.BENCHMARK)
                .toList();
        if (!benchmarks.isEmpty()) {
            return new Standing(row, Status.BENCHMARK, places(benchmarks));
        }
        return otherwise == null
                ? new Standing(row, Status.OPEN, places(claims))
                : new Standing(row, Status.OTHERWISE, otherwise);
    }

    private static String places(List<JudgedClaim> claims) {
        return claims.stream()
                .map(judged -> judged.claim().place())
                .sorted()
                .distinct()
                .collect(joining(" "));
    }

    /** Writes one line per row, its fields separated by tabs: id, status, kind, proof, requirement. */
    void write(Path file, Instant now) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add("# " + now.truncatedTo(ChronoUnit.SECONDS));
        for (Standing standing : standings) {
            lines.add(String.join(
                    "\t",
                    standing.row().id(),
                    standing.status().name().toLowerCase(Locale.ROOT),
                    standing.row().kind(),
                    standing.proof(),
                    standing.row().requirement()));
        }
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.write(file, lines);
    }
}
