package io.millrace.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.log.LogStream;
import io.millrace.host.limits.CommonLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What every command is held to, with any process host that was given {@link #LIMITS}. */
public abstract class LimitsContract extends ProcessHostFixture {
    public static final CommonLimits LIMITS = new CommonLimits(200, 1 << 20, 1, 0);

    protected LimitsContract(HostUnderTest kind) {
        super(kind);
    }

    @Test
    void everyCommandHasTheLimitsOfItsNode() {
        // when
        var run = start(shell("ulimit -n; ulimit -H -n; ulimit -f; ulimit -H -f; ulimit -t; ulimit -H -t; ulimit -c;"
                + " ulimit -H -c"));

        // then
        assertThat(run.ended().status().exitCode()).isZero();
        assertThat(run.text(LogStream.STDOUT).lines())
                .containsExactly("200", "200", "2048", "2048", "1", "6", "0", "0");
    }

    @Test
    void aFileCannotGrowBeyondItsLength() throws IOException {
        // when
        var run = start(command("sh", "-c", "exec head -c 2000000 /dev/zero > big"));

        // then
        assertThat(run.ended().status().signal()).isEqualTo("SIGXFSZ");
        assertThat(Files.size(home.resolve("big"))).isEqualTo(LIMITS.fileBytes());
    }

    @Test
    void aProcessThatHasUsedUpItsTimeOfProcessorsIsEnded() {
        // when
        var run = start(shell("while :; do :; done"));

        // then
        assertThat(run.ended().status().signal()).isEqualTo("SIGXCPU");
    }

    @Test
    void whenMemoryIsShortCommandsEndBeforeTheirHost() throws IOException {
        // given
        int own = score(host.pid());

        // when
        int pid = start(command("sleep", "60")).started().pid();

        // then
        assertThat(score(pid)).isEqualTo(Math.min(1_000, own + HostLimits.OUT_OF_MEMORY_POINTS));
        assertThat(score(host.pid())).isEqualTo(own);
    }

    private static int score(int pid) throws IOException {
        return Integer.parseInt(Files.readString(Path.of("/proc", Integer.toString(pid), "oom_score_adj"))
                .strip());
    }
}
