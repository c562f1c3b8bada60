package io.millrace.testkit.architecture;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.Timer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Scheduler;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.jspecify.annotations.Nullable;

/**
 * Does once everything the scans look for, one construct per method or field, so that a scan that finds nothing is
 * known to work. It is only read as bytecode and never run.
 */
@SuppressWarnings({
    "EmptyCatch",
    "NonFinalStaticField",
    "UnusedMethod",
    "UnusedVariable",
    "WaitNotInLoop",
    "ThreadLocalUsage",
    "FutureReturnValueIgnored"
})
final class ForbiddenSamples {
    static long reassignable;
    static final AtomicLong COUNTER = new AtomicLong();
    static final ArrayList<String> LIST = new ArrayList<>();
    static final Set<String> HIDDEN_SET = ConcurrentHashMap.newKeySet();
    static @Nullable String lazy;
    static final ThreadLocal<String> PER_THREAD = new ThreadLocal<>();

    static final List<String> CONSTANT_LIST = List.of();
    static final TimeUnit CONSTANT_UNIT = TimeUnit.SECONDS;
    static final Duration NAMED_LIMIT = Duration.ofSeconds(3);

    private final ReentrantLock lockField = new ReentrantLock();

    private ForbiddenSamples() {}

    static String instanceAtFirstUse() {
        if (lazy == null) {
            lazy = "made";
        }
        return lazy;
    }

    synchronized void synchronizedMethod() {}

    long monitor(Object guard) {
        synchronized (guard) {
            return reassignable;
        }
    }

    void lock() {
        lockField.lock();
    }

    void park() {
        LockSupport.parkNanos(1);
    }

    void sleep() throws InterruptedException {
        Thread.sleep(1);
    }

    void waitForNotify(Object guard) throws InterruptedException {
        guard.wait();
    }

    void latch(CountDownLatch latch) throws InterruptedException {
        latch.await();
    }

    void semaphore(Semaphore semaphore) throws InterruptedException {
        semaphore.acquire();
    }

    String take(BlockingQueue<String> queue) throws InterruptedException {
        return queue.take();
    }

    void putIntoASubtype(LinkedBlockingQueue<String> queue) throws InterruptedException {
        queue.put("");
    }

    @Nullable String pollWithTimeout(BlockingQueue<String> queue) throws InterruptedException {
        return queue.poll(1, TimeUnit.SECONDS);
    }

    String get(Future<String> future) throws Exception {
        return future.get();
    }

    String join(CompletableFuture<String> future) {
        return future.join();
    }

    Function<CompletableFuture<String>, String> joinByReference() {
        return CompletableFuture::join;
    }

    Function<CompletableFuture<String>, String> joinInALambda() {
        return future -> future.join();
    }

    int waitForProcess(Process process) throws InterruptedException {
        return process.waitFor();
    }

    long emptyCatch(String text) {
        long number = 0;
        try {
            number = Long.parseLong(text);
        } catch (NumberFormatException e) {
        }
        return number;
    }

    void emptyCatchInALoop(List<String> texts) {
        for (String text : texts) {
            try {
                LIST.add(text);
            } catch (RuntimeException e) {
            }
        }
    }

    void thread() {
        new Thread(() -> {}).start();
    }

    void virtualThread() {
        Thread.startVirtualThread(() -> {});
    }

    ExecutorService pool() {
        return Executors.newCachedThreadPool();
    }

    ExecutorService poolByConstructor() {
        return new ForkJoinPool();
    }

    Timer timer() {
        return new Timer();
    }

    CompletableFuture<Void> commonPool() {
        return CompletableFuture.runAsync(() -> {});
    }

    long parallelStream(List<String> texts) {
        return texts.parallelStream().count();
    }

    CompletionStage<String> askForATimeMadeUp(ActorRef<ActorRef<String>> actor, Scheduler scheduler) {
        return AskPattern.ask(actor, replyTo -> replyTo, Duration.ofSeconds(3), scheduler);
    }

    CompletionStage<String> allowedAsk(ActorRef<ActorRef<String>> actor, Scheduler scheduler) {
        return AskPattern.ask(actor, replyTo -> replyTo, NAMED_LIMIT, scheduler);
    }

    CompletableFuture<Void> allowedStep(Executor executor) {
        return CompletableFuture.runAsync(() -> {}, executor);
    }

    static String wait(String name) {
        return name;
    }

    String allowedWait() {
        return wait("");
    }

    @Nullable String allowedPoll(BlockingQueue<String> queue) {
        return queue.poll();
    }

    long allowedCatch(String text) {
        long number;
        try {
            number = Long.parseLong(text);
        } catch (NumberFormatException e) {
            number = -1;
        }
        return number;
    }
}
