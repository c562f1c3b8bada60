package io.millrace.testkit.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.testkit.project.ProjectTree;
import io.millrace.testkit.registry.ContractReport.Coverage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/**
 * Holds every {@code @Proves} mark of the project against the reports of this build and writes what
 * {@code scripts/contracts} prints.
 *
 * <p>The name ends in Check so that neither unit nor integration tests pick it up: the build runs it on its own after
 * both, in the module that is built last, because it reads their reports.
 */
class ContractRegistryCheck {
    private static final Path STATUS = ProjectTree.path("modules/testkit/target/contract-status.tsv");

    @Test
    void everyClaimedRowIsProvenByATestThatPassed() throws IOException {
        var list = ContractList.read(ProjectTree.path("modules/contracts.md"));
        var modules = ProjectTree.modules();

        var report = ContractReport.judge(list, Claims.of(modules), TestResults.of(modules), coverage());
        report.write(STATUS, Instant.now());

        assertThat(report.faults()).as("claims that do not hold").isEmpty();
    }

    /** Maven hands its own properties on; these two select tests by name. */
    private static Coverage coverage() {
        boolean isSelected = System.getProperty("test") != null || System.getProperty("it.test") != null;
        return isSelected ? Coverage.SELECTED : Coverage.COMPLETE;
    }
}
