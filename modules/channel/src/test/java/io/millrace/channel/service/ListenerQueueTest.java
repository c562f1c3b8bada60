package io.millrace.channel.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.fixture.TestJobs;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Proves;
import io.millrace.contracts.process.LineListener;
import io.millrace.domain.Limits;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ListenerQueueTest {
    private static final JobId PROCESS = TestJobs.id(1);

    private final ListenerCounters counters = new ListenerCounters();
    private final Deque<Runnable> threads = new ArrayDeque<>();

    @Test
    @Proves("B-48")
    void aListenerHearsProcessLineAndWhetherItIsAnErrorAndItsFailuresGoNoFurther() {
        // given a listener that fails with every line
        List<String> heard = new ArrayList<>();
        var queue = queue((process, line, isError) -> {
            heard.add(process + " " + line + " " + isError);
            throw new AssertionError("no listener should do this");
        });

        // when
        queue.offer(PROCESS, "one", false);
        queue.offer(PROCESS, "two", true);
        runThreads();

        // then
        assertThat(heard).containsExactly(PROCESS + " one false", PROCESS + " two true");
        assertThat(counters.failures()).isEqualTo(2);
    }

    @Test
    void linesBeyondTheLimitAreDroppedAndTheListenerHearsHowMany() {
        // given a listener whose thread has not come to it yet
        List<String> heard = new ArrayList<>();
        var queue = queue(new LineListener() {
            @Override
            public void line(JobId process, String line, boolean isError) {
                heard.add(line);
            }

            @Override
            public void dropped(long lines) {
                heard.add("dropped " + lines);
            }
        });

        // when
        IntStream.range(0, Limits.LISTENER_LINES_MAX + 3).forEach(i -> queue.offer(PROCESS, "line " + i, false));
        runThreads();
        queue.offer(PROCESS, "later", false);
        runThreads();

        // then
        assertThat(heard).hasSize(Limits.LISTENER_LINES_MAX + 2);
        assertThat(heard.subList(Limits.LISTENER_LINES_MAX, heard.size())).containsExactly("dropped 3", "later");
        assertThat(counters.linesDropped()).isEqualTo(3);
    }

    @Test
    void linesThatHoldTooManyCharactersAreDroppedToo() {
        // given
        List<Integer> heard = new ArrayList<>();
        var queue = queue((_, line, _) -> heard.add(line.length()));
        String half = "x".repeat(Limits.LISTENER_CHARS_MAX / 2);

        // when
        IntStream.range(0, 3).forEach(_ -> queue.offer(PROCESS, half, false));
        runThreads();

        // then
        assertThat(heard).containsExactly(half.length(), half.length());
        assertThat(counters.linesDropped()).isOne();
    }

    @Test
    void whatWaitsIsForgottenWhenAListenerIsRemoved() {
        // given
        List<String> heard = new ArrayList<>();
        var isSilent = new AtomicBoolean();
        var queue = queue((_, line, _) -> heard.add(line));
        queue.offer(PROCESS, "waiting", false);

        // when
        queue.close(() -> isSilent.set(true));
        queue.offer(PROCESS, "late", false);
        runThreads();

        // then
        assertThat(heard).isEmpty();
        assertThat(isSilent).isTrue();
    }

    @Test
    @Proves("B-38")
    void aRemovalIsAcknowledgedOnlyOnceTheListenerHasReturned() throws Exception {
        // given a listener in the middle of a line
        var heardFirst = new CountDownLatch(1);
        var mayReturn = new CountDownLatch(1);
        var heard = new AtomicInteger();
        var acknowledged = new CompletableFuture<Integer>();
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            var queue = new ListenerQueue(
                    (_, _, _) -> {
                        heardFirst.countDown();
                        awaitQuietly(mayReturn);
                        heard.incrementAndGet();
                    },
                    pool,
                    counters);
            queue.offer(PROCESS, "first", false);
            assertThat(heardFirst.await(10, TimeUnit.SECONDS)).isTrue();
            queue.offer(PROCESS, "second", false);

            // when
            queue.close(() -> acknowledged.complete(heard.get()));

            // then
            assertThat(acknowledged).isNotDone();
            mayReturn.countDown();
            assertThat(acknowledged.get(10, TimeUnit.SECONDS)).isOne();
        }
        assertThat(heard).hasValue(1);
    }

    @Test
    void aListenerHearsLinesOneAtATimeAndThoseOfOneWriterInOrder() throws Exception {
        // given
        var atOnce = new AtomicInteger();
        var wasTwice = new AtomicBoolean();
        var heard = new ConcurrentLinkedQueue<String>();
        var all = new CountDownLatch(4_000);
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            var queue = new ListenerQueue(
                    (_, line, _) -> {
                        wasTwice.compareAndSet(false, atOnce.incrementAndGet() > 1);
                        heard.add(line);
                        atOnce.decrementAndGet();
                        all.countDown();
                    },
                    pool,
                    counters);

            // when four writers offer lines at once
            for (int writer = 0; writer < 4; writer++) {
                String name = "w" + writer + "-";
                pool.execute(() -> IntStream.range(0, 1_000).forEach(i -> queue.offer(PROCESS, name + i, false)));
            }
            assertThat(all.await(30, TimeUnit.SECONDS)).isTrue();
        }

        // then
        assertThat(wasTwice).isFalse();
        for (int writer = 0; writer < 4; writer++) {
            String name = "w" + writer + "-";
            assertThat(heard.stream().filter(line -> line.startsWith(name)))
                    .containsExactlyElementsOf(
                            IntStream.range(0, 1_000).mapToObj(i -> name + i).toList());
        }
    }

    private ListenerQueue queue(LineListener listener) {
        return new ListenerQueue(listener, threads::add, counters);
    }

    private void runThreads() {
        while (!threads.isEmpty()) {
            threads.remove().run();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
