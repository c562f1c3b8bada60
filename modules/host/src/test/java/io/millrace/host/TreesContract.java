package io.millrace.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That nothing of a command outlives it, with any process host. */
public abstract class TreesContract extends ProcessHostFixture {
    protected TreesContract(HostUnderTest kind) {
        super(kind);
    }

    /** A descendant that ignores whatever can be ignored. */
    @BeforeEach
    void writeStubborn() throws IOException {
        Files.writeString(
                home.resolve("stubborn"), "trap '' TERM HUP INT; echo $$ > child; while :; do sleep 1; done\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sh stubborn &",
                "setsid sh stubborn &",
                "(setsid sh stubborn &)",
                "(setsid sh -c '(setsid sh stubborn &)' &)",
                "(setsid sh stubborn > /dev/null 2>&1 < /dev/null &)"
            })
    void killingReachesEveryDescendantWhereverItWent(String escape) {
        // given
        var order = shell(escape + "\ntrap '' TERM; while :; do sleep 1; done");
        var run = start(order);
        int leader = run.started().pid();
        int child = pidIn("child", run);

        // when
        host.kill(order.key());

        // then
        assertThat(run.ended().status().signal()).isEqualTo("SIGKILL");
        assertThat(isAlive(leader)).isFalse();
        assertThat(isAlive(child)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sh stubborn &",
                "(setsid sh stubborn &)",
                "(setsid sh -c '(setsid sh stubborn &)' > /dev/null 2>&1 < /dev/null &)"
            })
    void whatACommandLeavesBehindEndsWithIt(String escape) {
        // when
        var run = start(shell(escape + "\nwhile [ ! -s child ]; do sleep 0.01; done; exit 5"));

        // then
        assertThat(run.ended().status().exitCode()).isEqualTo(5);
        assertThat(run.ended().leftovers()).isPositive();
        assertThat(isAlive(pidIn("child", run))).isFalse();
    }

    @Test
    void anotherRunIsLeftAlone() {
        // given
        var victim = command("sleep", "60");
        var bystander = command("sleep", "60");
        var killed = start(victim);
        var living = start(bystander);
        killed.started();
        int pid = living.started().pid();

        // when
        host.kill(victim.key());
        killed.ended();

        // then
        assertThat(isAlive(pid)).isTrue();
        assertThat(living.hasEnded()).isFalse();
    }
}
