package io.millrace.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.host.RunListener.EndReason;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** That no command runs without a lease, with any process host. */
public abstract class LeasesContract extends ProcessHostFixture {
    private static final Duration SHORT = Duration.ofMillis(500);

    protected LeasesContract(HostUnderTest kind) {
        super(kind);
    }

    @Test
    void aCommandAndItsTreeEndWhenTheLeaseRunsOut() {
        // given
        long deadline = nanosFromNow(SHORT);

        // when
        var run = start(shell("(setsid sh -c 'echo $$ > child; exec sleep 60' &); exec sleep 60")
                .until(deadline));
        int child = pidIn("child", run);
        var ended = run.ended();
        long lateness = System.nanoTime() - deadline;

        // then
        assertThat(ended.reason()).isEqualTo(EndReason.LEASE);
        assertThat(ended.status().signal()).isEqualTo("SIGKILL");
        assertThat(isAlive(child)).isFalse();
        assertThat(lateness).isBetween(0L, HostLimits.LEASE_LATENESS_MAX.toNanos());
    }

    @Test
    void fiftyTreesEndInTimeWhenTheirLeasesRunOutTogether() {
        // given trees of which each has a part that left session and parent, and ignores what can be ignored
        long deadline = nanosFromNow(Duration.ofSeconds(6));
        var runs = IntStream.range(0, 50)
                .mapToObj(number -> start(shell("(setsid sh -c 'trap \"\" TERM HUP; echo $$ > child" + number
                                + "; while :; do sleep 1; done' &); trap '' TERM; while :; do sleep 1; done")
                        .until(deadline)))
                .toList();
        var children = IntStream.range(0, 50)
                .mapToObj(number -> pidIn("child" + number, runs.get(number)))
                .toList();

        // when
        runs.forEach(RecordedRun::ended);
        long lateness = System.nanoTime() - deadline;

        // then
        assertThat(lateness).isBetween(0L, HostLimits.LEASE_LATENESS_MAX.toNanos());
        assertThat(children).noneMatch(ProcessHostFixture::isAlive);
        assertThat(runs).allMatch(run -> run.ended().reason() == EndReason.LEASE);
    }

    @Test
    void aRenewedLeaseLetsItGoOn() {
        // given
        var order = shell("sleep 1; echo done").until(nanosFromNow(SHORT));
        var run = start(order);

        // when
        host.renew(Map.of(order.key(), nanosFromNow(LEASE)));

        // then
        assertThat(run.ended().status().exitCode()).isZero();
        assertThat(run.ended().reason()).isNull();
    }

    @Test
    void aRenewalThatCameLateOverTakesBackNothing() {
        // given a lease that was renewed
        var order = shell("sleep 1; echo done").until(nanosFromNow(SHORT));
        var run = start(order);
        long earlier = nanosFromNow(SHORT);
        host.renew(Map.of(order.key(), nanosFromNow(LEASE)));

        // when an older one arrives
        host.renew(Map.of(order.key(), earlier));

        // then
        assertThat(run.ended().reason()).isNull();
    }

    @Test
    void aLapsedLeaseIsNotRevived() {
        // given a command that takes a moment to be gone
        var order = command("sleep", "60").until(nanosFromNow(SHORT));
        var run = start(order);
        run.started();
        while (System.nanoTime() - order.deadlineNanos() < 0) {
            Thread.onSpinWait();
        }

        // when
        host.renew(Map.of(order.key(), nanosFromNow(LEASE)));

        // then
        assertThat(run.ended().reason()).isEqualTo(EndReason.LEASE);
    }

    @Test
    void nothingIsStartedAfterTheDeadline() {
        // when
        var run = start(shell("echo x > ran").until(System.nanoTime() - 1));

        // then
        assertThat(run.problem().code()).isEqualTo(ErrorCode.UNAVAILABLE);
        assertThat(run.problem().detail())
                .startsWith("The command was not started: the time in which its node may run it");
        assertThat(Files.exists(home.resolve("ran"))).isFalse();
    }
}
