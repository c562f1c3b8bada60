package io.millrace.host.client;

import io.millrace.host.protocol.Frame;
import io.millrace.host.protocol.FrameLink;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** The other end of one connection, which does what the test says and nothing by itself but to greet and to answer pings. */
final class ScriptedCompanion implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final ServerSocketChannel acceptor;
    private final Path socket;
    private final BlockingQueue<Frame.OfNode> heard = new LinkedBlockingQueue<>();
    private final UnaryOperator<Long> clock;
    private final CompletableFuture<FrameLink<Frame.OfNode, Frame.OfHost>> link = new CompletableFuture<>();
    private volatile boolean isClosed;

    /** @param clock what it says its clock shows, by what that shows */
    ScriptedCompanion(Path socket, UnaryOperator<Long> clock) throws IOException {
        this.socket = socket;
        this.clock = clock;
        this.acceptor = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        acceptor.bind(UnixDomainSocketAddress.of(socket));
        Thread.ofPlatform().daemon(true).start(this::run);
    }

    SocketChannel connect() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(socket));
    }

    void send(Frame.OfHost frame) {
        link.join().send(frame);
    }

    /** The next frame but pings. */
    Frame.OfNode next() throws InterruptedException {
        var frame = heard.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (frame == null) {
            throw new AssertionError("Nothing was heard within " + PATIENCE);
        }
        return frame;
    }

    List<Frame.OfNode> heardSoFar() {
        return List.copyOf(heard);
    }

    private void run() {
        try (var selector = Selector.open();
                var channel = acceptor.accept()) {
            var accepted = FrameLink.toNode(channel, selector);
            accepted.trust();
            link.complete(accepted);
            boolean isOpen = true;
            while (isOpen && !isClosed) {
                accepted.write();
                selector.select(100);
                selector.selectedKeys().clear();
                isOpen = accepted.read(frame -> onFrame(accepted, frame));
            }
        } catch (IOException e) {
            // The node has closed the connection.
        }
    }

    private void onFrame(FrameLink<Frame.OfNode, Frame.OfHost> from, Frame.OfNode frame) {
        switch (frame) {
            case Frame.Hello _ -> from.send(new Frame.Welcome(Frame.VERSION, clock.apply(System.nanoTime()), Map.of()));
            case Frame.Ping(long number) -> from.send(new Frame.Pong(number));
            default -> heard.add(frame);
        }
    }

    @Override
    public void close() throws IOException {
        isClosed = true;
        acceptor.close();
    }
}
