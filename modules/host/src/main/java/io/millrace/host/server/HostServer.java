package io.millrace.host.server;

import io.millrace.host.HostLimits;
import io.millrace.host.ProcessHost;
import io.millrace.host.RunKey;
import io.millrace.host.protocol.Frame;
import io.millrace.host.protocol.FrameLink;
import io.millrace.host.protocol.ProtocolException;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the node in, and nobody else, and has the process host do what it asks. Everything happens on the thread that
 * calls {@link #serve}, which never waits for the other end of a connection.
 *
 * <p>There is one node. Whoever shows the secret takes the place of the one before, which has to be gone: a node holds a
 * lock on the directory for as long as it lives.
 */
final class HostServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HostServer.class);
    private static final int TURN_MILLIS_MAX = 500;
    private static final int FAREWELL_TURN_MILLIS = 5;
    private static final int KEYS_PER_FRAME_MAX = 1_000;

    private final ServerSocketChannel acceptor;
    private final byte[] secret;
    private final Hosted hosted;
    private final LogFile log;
    private final Selector selector;
    private final UserPrincipal owner;
    private final OutputBudget budget = new OutputBudget();
    private final Map<FrameLink<Frame.OfNode, Frame.OfHost>, Long> strangers = new HashMap<>();
    private @Nullable FrameLink<Frame.OfNode, Frame.OfHost> link;
    private @Nullable NodeConnection node;
    private long begunNanos = System.nanoTime();
    private boolean wasEverGreeted;
    private @Nullable Long farewellNanos;

    /** The process host, and what a server needs of it besides. */
    interface Hosted {
        ProcessHost host();

        /**
         * The node is gone: runs that do not survive it are ended, the others go on. Returns once no listener of that node
         * is called any more and no memory of theirs is read.
         */
        void detach();

        /** True if nothing runs. */
        boolean isIdle();

        /** True while a node that is gone may come back for what has ended meanwhile. */
        boolean isAwaitingNode();
    }

    /** @param acceptor bound already */
    HostServer(ServerSocketChannel acceptor, byte[] secret, Hosted hosted, LogFile log) throws IOException {
        this.acceptor = acceptor;
        this.secret = secret.clone();
        this.hosted = hosted;
        this.log = log;
        this.selector = Selector.open();
        this.owner = Files.getOwner(Path.of("/proc/self"));
        acceptor.configureBlocking(false);
        acceptor.register(selector, SelectionKey.OP_ACCEPT);
    }

    /**
     * Serves until there is no node and nothing runs any more. A node that has said farewell is still connected then, so
     * that it knows when everything is over: {@link #close}.
     */
    void serve() throws IOException {
        while (!isOver()) {
            writeAll();
            selector.select(this::onReady, farewellNanos == null ? TURN_MILLIS_MAX : FAREWELL_TURN_MILLIS);
            dismissStrangers();
            log.keepBounded();
            letGoOverdue();
        }
    }

    /** A host that was just started waits for its node a while. */
    private boolean isOver() {
        if (!strangers.isEmpty() || !hosted.isIdle()) {
            return false;
        }
        if (hosted.isAwaitingNode()) {
            return false;
        }
        if (link != null) {
            return farewellNanos != null;
        }
        return wasEverGreeted || System.nanoTime() - begunNanos > HostLimits.GREETING_MAX.toNanos();
    }

    private void writeAll() {
        var open = new ArrayList<>(strangers.keySet());
        if (link != null) {
            open.add(link);
        }
        for (var each : open) {
            try {
                each.write();
            } catch (IOException e) {
                drop(each, e);
            }
        }
    }

    private void onReady(SelectionKey key) {
        if (key.isAcceptable()) {
            accept();
            return;
        }
        @SuppressWarnings("unchecked") // nothing else is attached to a key of this selector
        var ready = (FrameLink<Frame.OfNode, Frame.OfHost>) key.attachment();
        try {
            if (key.isReadable() && !ready.read(frame -> onFrame(ready, frame))) {
                drop(ready, null);
            }
        } catch (IOException e) {
            drop(ready, e);
        }
    }

    /** An error of one connection, or of descriptors that are all in use, must not end the server. */
    private void accept() {
        try {
            var channel = acceptor.accept();
            if (channel == null) {
                return;
            }
            if (strangers.size() >= HostLimits.STRANGERS_MAX || !isOwner(channel)) {
                LOG.warn("A connection is refused: it is not of the user of this process, or too many wait already");
                channel.close();
                return;
            }
            strangers.put(FrameLink.toNode(channel, selector), System.nanoTime());
        } catch (IOException e) {
            LOG.warn("A connection could not be accepted", e);
        }
    }

    private boolean isOwner(SocketChannel channel) throws IOException {
        return channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user().equals(owner);
    }

    private void onFrame(FrameLink<Frame.OfNode, Frame.OfHost> from, Frame.OfNode frame) throws ProtocolException {
        if (from == link && node != null) {
            node.onFrame(frame);
            if (node.isLettingGo()) {
                onFarewell();
            }
        } else if (frame instanceof Frame.Hello hello && strangers.containsKey(from)) {
            onHello(from, hello);
        } else {
            throw new ProtocolException("Not greeted yet");
        }
    }

    private void onHello(FrameLink<Frame.OfNode, Frame.OfHost> from, Frame.Hello hello) throws ProtocolException {
        if (hello.version() != Frame.VERSION) {
            throw new ProtocolException("A node of protocol version " + hello.version() + ", this is " + Frame.VERSION);
        }
        if (!MessageDigest.isEqual(hello.secret(), secret)) {
            throw new ProtocolException("The wrong secret");
        }
        from.trust();
        strangers.remove(from);
        letGo();
        link = from;
        wasEverGreeted = true;
        welcome(from);
    }

    private void welcome(FrameLink<Frame.OfNode, Frame.OfHost> to) {
        var host = hosted.host();
        node = new NodeConnection(to, host, budget);
        List<RunKey> known = host.inherited();
        for (int from = 0; from < known.size(); from += KEYS_PER_FRAME_MAX) {
            to.send(new Frame.Known(known.subList(from, Math.min(known.size(), from + KEYS_PER_FRAME_MAX))));
        }
        to.send(new Frame.Welcome(Frame.VERSION, System.nanoTime(), host.enforcement()));
        LOG.info("A node is here; {} runs are left of an earlier one", known.size());
    }

    /** A stranger that says nothing must not keep a place. */
    private void dismissStrangers() {
        long now = System.nanoTime();
        for (var stranger : Map.copyOf(strangers).entrySet()) {
            if (now - stranger.getValue() > HostLimits.GREETING_MAX.toNanos()) {
                drop(stranger.getKey(), new ProtocolException("No greeting"));
            }
        }
    }

    /** Ends a connection, and nothing else. One that was ended by what came in over it is no more. */
    private void drop(FrameLink<Frame.OfNode, Frame.OfHost> lost, @Nullable IOException why) {
        if (lost != link && !strangers.containsKey(lost)) {
            return;
        }
        if (why != null) {
            LOG.warn("A connection is ended: {}", why.getMessage());
        }
        if (lost == link) {
            letGo();
        } else {
            strangers.remove(lost);
            close(lost);
        }
    }

    /** What does not outlive the node has a moment to end before the node is told. */
    private void onFarewell() {
        farewellNanos = System.nanoTime();
        hosted.detach();
    }

    private void letGoOverdue() {
        boolean isOverdue =
                farewellNanos != null && System.nanoTime() - farewellNanos > HostLimits.FAREWELL_MAX.toNanos();
        if (isOverdue || farewellNanos != null && hosted.isIdle() && hosted.isAwaitingNode()) {
            letGo();
        }
    }

    private void letGo() {
        var lost = link;
        if (lost == null) {
            return;
        }
        var gone = node;
        link = null;
        node = null;
        farewellNanos = null;
        LOG.info("The node is gone");
        hosted.detach();
        close(lost);
        if (gone != null) {
            gone.release();
        }
    }

    /** Nobody is let in any more, and the node is told by the end of its connection that all is over. */
    @Override
    public void close() throws IOException {
        acceptor.close();
        for (var stranger : strangers.keySet()) {
            close(stranger);
        }
        if (link != null) {
            close(link);
        }
        selector.close();
    }

    private static void close(FrameLink<Frame.OfNode, Frame.OfHost> link) {
        try {
            link.close();
        } catch (IOException e) {
            LOG.warn("A connection could not be closed", e);
        }
    }
}
