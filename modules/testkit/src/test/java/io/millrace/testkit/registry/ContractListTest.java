package io.millrace.testkit.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.testkit.project.ProjectTree;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ContractListTest {

    @Test
    void theListOfTheProjectHasAllItsRows() throws IOException {
        var list = ContractList.read(ProjectTree.path("modules/contracts.md"));

        assertThat(list.rows()).hasSize(510).containsKeys("T-63", "R-57", "C-69", "B-194", "G-103", "D-24");
    }

    @Test
    void readsRowsAndReasonsAndPassesOverEverythingElse() {
        var list = ContractList.parse(List.of(
                "# Contracts",
                "| id | kind | requirement | check |",
                "|---|---|---|---|",
                "| T-01 | G | One manager per channel | A: only it spawns |",
                "## Met in another way",
                "| T-01 | By sharding. |"));

        assertThat(list.rows().values())
                .containsExactly(new ContractList.Row("T-01", "G", "One manager per channel", "A: only it spawns"));
        assertThat(list.otherwise()).containsEntry("T-01", "By sharding.");
    }

    @Test
    void aMissingRowIsNoticedByTheNextNumber() {
        var lines = List.of("| T-01 | G | one | U |", "| T-03 | G | three | U |");

        assertThatThrownBy(() -> ContractList.parse(lines)).hasMessageContaining("number 2 of section T");
    }

    @Test
    void aPipeInsideARowIsRefused() {
        assertThatThrownBy(() -> ContractList.parse(List.of("| T-01 | G | one | or two | U |")))
                .hasMessageContaining("has 5 cells, expected 4");
    }

    @Test
    void aReasonForAnUnknownRowIsRefused() {
        var lines = List.of("| T-01 | G | one | U |", "## Met in another way", "| T-02 | By design. |");

        assertThatThrownBy(() -> ContractList.parse(lines)).hasMessageContaining("a row that does not exist");
    }
}
