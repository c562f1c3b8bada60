package io.millrace.testkit.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/**
 * A finding that is right where it is.
 *
 * @param className binary name of the top-level class
 * @param what as in {@link Finding}
 * @param reason why the rule does not hold there
 */
record Exemption(String className, String what, String reason) {

    /** Fails on every finding without an exemption, and on every exemption without a finding. */
    static void assertNothingElse(List<Finding> findings, List<Exemption> exemptions) {
        assertThat(findings)
                .filteredOn(finding -> exemptions.stream().noneMatch(exemption -> exemption.covers(finding)))
                .isEmpty();
        assertThat(exemptions)
                .as("exemptions that nothing needs any more")
                .allMatch(exemption -> findings.stream().anyMatch(exemption::covers));
    }

    private boolean covers(Finding finding) {
        boolean isInClass =
                finding.className().equals(className) || finding.className().startsWith(className + "$");
        return isInClass && finding.what().equals(what);
    }
}
