package io.millrace.host.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.host.system.LibC;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The thread that everything known of a run belongs to. */
class EventLoopTest {
    private final BlockingQueue<String> happened = new LinkedBlockingQueue<>();
    private EventLoop loop;

    @BeforeEach
    void start() throws IOException {
        loop = new EventLoop("test");
    }

    @AfterEach
    void stop() {
        loop.close();
    }

    @Test
    void tasksAreDoneInTheirOrderAlsoAfterOneThatFails() throws InterruptedException {
        // when
        loop.submit(() -> happened.add("first on " + loop.isOwnThread()));
        loop.submit(() -> {
            throw new IllegalStateException("expected by this test");
        });
        loop.submit(() -> loop.submit(() -> happened.add("of a task")));
        loop.submit(() -> happened.add("last"));

        // then
        assertThat(next()).isEqualTo("first on true");
        assertThat(next()).isEqualTo("last");
        assertThat(next()).isEqualTo("of a task");
        assertThat(loop.isOwnThread()).isFalse();
    }

    @Test
    void whatIsDueIsDoneThoughNothingElseHappens() throws InterruptedException {
        // when
        long at = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(50);
        loop.submit(() -> loop.at(at, () -> happened.add("due")));

        // then
        assertThat(next()).isEqualTo("due");
        assertThat(System.nanoTime()).isGreaterThanOrEqualTo(at);
    }

    @Test
    void aDescriptorIsHeardOfWhileItIsWatched() throws IOException, InterruptedException {
        // given
        int[] pipe = LibC.pipe();
        var watched = new WatchedDescriptor(loop, pipe[0]);
        loop.submit(() -> watched.watch(events -> {
            happened.add((events & LibC.EPOLLIN) != 0 ? "input" : "end");
            watched.unwatch();
        }));

        // when
        LibC.write(pipe[1], new byte[] {1});

        // then it is heard of once, and nothing more comes before the task that follows
        assertThat(next()).isEqualTo("input");
        loop.submit(() -> happened.add("after"));
        assertThat(next()).isEqualTo("after");
        LibC.close(pipe[1]);
        loop.submit(watched::close);
    }

    private @Nullable String next() throws InterruptedException {
        return happened.poll(20, TimeUnit.SECONDS);
    }
}
