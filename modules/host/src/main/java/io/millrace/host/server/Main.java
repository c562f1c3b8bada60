package io.millrace.host.server;

import io.millrace.host.ProcessHost;
import io.millrace.host.limits.CommonLimits;
import io.millrace.host.limits.ControlGroupUse;
import io.millrace.host.limits.ControlGroups;
import io.millrace.host.limits.InheritedLimits;
import io.millrace.host.protocol.HostDirectory;
import io.millrace.host.protocol.HostState;
import io.millrace.host.sandbox.ConfinementUse;
import io.millrace.host.sandbox.NetworkAccess;
import io.millrace.host.sandbox.ProcessUser;
import io.millrace.host.sandbox.Sandbox;
import io.millrace.host.sandbox.SandboxSettings;
import io.millrace.host.supervise.LocalProcessHost;
import io.millrace.host.system.LibC;
import io.millrace.host.system.Signals;
import io.millrace.host.tree.OtherChildren;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The companion's program. Its working directory is its own directory, below the data directory of the node; its arguments
 * are how it may use control groups, how commands are kept apart, what limits they have and which directories they do not
 * see. It ends when its node is gone and nothing runs any more that the node may take over.
 */
public final class Main {
    private static final Logger LOG = LoggerFactory.getLogger(Main.class);
    private static final int FAILED = 1;

    /** Arguments that are always there. */
    private static final int SETTINGS = 5;

    /**
     * Whoever stops a service sends these to all its processes at once. How the commands end is for the node to say; this
     * one goes when it is needed no more.
     */
    private static final List<Integer> ENDING_SIGNALS = List.of(Signals.HANG_UP, Signals.INTERRUPT, Signals.TERMINATE);

    private Main() {}

    public static void main(String[] arguments) throws IOException {
        Thread.setDefaultUncaughtExceptionHandler(Main::fail);
        ENDING_SIGNALS.forEach(LibC::ignore);
        var directory = new HostDirectory(Path.of("").toAbsolutePath());
        var use = ControlGroupUse.valueOf(arguments[0]);
        var isolation = new SandboxSettings(
                ProcessUser.parse(arguments[1]),
                ConfinementUse.valueOf(arguments[2]),
                NetworkAccess.valueOf(arguments[3]),
                Stream.of(arguments).skip(SETTINGS).map(Path::of).toList());
        var sandbox = Sandbox.of(isolation.hiding(directory.dataDirectory()));
        var limits = CommonLimits.parse(arguments[4]);
        var lock = directory.lockForHost();
        var groups = ControlGroups.find(directory.dataDirectory(), use);
        InheritedLimits.take(sandbox.hasOwnUsers() ? limits : limits.withoutProcesses());
        var local = LocalProcessHost.start(directory.path(), groups, OtherChildren.NONE, sandbox, limits);
        var secret = directory.newSecret();
        try (var server = new HostServer(bound(), secret, hosted(local, directory), new LogFile(directory.log()))) {
            directory.writeState(HostState.own());
            server.serve();
            local.close();
            LOG.info("No node and nothing to run: the process host ends");
            // Before the node is told, for it may start another at once.
            lock.acquiredBy().close();
        }
    }

    /** The address is relative: a whole path may be longer than an address can be. */
    private static ServerSocketChannel bound() throws IOException {
        var acceptor = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        var socket = HostDirectory.socketName();
        Files.deleteIfExists(socket);
        acceptor.bind(UnixDomainSocketAddress.of(socket));
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
        return acceptor;
    }

    private static HostServer.Hosted hosted(LocalProcessHost local, HostDirectory directory) {
        return new HostServer.Hosted() {
            @Override
            public ProcessHost host() {
                return local;
            }

            @Override
            public void detach() {
                local.detach();
            }

            @Override
            public boolean isIdle() {
                return local.underWay() == 0;
            }

            @Override
            public boolean isAwaitingNode() {
                // A node whose data was removed does not come back.
                return local.isAwaitingNode() && Files.exists(directory.path());
            }
        };
    }

    /** A host of which a thread is missing is none: the node starts another. */
    private static void fail(Thread thread, Throwable cause) {
        try {
            LOG.error("Thread {} failed; the process host ends", thread.getName(), cause);
        } finally {
            Runtime.getRuntime().halt(FAILED);
        }
    }
}
