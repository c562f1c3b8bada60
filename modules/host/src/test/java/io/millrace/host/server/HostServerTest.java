package io.millrace.host.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.millrace.contracts.log.LogStream;
import io.millrace.host.HostLimits;
import io.millrace.host.RunKey;
import io.millrace.host.protocol.Frame;
import io.millrace.host.protocol.FrameLink;
import io.millrace.host.system.LibC;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who is let in, and that whoever is not does no harm to who is. */
@Timeout(30)
class HostServerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long SYS_SETRESUID = 117;
    private static final int NOBODY = 65_534;
    private static final int UNCHANGED = -1;
    private static final byte[] SECRET = {1, 2, 3, 4};
    private static final RunKey KEY = new RunKey("default", "job", 1, 1);

    @TempDir
    private Path directory;

    private final RecordedHost host = new RecordedHost();
    private final CompletableFuture<Void> served = new CompletableFuture<>();
    private Node node;

    @BeforeEach
    void startServerAndNode() throws IOException {
        var acceptor = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        acceptor.bind(UnixDomainSocketAddress.of(directory.resolve("socket")));
        var server = new HostServer(acceptor, SECRET, host, new LogFile(directory.resolve("log")));
        Thread.ofPlatform().daemon(true).start(() -> {
            try (server) {
                server.serve();
                served.complete(null);
            } catch (IOException | RuntimeException e) {
                served.completeExceptionally(e);
            }
        });
        node = new Node(connect());
        node.greet(Frame.VERSION, SECRET);
    }

    @AfterEach
    void endNode() throws IOException {
        node.close();
    }

    @Test
    void theWrongSecretEndsTheConnectionAndNothingElse() throws IOException {
        try (var stranger = new Node(connect())) {
            // when
            stranger.send(new Frame.Hello(Frame.VERSION, new byte[] {1, 2, 3, 5}));

            // then
            assertThat(stranger.readUntilClosed()).isEmpty();
        }
        assertNodeIsServed();
    }

    @Test
    void anotherVersionEndsTheConnectionAndNothingElse() throws IOException {
        try (var stranger = new Node(connect())) {
            stranger.send(new Frame.Hello(Frame.VERSION + 1, SECRET));

            assertThat(stranger.readUntilClosed()).isEmpty();
        }
        assertNodeIsServed();
    }

    @Test
    void aRequestWithoutAGreetingEndsTheConnectionAndIsNotDone() throws IOException {
        try (var stranger = new Node(connect())) {
            stranger.send(new Frame.Kill(KEY));

            assertThat(stranger.readUntilClosed()).isEmpty();
        }
        assertThat(host.killed()).isEmpty();
        assertNodeIsServed();
    }

    /** Even if whoever looks after the machine has opened the directory to all. Only root can play somebody else. */
    @Test
    void anotherUserIsNotLetInWithTheRightSecretEither() throws Exception {
        assumeThat(isRoot()).as("only root can play somebody else").isTrue();

        // given
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.setPosixFilePermissions(directory.resolve("socket"), PosixFilePermissions.fromString("rwxrwxrwx"));

        // when a thread that runs as another user connects
        var connected = new CompletableFuture<SocketChannel>();
        Thread.ofPlatform().start(() -> {
            try {
                becomeNobody();
                connected.complete(connect());
            } catch (IOException | RuntimeException e) {
                connected.completeExceptionally(e);
            }
        });

        // then
        try (var channel = connected.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            assertThat(isClosed(channel)).isTrue();
        }
        assertNodeIsServed();
    }

    static boolean isRoot() throws IOException {
        return "amd64".equals(System.getProperty("os.arch"))
                && Files.getOwner(Path.of("/proc/self")).getName().equals("root");
    }

    /** For the calling thread alone, which a call of the C library would not do. */
    private static void becomeNobody() {
        assertThat(LibC.systemCall(SYS_SETRESUID, UNCHANGED, NOBODY, UNCHANGED, 0))
                .isZero();
    }

    /** A fixed seed, so that a failure can be repeated. */
    @Test
    void randomBytesEndTheConnectionAndNothingElse() throws IOException {
        var random = new Random(20_261_121);
        for (int round = 0; round < 50; round++) {
            var bytes = new byte[4 + random.nextInt(5_000)];
            random.nextBytes(bytes);
            if (random.nextBoolean()) {
                // Of a length that is accepted, so that more than that is looked at.
                ByteBuffer.wrap(bytes).putInt(0, 1 + random.nextInt(1_000));
            }
            try (var channel = connect()) {
                channel.configureBlocking(true);
                write(channel, ByteBuffer.wrap(bytes));
                channel.shutdownOutput();
                assertThat(isClosed(channel)).isTrue();
            }
        }
        assertNodeIsServed();
    }

    @Test
    void aFrameThatIsTooLongEndsTheConnectionAndNothingElse() throws IOException {
        try (var channel = connect()) {
            channel.configureBlocking(true);
            write(
                    channel,
                    ByteBuffer.allocate(8).putInt(Integer.MAX_VALUE).putInt(0).flip());

            assertThat(isClosed(channel)).isTrue();
        }
        assertNodeIsServed();
    }

    @Test
    void aNodeThatTakesOutputItWasNotGivenIsCutOff() throws IOException {
        // when
        node.send(new Frame.Taken(17));

        // then
        assertThat(node.readUntilClosed()).isEmpty();
        await().atMost(PATIENCE).until(() -> host.detachments() == 1);
    }

    @Test
    void connectionsThatSayNothingAreBounded() throws IOException {
        // given as many as may wait
        var silent = new ArrayList<SocketChannel>();
        for (int i = 0; i < HostLimits.STRANGERS_MAX; i++) {
            silent.add(connect());
        }
        assertNodeIsServed();

        // when
        try (var another = connect()) {
            another.configureBlocking(true);

            // then
            assertThat(isClosed(another)).isTrue();
        }
        assertNodeIsServed();
        for (var each : silent) {
            each.close();
        }
    }

    @Test
    void theNextLifeOfTheNodeTakesThePlaceOfTheOneBefore() throws IOException {
        // given
        host.leaves(KEY);

        // when
        try (var next = new Node(connect())) {
            var frames = next.greet(Frame.VERSION, SECRET);

            // then
            assertThat(frames.getFirst()).isEqualTo(new Frame.Known(List.of(KEY)));
            assertThat(node.readUntilClosed()).isEmpty();
            assertThat(host.detachments()).isEqualTo(1);
        }
    }

    @Test
    void itEndsWhenTheNodeIsGoneAndNothingRuns() throws IOException {
        // given a run
        host.keepsBusy();
        node.close();
        await().atMost(PATIENCE).until(() -> host.detachments() == 1);
        assertThat(served).isNotDone();

        // when
        host.isDone();

        // then
        assertThat(served).succeedsWithin(PATIENCE);
    }

    @Test
    void aNodeThatSaysFarewellIsToldWhenEverythingIsOver() throws IOException {
        // given a run
        host.keepsBusy();
        node.send(new Frame.Farewell());
        await().atMost(PATIENCE).until(() -> host.detachments() == 1);
        assertThat(served).isNotDone();

        // when
        host.isDone();

        // then
        assertThat(node.readUntilClosed()).isEmpty();
        assertThat(served).succeedsWithin(PATIENCE);
    }

    @Test
    void aNodeThatSaysFarewellDoesNotWaitForWhatOutlivesIt() throws IOException {
        // given a run that does not end
        host.keepsBusy();

        // when
        node.send(new Frame.Farewell());

        // then
        assertThat(node.readUntilClosed()).isEmpty();
        assertThat(served).isNotDone();
    }

    @Test
    void outputThatTheNodeDoesNotTakeIsBounded() throws IOException {
        // given more runs than the bound has room for, each of which writes as much as it can
        int runs = 500;
        for (int call = 1; call <= runs; call++) {
            node.send(new Frame.Adopt(call, new RunKey("default", "job" + call, 1, 1)));
        }
        await().atMost(PATIENCE).until(() -> {
            node.turn();
            return host.listeners().size() == runs;
        });

        // when
        long bytes = 0;
        for (var listener : host.listeners()) {
            var piece = listener.buffer();
            bytes += piece.byteSize();
            listener.output(LogStream.STDOUT, piece, () -> {});
        }

        // then
        assertThat(bytes).isBetween(3L * 1024 * 1024, HostLimits.OUTPUT_WAITING_BYTES_MAX + runs * 512L);
    }

    private void assertNodeIsServed() throws IOException {
        node.send(new Frame.Ping(7));
        assertThat(node.next()).isEqualTo(new Frame.Pong(7));
        assertThat(host.detachments()).isZero();
    }

    private SocketChannel connect() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(directory.resolve("socket")));
    }

    private static void write(SocketChannel channel, ByteBuffer bytes) {
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            // The server need not wait for the rest.
        }
    }

    private static boolean isClosed(SocketChannel channel) {
        try {
            return channel.read(ByteBuffer.allocate(1)) < 0;
        } catch (IOException e) {
            return true;
        }
    }

    /** The other end of a connection, on the thread of the test. */
    private static final class Node implements AutoCloseable {
        private final Selector selector;
        private final FrameLink<Frame.OfHost, Frame.OfNode> link;
        private final List<Frame.OfHost> heard = new ArrayList<>();

        Node(SocketChannel channel) throws IOException {
            selector = Selector.open();
            link = FrameLink.toHost(
                    channel, selector, (call, stream, bytes) -> Arena.ofAuto().allocate(bytes));
        }

        List<Frame.OfHost> greet(int version, byte[] secret) throws IOException {
            send(new Frame.Hello(version, secret));
            while (heard.isEmpty() || !(heard.getLast() instanceof Frame.Welcome)) {
                assertThat(turn()).isTrue();
            }
            var greeting = List.copyOf(heard);
            heard.clear();
            return greeting;
        }

        void send(Frame.OfNode frame) throws IOException {
            link.send(frame);
            link.write();
        }

        Frame.OfHost next() throws IOException {
            while (heard.isEmpty()) {
                assertThat(turn()).isTrue();
            }
            return heard.removeFirst();
        }

        List<Frame.OfHost> readUntilClosed() throws IOException {
            boolean isOpen = true;
            while (isOpen) {
                isOpen = turn();
            }
            return heard;
        }

        /** False if the server has closed the connection. */
        boolean turn() throws IOException {
            link.write();
            selector.select(100);
            selector.selectedKeys().clear();
            return link.read(heard::add);
        }

        @Override
        public void close() throws IOException {
            link.close();
            selector.close();
        }
    }
}
