package io.millrace.channel.thread;

import static io.millrace.channel.fixture.ChannelManagers.PATIENCE;
import static io.millrace.channel.fixture.ChannelManagers.handler;
import static io.millrace.channel.fixture.ChannelManagers.job;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.channel.AttemptId;
import io.millrace.channel.Inspection;
import io.millrace.channel.fixture.Callers;
import io.millrace.channel.fixture.ChannelManagers;
import io.millrace.channel.fixture.TestHandler;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Proves;
import io.millrace.contracts.handler.JobContext;
import io.millrace.contracts.job.ResourceRequest;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.AllocationRequest;
import io.millrace.contracts.resource.Buffer;
import io.millrace.contracts.resource.ResourceState;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.contracts.work.Work;
import io.millrace.domain.channel.AttemptOutcome;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Resources as a handler takes them through its context. */
class HandlerResourcesTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final AllocationRequest PAGE = AllocationRequest.of(ResourceType.BUFFER, 4 << 10);

    @TempDir
    Path directory;

    private final AtomicReference<@Nullable Buffer> taken = new AtomicReference<>();
    private @Nullable ChannelManagers managers;

    @AfterEach
    void stop() {
        if (managers != null) {
            managers.close();
        }
    }

    @AfterAll
    static void stopKit() {
        KIT.shutdownTestKit();
    }

    private ChannelManagers running(TestHandler.Body body) {
        var started = ChannelManagers.with(KIT, directory, TestHandler.named("using", body));
        managers = started;
        return started;
    }

    /** Takes a buffer, writes to it, and more of another type, and gives nothing back. */
    private void takeAndForget(JobContext context) throws Exception {
        Buffer buffer = Callers.await(context.resources().allocateBuffer(PAGE));
        buffer.memory().set(ValueLayout.JAVA_LONG, 0, 42L);
        Callers.await(context.resources().allocate(AllocationRequest.of(ResourceType.FILES, 7)));
        taken.set(buffer);
    }

    private Buffer taken() {
        return Objects.requireNonNull(taken.get());
    }

    private void assertNothingIsHeld(ChannelManagers managers) {
        assertThat(managers.resources())
                .extracting(Inspection.ResourceView::inUse)
                .containsOnly(0L);
        assertThat(managers.resources())
                .filteredOn(view -> view.type() == ResourceType.FILES)
                .extracting(Inspection.ResourceView::peak)
                .containsExactly(7L);
        assertThatThrownBy(() -> taken().memory().get(ValueLayout.JAVA_LONG, 0))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    @Proves("R-57")
    void whatAHandlerForgotIsBackWhenItHasReturned() {
        // given
        var managers = running(context -> {
            takeAndForget(context);
            return taken().memory().get(ValueLayout.JAVA_LONG, 0);
        });

        // when
        var outcome = managers.runToEnd(handler("using"));

        // then
        assertThat(outcome).isEqualTo(AttemptOutcome.succeeded(null, "42"));
        assertNothingIsHeld(managers);
    }

    @Test
    @Proves("R-57")
    void whatAHandlerForgotIsBackWhenItHasThrown() {
        // given
        var managers = running(context -> {
            takeAndForget(context);
            throw new IllegalArgumentException("the handler failed");
        });

        // when
        var outcome = managers.runToEnd(handler("using"));

        // then
        assertThat(outcome.kind()).isEqualTo(AttemptOutcome.Kind.FAILED);
        assertNothingIsHeld(managers);
    }

    @Test
    @Proves("R-57")
    void whatAHandlerForgotIsBackWhenItWasCancelled() throws InterruptedException {
        // given
        var holding = new CountDownLatch(1);
        var managers = running(context -> {
            takeAndForget(context);
            holding.countDown();
            return new SynchronousQueue<Integer>().take();
        });
        AttemptId attempt = managers.run(handler("using"));
        assertThat(holding.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();

        // when
        managers.threads.tell(new ThreadManager.Cancel(attempt.job(), attempt.epoch()));

        // then
        assertThat(managers.outcome(attempt).kind()).isEqualTo(AttemptOutcome.Kind.CANCELLED);
        assertNothingIsHeld(managers);
    }

    @Test
    @Proves("R-57")
    void whatAHandlerForgotIsBackWhenItsTimeWasOver() {
        // given
        var managers = running(context -> {
            takeAndForget(context);
            return new SynchronousQueue<Integer>().take();
        });

        // when
        AttemptId attempt = managers.run(handler("using"), Duration.ofSeconds(2));

        // then
        assertThat(managers.outcome(attempt).kind()).isEqualTo(AttemptOutcome.Kind.TIMED_OUT);
        assertNothingIsHeld(managers);
    }

    @Test
    void memoryCannotBeAccessedOnceItIsGivenBack() {
        // given
        var managers = running(context -> {
            Buffer buffer = Callers.await(context.resources().allocateBuffer(PAGE));
            boolean wasHeld = Callers.await(context.resources().release(buffer.handle()));
            boolean isHeld = Callers.await(context.resources().release(buffer.handle()));
            ResourceState state = Callers.await(
                            context.resources().allocate(AllocationRequest.of(ResourceType.BUFFER, 1)))
                    .state();
            assertThatThrownBy(() -> buffer.memory().get(ValueLayout.JAVA_BYTE, 0))
                    .isInstanceOf(IllegalStateException.class);
            return wasHeld + " " + isHeld + " " + state;
        });

        // then
        assertThat(managers.runToEnd(handler("using")))
                .isEqualTo(AttemptOutcome.succeeded(null, "\"true false GRANTED\""));
    }

    @Test
    void aScopedBufferIsBackWhateverBecomesOfItsBody() {
        // given
        var managers = running(context -> {
            byte read = context.resources()
                    .withBuffer(PAGE, buffer -> buffer.memory().get(ValueLayout.JAVA_BYTE, 0));
            assertThatThrownBy(() -> context.resources().withBuffer(PAGE, buffer -> {
                        taken.set(buffer);
                        throw new IllegalArgumentException("the body failed");
                    }))
                    .hasMessage("the body failed");
            // The same requests are handled in order, so the release came before this answer.
            Callers.await(context.resources().usage(taken().handle()));
            return read + " " + Callers.await(context.resources().release(taken().handle()));
        });

        // then
        assertThat(managers.runToEnd(handler("using"))).isEqualTo(AttemptOutcome.succeeded(null, "\"0 false\""));
    }

    @Test
    void aRefusalReachesTheHandlerWithItsNumbers() {
        // given
        var managers = running(context ->
                context.resources().withBuffer(AllocationRequest.of(ResourceType.BUFFER, 2 << 20), Buffer::handle));

        // when
        var error = Objects.requireNonNull(managers.runToEnd(handler("using")).error());

        // then
        assertThat(error.code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(error.context()).containsEntry("limit", 1L << 20);
    }

    @Test
    void declaredBuffersAreThereFromTheBeginning() {
        // given
        var managers = running(context -> {
            var buffers = context.resources().declaredBuffers();
            buffers.forEach(buffer -> buffer.memory().set(ValueLayout.JAVA_BYTE, 0, (byte) 1));
            return context.resources().declared().stream()
                            .map(ResourceView::state)
                            .distinct()
                            .toList()
                    + " "
                    + buffers.stream().map(buffer -> buffer.memory().byteSize()).toList();
        });
        var work = new Work.Handler("using", null);

        // when
        var outcome = managers.runToEnd(job(
                work,
                new ResourceRequest(ResourceType.BUFFER, 5_000),
                new ResourceRequest(ResourceType.FILES, 7),
                new ResourceRequest(ResourceType.BUFFER, 1)));

        // then
        assertThat(outcome).isEqualTo(AttemptOutcome.succeeded(null, "\"[IN_USE] [65536, 4096]\""));
        assertThat(managers.resources())
                .extracting(Inspection.ResourceView::inUse)
                .containsOnly(0L);
    }

    @Test
    void afterTheEndOfTheAttemptEveryCallFails() {
        // given
        var kept = new AtomicReference<@Nullable JobContext>();
        var managers = running(context -> {
            kept.set(context);
            return null;
        });
        managers.runToEnd(handler("using"));

        // when
        var late = Objects.requireNonNull(kept.get()).resources().allocateBuffer(PAGE);

        // then
        var failure = catchThrowableOfType(
                CompletionException.class, () -> late.toCompletableFuture().join());
        assertThat(failure.getCause())
                .isInstanceOfSatisfying(
                        MillraceException.class,
                        e -> assertThat(e.problem().code()).isEqualTo(ErrorCode.INVALID_STATE));
    }
}
