package io.millrace.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.contracts.log.LogStream;
import java.io.IOException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What commands write, and how it gets to whoever listens, with any process host. */
public abstract class OutputContract extends ProcessHostFixture {
    private static final int MEBIBYTE = 1024 * 1024;

    protected OutputContract(HostUnderTest kind) {
        super(kind);
    }

    @Test
    void theStreamsAreKeptApartEachInItsOrder() {
        // when
        var run = start(shell("for i in 1 2 3; do echo out $i; echo err $i >&2; done"));

        // then
        assertThat(run.ended().status().exitCode()).isZero();
        assertThat(run.text(LogStream.STDOUT)).isEqualTo("out 1\nout 2\nout 3\n");
        assertThat(run.text(LogStream.STDERR)).isEqualTo("err 1\nerr 2\nerr 3\n");
    }

    @Test
    void muchMoreThanAPipeHoldsComesWhole() {
        // when
        var run = start(command("seq", "1", "300000"));

        // then
        assertThat(run.ended().status().exitCode()).isZero();
        assertThat(run.text(LogStream.STDOUT)).isEqualTo(numbers(300_000));
        assertThat(run.ended().bytesDropped()).isZero();
    }

    @Test
    void whoDoesNotTakeHoldsTheCommandBackAndLosesNothing() {
        // given
        var run = start(command("seq", "1", "100000"), new RecordedRun().holdingBack());
        await().atMost(PATIENCE).until(() -> !run.text(LogStream.STDOUT).isEmpty());

        // when
        boolean hasEndedBefore = run.hasEnded();
        run.takeAll();

        // then
        assertThat(hasEndedBefore).isFalse();
        assertThat(run.ended().status().exitCode()).isZero();
        assertThat(run.text(LogStream.STDOUT)).isEqualTo(numbers(100_000));
    }

    @Test
    void aCommandIsNotHeldBackForLongAndItsOutputComesLater() {
        // given a listener that takes nothing
        var run = start(shell("seq 1 100000; echo $? > code"), new RecordedRun().holdingBack());

        // when the command could write everything nevertheless
        assertThat(numberIn("code")).isZero();
        assertThat(run.bytes(LogStream.STDOUT).length).isLessThanOrEqualTo(HostLimits.OUTPUT_PIECE_BYTES_MAX);
        run.takeAll();

        // then
        assertThat(run.ended().bytesDropped()).isZero();
        assertThat(run.text(LogStream.STDOUT)).isEqualTo(numbers(100_000));
    }

    @Test
    void whatNobodyListensToIsKeptUpToALimitAndTheRestIsCounted() throws IOException {
        // given
        var order = shell("while [ ! -e go ]; do sleep 0.01; done; head -c " + 20 * MEBIBYTE
                        + " /dev/zero; echo $? > code")
                .survivingNode();
        start(order).started();

        // when
        beginNextLife();
        java.nio.file.Files.createFile(home.resolve("go"));
        assertThat(numberIn("code")).isZero();
        var adopted = adopt(order.key());

        // then
        var ended = adopted.ended();
        long kept = adopted.bytes(LogStream.STDOUT).length;
        assertThat(ended.bytesDropped()).isPositive();
        assertThat(kept + ended.bytesDropped()).isEqualTo(20 * MEBIBYTE);
        assertThat(kept).isBetween(15L * MEBIBYTE, HostLimits.OUTPUT_KEPT_BYTES_MAX + 64 * 1024);
    }

    @Test
    void aDescendantThatHoldsThePipeDoesNotDelayTheEnd() {
        // when
        var run = start(shell("sleep 60 & echo done"));

        // then it was ended with the command
        assertThat(run.ended().status().exitCode()).isZero();
        assertThat(run.ended().leftovers()).isEqualTo(1);
        assertThat(run.text(LogStream.STDOUT)).isEqualTo("done\n");
    }

    private static String numbers(int last) {
        return IntStream.rangeClosed(1, last).mapToObj(number -> number + "\n").collect(Collectors.joining());
    }
}
