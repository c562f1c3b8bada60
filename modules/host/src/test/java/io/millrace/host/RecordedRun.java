package io.millrace.host;

import io.millrace.contracts.Problem;
import io.millrace.contracts.log.LogStream;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;

/** Hears of one run and keeps what it hears. Takes each piece of output at once unless it was told to hold back. */
public class RecordedRun implements RunListener {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final MemorySegment buffer = Arena.ofAuto().allocate(HostLimits.OUTPUT_PIECE_BYTES_MAX);
    private final List<Piece> pieces = new CopyOnWriteArrayList<>();
    private final ConcurrentLinkedQueue<Runnable> untaken = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isHoldingBack = new AtomicBoolean();
    private final Queue<String> heard = new ConcurrentLinkedQueue<>();
    private final CompletableFuture<Started> started = new CompletableFuture<>();
    private final CompletableFuture<Problem> notStarted = new CompletableFuture<>();
    private final CompletableFuture<Ended> ended = new CompletableFuture<>();

    private record Piece(LogStream stream, byte[] bytes) {}

    /** Takes nothing until {@link #takeAll}. */
    public RecordedRun holdingBack() {
        isHoldingBack.set(true);
        return this;
    }

    /** Takes what was held back, and everything from now on. */
    public void takeAll() {
        isHoldingBack.set(false);
        for (var taken = untaken.poll(); taken != null; taken = untaken.poll()) {
            taken.run();
        }
    }

    @Override
    public void started(Started how) {
        heard.add("started");
        started.complete(how);
    }

    @Override
    public void notStarted(Problem problem) {
        heard.add("not started");
        notStarted.complete(problem);
        started.completeExceptionally(problem.asException());
        ended.completeExceptionally(problem.asException());
    }

    @Override
    public MemorySegment buffer() {
        return buffer;
    }

    @Override
    public void output(LogStream stream, MemorySegment bytes, Runnable taken) {
        heard.add("output");
        pieces.add(new Piece(stream, bytes.toArray(ValueLayout.JAVA_BYTE)));
        untaken.add(taken);
        if (!isHoldingBack.get()) {
            takeAll();
        }
    }

    @Override
    public void ended(Ended how) {
        heard.add("ended");
        ended.complete(how);
    }

    public Started started() {
        return await(started);
    }

    public Problem problem() {
        return await(notStarted);
    }

    public Ended ended() {
        return await(ended);
    }

    public boolean hasEnded() {
        return ended.isDone();
    }

    /** What came so far of a stream. */
    public String text(LogStream stream) {
        return new String(bytes(stream), StandardCharsets.UTF_8);
    }

    public byte[] bytes(LogStream stream) {
        var all = new ByteArrayOutputStream();
        pieces.stream().filter(piece -> piece.stream == stream).forEach(piece -> all.writeBytes(piece.bytes));
        return all.toByteArray();
    }

    /** Waits until a stream has come to this. */
    public void awaitText(LogStream stream, String text) {
        Awaitility.await().atMost(PATIENCE).until(() -> text(stream).equals(text));
    }

    /** What it heard of, in order. */
    public List<String> heard() {
        return List.copyOf(heard);
    }

    private static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("Not heard within " + PATIENCE, e);
        }
    }
}
