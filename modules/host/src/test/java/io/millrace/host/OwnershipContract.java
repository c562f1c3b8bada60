package io.millrace.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.log.LogStream;
import io.millrace.host.RunListener.EndReason;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** Who may start, take over and forget runs, with any process host. */
public abstract class OwnershipContract extends ProcessHostFixture {
    protected OwnershipContract(HostUnderTest kind) {
        super(kind);
    }

    @Test
    void aRunIsStartedOnceHoweverOftenItIsAskedFor() {
        // given
        var order = shell("echo x >> ran; while [ ! -e go ]; do sleep 0.01; done; exit 4");
        var first = start(order);
        int pid = first.started().pid();

        // when
        var second = start(order);

        // then the later one hears how it is and goes on
        assertThat(second.started().pid()).isEqualTo(pid);
        create("go");
        assertThat(second.ended().status().exitCode()).isEqualTo(4);
        assertThat(first.hasEnded()).isFalse();
        assertThat(home.resolve("ran")).hasContent("x");
    }

    @Test
    void aStaleEpochIsRefused() {
        // given a run that has ended and was forgotten
        var order = shell("exit 0").named(key -> new RunKey("default", "same", 2, 20));
        start(order).ended();
        host.forget(order.key());

        // when
        var below = start(shell("exit 0").named(key -> new RunKey("default", "same", 1, 19)));
        var same = start(order);
        var above = start(shell("exit 0").named(key -> new RunKey("default", "same", 3, 21)));
        var otherJob = start(shell("exit 0").named(key -> new RunKey("default", "another", 1, 1)));

        // then
        assertThat(below.problem().code()).isEqualTo(ErrorCode.CONCURRENCY);
        assertThat(below.problem().detail()).contains("epoch 19 of same in channel default");
        assertThat(same.problem().code()).isEqualTo(ErrorCode.CONCURRENCY);
        assertThat(above.ended().status().exitCode()).isZero();
        assertThat(otherJob.ended().status().exitCode()).isZero();
    }

    @Test
    void aNewerRunBeginsOnceTheOlderOneHasEnded() {
        // given one that does not go by itself
        var older = start(shell("trap '' TERM; while :; do sleep 0.05; done")
                .named(key -> new RunKey("default", "replaced", 1, 30)));
        int pid = older.started().pid();

        // when
        var newer = start(shell("kill -0 " + pid + " 2> /dev/null && exit 3; exit 0")
                .named(key -> new RunKey("default", "replaced", 2, 31)));

        // then
        assertThat(newer.ended().status().exitCode()).isZero();
        assertThat(older.ended().reason()).isEqualTo(EndReason.REPLACED);
        assertThat(isAlive(pid)).isFalse();
    }

    @Test
    void anEndIsRepeatedUntilItIsForgotten() {
        // given
        var order = shell("echo said; exit 6");
        start(order).ended();

        // when
        var repeated = adopt(order.key());
        assertThat(repeated.ended().status().exitCode()).isEqualTo(6);
        host.forget(order.key());
        var forgotten = adopt(order.key());

        // then
        assertThat(repeated.text(LogStream.STDOUT)).isEmpty();
        assertThat(forgotten.problem().code()).isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void aRunThatSurvivesItsNodeIsAdoptedWithAllItsOutputAndItsEnd() throws IOException {
        // given
        var order = shell("echo before; while [ ! -e go ]; do sleep 0.01; done; echo after; exit 9")
                .survivingNode();
        var first = start(order);
        int pid = first.started().pid();
        first.awaitText(LogStream.STDOUT, "before\n");

        // when
        beginNextLife();
        var inherited = host.inherited();
        create("go");
        var adopted = adopt(order.key());

        // then
        assertThat(inherited).containsExactly(order.key());
        assertThat(adopted.started().pid()).isEqualTo(pid);
        assertThat(adopted.ended().status().exitCode()).isEqualTo(9);
        assertThat(adopted.text(LogStream.STDOUT)).isEqualTo("after\n");
        assertThat(host.inherited()).isEmpty();
    }

    @Test
    void whatTheNodeHadNotTakenComesAgain() throws IOException {
        // given output that was handed over and not taken
        var order = shell("echo untaken; echo up > up; while [ ! -e go ]; do sleep 0.01; done; echo later")
                .survivingNode();
        var first = start(order, new RecordedRun().holdingBack());
        first.awaitText(LogStream.STDOUT, "untaken\n");

        // when
        beginNextLife();
        create("go");
        var adopted = adopt(order.key());

        // then
        assertThat(adopted.ended().status().exitCode()).isZero();
        assertThat(adopted.text(LogStream.STDOUT)).isEqualTo("untaken\nlater\n");
    }

    @Test
    void aRunThatDoesNotSurviveItsNodeEndsAtOnce() throws IOException {
        // given
        var order = command("sleep", "60");
        int pid = start(order).started().pid();

        // when
        beginNextLife();
        var ended = adopt(order.key()).ended();

        // then
        assertThat(ended.reason()).isEqualTo(EndReason.NODE_GONE);
        assertThat(ended.status().signal()).isEqualTo("SIGKILL");
        assertThat(isAlive(pid)).isFalse();
    }

    @Test
    void anEndThatNobodyHeardOfOutlivesTheHost() throws IOException {
        // given
        var order = shell("while [ ! -e go ]; do sleep 0.01; done; exit 8").survivingNode();
        int pid = start(order).started().pid();
        beginNextLife();
        create("go");
        awaitEndOf(pid);

        // when
        replaceHost();
        var adopted = adopt(order.key());

        // then
        assertThat(adopted.started().pid()).isEqualTo(pid);
        assertThat(adopted.ended().status().exitCode()).isEqualTo(8);
        host.forget(order.key());
        replaceHost();
        assertThat(adopt(order.key()).problem().code()).isEqualTo(ErrorCode.NOT_FOUND);
    }

    private void create(String file) {
        try {
            Files.createFile(home.resolve(file));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
