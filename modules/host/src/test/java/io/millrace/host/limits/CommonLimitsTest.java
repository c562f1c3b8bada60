package io.millrace.host.limits;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CommonLimitsTest {
    private static final CommonLimits LIMITS = new CommonLimits(100, 1 << 20, 60, 50);
    private static final long ANY = Long.MAX_VALUE;

    @Test
    void oneWordSaysAllOfThem() {
        assertThat(CommonLimits.parse(LIMITS.text())).isEqualTo(LIMITS);
    }

    @Test
    void whatIsInheritedIsNotSetAgain() {
        assertThat(LIMITS.notIn(new SystemLimits(100, ANY, 2 << 20, 59, ANY)))
                .isEqualTo(new CommonLimits(0, 1 << 20, 0, 50));
        assertThat(CommonLimits.NONE.notIn(new SystemLimits(ANY, ANY, ANY, ANY, ANY)))
                .isEqualTo(CommonLimits.NONE);
    }

    @Test
    void theSystemGrantsNoMoreThanItHas() {
        assertThat(LIMITS.within(new SystemLimits(20, ANY, ANY, ANY, 10)))
                .isEqualTo(new CommonLimits(20, 1 << 20, 60, 10));
    }

    @Test
    void usersThatCommandsShareWithTheNodeAreNotCounted() {
        assertThat(LIMITS.description(true))
                .containsEntry("processes of a user", "50 processes and threads of all its" + " commands together");
        assertThat(LIMITS.description(false).get("processes of a user")).startsWith("not enforced");
        assertThat(LIMITS.withoutProcesses()).isEqualTo(new CommonLimits(100, 1 << 20, 60, 0));
    }

    @Test
    void whatIsNotSetIsSaidWithItsSetting() {
        assertThat(new CommonLimits(100, 0, 0, 0).description(true))
                .containsEntry("core dumps", "none")
                .containsEntry("file size", "no limit is set (millrace.processes.limits.file-size)")
                .containsEntry("processor time", "no limit is set (millrace.processes.limits.cpu-time)")
                .containsEntry("open files", "100 for each process, fewer where its job declares it");
    }
}
