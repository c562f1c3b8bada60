package io.millrace.host.supervise;

import static org.junit.jupiter.api.Assumptions.abort;

import io.millrace.host.CommandsContract;
import io.millrace.host.HostUnderTest;
import io.millrace.host.LeasesContract;
import io.millrace.host.LimitsContract;
import io.millrace.host.OutputContract;
import io.millrace.host.OwnershipContract;
import io.millrace.host.ProcessHost;
import io.millrace.host.TreesContract;
import io.millrace.host.limits.CommonLimits;
import io.millrace.host.limits.ControlGroups;
import io.millrace.host.sandbox.ConfinementUse;
import io.millrace.host.sandbox.NetworkAccess;
import io.millrace.host.sandbox.ProcessUser;
import io.millrace.host.sandbox.Sandbox;
import io.millrace.host.sandbox.SandboxSettings;
import io.millrace.host.system.ProcessTable;
import io.millrace.host.tree.OtherChildren;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;

/** The host that starts commands itself and locks each of them up, where bubblewrap works. */
class ConfinedProcessHostTest {
    private static final HostUnderTest CONFINED = new Confining(CommonLimits.NONE);

    private record Confining(CommonLimits limits) implements HostUnderTest {
        @Override
        public ProcessHost open(Path directory) throws IOException {
            var sandbox = confining(directory);
            return LocalProcessHost.start(
                    directory, ControlGroups.none("this test has none"), OtherChildren.POSSIBLE, sandbox, limits);
        }

        private static Sandbox confining(Path hidden) {
            try {
                return Sandbox.of(new SandboxSettings(
                        ProcessUser.OWN, ConfinementUse.BUBBLEWRAP, NetworkAccess.NODE, List.of(hidden)));
            } catch (IOException e) {
                return abort(e.getMessage());
            }
        }

        @Override
        public ProcessHost nextLife(ProcessHost before, Path directory) {
            ((LocalProcessHost) before).detach();
            return before;
        }

        /** Everything in the namespace of a command descends from its parent, the first process there. */
        @Override
        public int pidOnMachine(int command, int pidForCommand) {
            return ProcessTable.find(command).stream()
                    .flatMap(process -> descendants(process.parent()))
                    .filter(pid -> pidInNamespace(pid) == pidForCommand)
                    .findFirst()
                    .orElse(-1);
        }

        private static Stream<Integer> descendants(int pid) {
            return ProcessTable.childrenOf(pid).stream()
                    .flatMap(child -> Stream.concat(Stream.of(child), descendants(child)));
        }

        /** The last of the ids the kernel tells, from that on this machine to that in the innermost namespace. */
        private static int pidInNamespace(int pid) {
            try {
                return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                        .filter(line -> line.startsWith("NSpid:"))
                        .map(line -> Integer.valueOf(line.substring(line.lastIndexOf('\t') + 1)))
                        .findFirst()
                        .orElse(-1);
            } catch (IOException e) {
                return -1;
            }
        }
    }

    @Nested
    class Commands extends CommandsContract {
        Commands() {
            super(CONFINED);
        }
    }

    @Nested
    class Output extends OutputContract {
        Output() {
            super(CONFINED);
        }
    }

    @Nested
    class Trees extends TreesContract {
        Trees() {
            super(CONFINED);
        }
    }

    @Nested
    class Leases extends LeasesContract {
        Leases() {
            super(CONFINED);
        }
    }

    @Nested
    class Ownership extends OwnershipContract {
        Ownership() {
            super(CONFINED);
        }
    }

    @Nested
    class Limits extends LimitsContract {
        Limits() {
            super(new Confining(LIMITS));
        }
    }
}
