package io.millrace.host.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.log.LogStream;
import io.millrace.host.RecordedRun;
import io.millrace.host.RunKey;
import io.millrace.host.RunListener.EndReason;
import io.millrace.host.RunListener.Ended;
import io.millrace.host.RunListener.Started;
import io.millrace.host.limits.LimitReport;
import io.millrace.host.protocol.Frame;
import io.millrace.host.system.ExitStatus;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a node does when its companion answers late, twice, or not at all. */
@Timeout(30)
class HostConnectionTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration START_MAX = Duration.ofMillis(50);
    private static final RunKey KEY = new RunKey("default", "job", 1, 1);
    private static final byte[] SECRET = {1};

    @TempDir
    private Path directory;

    @Test
    void aStartThatIsNotAnsweredFailsAndIsKilledShouldItTurnUp() throws Exception {
        try (var companion = companion(UnaryOperator.identity())) {
            var connection = served(companion);
            var run = new RecordedRun();

            // when nothing is said of it for too long
            connection.adopt(KEY, run);
            var asked = (Frame.Adopt) companion.next();

            // then
            assertThat(run.problem().code()).isEqualTo(ErrorCode.TIMEOUT);
            assertThat(companion.next()).isEqualTo(new Frame.Kill(KEY));

            // and when it turns up
            companion.send(new Frame.Started(asked.call(), new Started(1, 1, List.of())));
            assertThat(companion.next()).isEqualTo(new Frame.Kill(KEY));
            companion.send(new Frame.Ended(asked.call(), ended()));
            assertThat(companion.next()).isEqualTo(new Frame.Forget(KEY));
        }
    }

    @Test
    void theNextPieceIsAskedForOnceWhenTheLastWasTaken() throws Exception {
        try (var companion = companion(UnaryOperator.identity())) {
            // given
            var connection = served(companion);
            var run = new RecordedRun().holdingBack();
            connection.adopt(KEY, run);
            long call = ((Frame.Adopt) companion.next()).call();
            companion.send(new Frame.Started(call, new Started(1, 1, List.of())));

            // when
            companion.send(
                    new Frame.Output(call, LogStream.STDOUT, Arena.ofAuto().allocateFrom("piece")));
            run.awaitText(LogStream.STDOUT, "piece\0");
            assertThat(companion.heardSoFar()).isEmpty();
            run.takeAll();

            // then
            assertThat(companion.next()).isEqualTo(new Frame.Taken(call));
            connection.kill(KEY);
            assertThat(companion.next()).isEqualTo(new Frame.Kill(KEY));
        }
    }

    @Test
    void outputOfARunThatNobodyKnowsIsThrownAway() throws Exception {
        try (var companion = companion(UnaryOperator.identity())) {
            served(companion);

            // when
            companion.send(new Frame.Output(99, LogStream.STDOUT, Arena.ofAuto().allocateFrom("unwanted")));

            // then its command is not held up
            assertThat(companion.next()).isEqualTo(new Frame.Taken(99));
        }
    }

    @Test
    void manyLeasesTravelInFewFrames() throws Exception {
        try (var companion = companion(UnaryOperator.identity())) {
            // given
            var connection = served(companion);
            var deadlines = new HashMap<RunKey, Long>();
            for (int i = 0; i < 2_500; i++) {
                deadlines.put(new RunKey("default", "job" + i, 1, i), (long) i);
            }

            // when
            connection.renew(deadlines);

            // then
            var arrived = new HashMap<RunKey, Long>();
            for (int frame = 0; frame < 3; frame++) {
                arrived.putAll(((Frame.Renew) companion.next()).deadlines());
            }
            assertThat(arrived).isEqualTo(deadlines);
        }
    }

    @Test
    void aCompanionWithAnotherClockIsRefused() throws Exception {
        try (var companion = companion(nanos -> nanos + Duration.ofMinutes(1).toNanos());
                var connection = new HostConnection(companion.connect(), START_MAX)) {
            assertThatThrownBy(() -> connection.greet(SECRET))
                    .isInstanceOf(IOException.class)
                    .hasMessageMatching("Its monotonic clock differs from this one by (59|60)\\d{3} ms");
        }
    }

    @Test
    void whoeverListensWhenTheConnectionIsLostIsToldAndWhoeverComesLaterIsSentAway() throws Exception {
        try (var companion = companion(UnaryOperator.identity())) {
            // given
            var connection = served(companion);
            var before = new RecordedRun();
            connection.adopt(KEY, before);
            companion.next();

            // when
            connection.close();
            connection.tellHostGone();
            boolean isAdopted = connection.adopt(KEY, new RecordedRun());

            // then
            assertThat(before.ended().reason()).isEqualTo(EndReason.HOST_GONE);
            assertThat(isAdopted).isFalse();
        }
    }

    @Test
    void farewellIsSaidBeforeTheConnectionEnds() throws Exception {
        try (var companion = companion(UnaryOperator.identity())) {
            // given
            var connection = served(companion);
            connection.forget(KEY);

            // when
            connection.lettingGo();

            // then
            assertThat(companion.next()).isEqualTo(new Frame.Forget(KEY));
            assertThat(companion.next()).isEqualTo(new Frame.Farewell());
        }
    }

    private ScriptedCompanion companion(UnaryOperator<Long> clock) throws IOException {
        return new ScriptedCompanion(directory.resolve("socket"), clock);
    }

    /** A connection that has greeted, served by a thread of its own. */
    private static HostConnection served(ScriptedCompanion companion) {
        var greeted = new CompletableFuture<HostConnection>();
        Thread.ofPlatform().daemon(true).start(() -> {
            try (var connection = new HostConnection(companion.connect(), START_MAX)) {
                connection.greet(SECRET);
                greeted.complete(connection);
                connection.serve();
            } catch (IOException | RuntimeException e) {
                greeted.completeExceptionally(e);
            }
        });
        return greeted.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    }

    private static Ended ended() {
        return new Ended(ExitStatus.of(9), 1, null, LimitReport.NOTHING, 0, 0);
    }
}
