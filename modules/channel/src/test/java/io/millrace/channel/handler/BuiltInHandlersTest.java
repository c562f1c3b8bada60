package io.millrace.channel.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.fixture.ChannelManagers;
import io.millrace.channel.handler.builtin.EchoHandler;
import io.millrace.channel.handler.builtin.FailHandler;
import io.millrace.channel.handler.builtin.NoopHandler;
import io.millrace.channel.handler.builtin.SleepHandler;
import io.millrace.channel.handler.builtin.SumHandler;
import io.millrace.channel.thread.ThreadManager;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.work.Work;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.channel.AttemptOutcome.Kind;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuiltInHandlersTest {
    private static final ActorTestKit KIT = ActorTestKit.create();

    @TempDir
    Path data;

    private ChannelManagers managers;

    @BeforeEach
    void start() {
        managers = ChannelManagers.with(
                KIT,
                data,
                new EchoHandler(),
                new FailHandler(),
                new NoopHandler(),
                new SleepHandler(),
                new SumHandler());
    }

    @AfterEach
    void stop() {
        managers.close();
    }

    @AfterAll
    static void stopKit() {
        KIT.shutdownTestKit();
    }

    @Test
    void noopReturnsNothingAndEchoItsInput() {
        assertThat(run("noop", null)).isEqualTo(AttemptOutcome.succeeded(null, null));
        assertThat(run("echo", Map.of("a", List.of(1, "b"))).resultJson()).isEqualTo("{\"a\":[1,\"b\"]}");
    }

    @Test
    void sumAddsWithoutRounding() {
        assertThat(run("sum", Map.of("numbers", List.of(1, 2, 3))).resultJson()).isEqualTo("{\"sum\":6}");
        assertThat(run("sum", Map.of("numbers", List.of(0.1, 0.2))).resultJson())
                .isEqualTo("{\"sum\":0.3}");
        assertThat(run("sum", Map.of("numbers", List.of())).resultJson()).isEqualTo("{\"sum\":0}");
    }

    @Test
    void sumRefusesWhatIsNoNumber() {
        var outcome = run("sum", Map.of("numbers", List.of(1, "two")));

        assertThat(outcome.kind()).isEqualTo(Kind.FAILED);
        assertThat(Objects.requireNonNull(outcome.error()).code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
    }

    @Test
    void sleepWaitsAndEndsAtOnceWhenItIsCancelled() {
        // given
        assertThat(run("sleep", Map.of("duration", "5ms")).kind()).isEqualTo(Kind.SUCCEEDED);
        var attempt = managers.run(ChannelManagers.job(new Work.Handler("sleep", Map.of("duration", "1h"))));

        // when
        managers.threads.tell(new ThreadManager.Cancel(attempt.job(), attempt.epoch()));

        // then
        assertThat(managers.outcome(attempt).kind()).isEqualTo(Kind.CANCELLED);
    }

    @Test
    void failFailsAsOftenAsAsked() {
        assertThat(Objects.requireNonNull(
                                run("fail", Map.of("message", "no luck")).error())
                        .detail())
                .isEqualTo("no luck");
        assertThat(run("fail", Map.of("attempts", 0)).kind()).isEqualTo(Kind.SUCCEEDED);
    }

    private AttemptOutcome run(String name, @Nullable Object input) {
        return managers.runToEnd(ChannelManagers.job(new Work.Handler(name, input)));
    }
}
