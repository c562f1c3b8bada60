package io.millrace.host.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.millrace.contracts.log.LogStream;
import io.millrace.host.CommandsContract;
import io.millrace.host.HostLimits;
import io.millrace.host.HostUnderTest;
import io.millrace.host.LeasesContract;
import io.millrace.host.LimitsContract;
import io.millrace.host.OutputContract;
import io.millrace.host.OwnershipContract;
import io.millrace.host.ProcessHost;
import io.millrace.host.ProcessHostFixture;
import io.millrace.host.TreesContract;
import io.millrace.host.limits.CommonLimits;
import io.millrace.host.limits.ControlGroupUse;
import io.millrace.host.limits.SystemLimits;
import io.millrace.host.sandbox.ConfinementUse;
import io.millrace.host.sandbox.NetworkAccess;
import io.millrace.host.sandbox.ProcessUser;
import io.millrace.host.sandbox.Sandbox;
import io.millrace.host.sandbox.SandboxSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The host that has a companion do everything, with a companion of its own for each test. */
class RemoteProcessHostTest {
    private static final SandboxSettings UNCONFINED = new SandboxSettings(ProcessUser.OWN);
    private static final HostUnderTest REMOTE = new Remote(CommonLimits.NONE, UNCONFINED);

    private record Remote(CommonLimits limits, SandboxSettings sandbox) implements HostUnderTest {
        @Override
        public ProcessHost open(Path directory) throws IOException {
            return RemoteProcessHost.start(
                    new CompanionSettings(directory, ControlGroupUse.NONE, sandbox, limits, false), () -> {});
        }

        @Override
        public ProcessHost nextLife(ProcessHost before, Path directory) throws IOException {
            before.close();
            return open(directory);
        }
    }

    @Nested
    class Commands extends CommandsContract {
        Commands() {
            super(REMOTE);
        }
    }

    @Nested
    class Output extends OutputContract {
        Output() {
            super(REMOTE);
        }
    }

    @Nested
    class Trees extends TreesContract {
        Trees() {
            super(REMOTE);
        }
    }

    @Nested
    class Leases extends LeasesContract {
        Leases() {
            super(REMOTE);
        }
    }

    @Nested
    class Ownership extends OwnershipContract {
        Ownership() {
            super(REMOTE);
        }
    }

    @Nested
    class Limits extends LimitsContract {
        Limits() {
            super(new Remote(LIMITS, UNCONFINED));
        }
    }

    /** Limits that a companion can live with itself. */
    @Nested
    class InheritedLimits extends ProcessHostFixture {
        private static final CommonLimits LIMITS =
                new CommonLimits(HostLimits.HOST_OPEN_FILES_MIN, HostLimits.HOST_FILE_BYTES_MIN, 0, 0);

        InheritedLimits() {
            super(new Remote(LIMITS, UNCONFINED));
        }

        @Test
        void commandsHaveThemFromTheCompanion() throws IOException {
            // given
            var granted = SystemLimits.read();
            var companion = SystemLimits.parse(Files.readAllLines(Path.of("/proc", host.pid() + "", "limits")));

            // when
            var run = start(shell("ulimit -H -n; ulimit -H -f; ulimit -H -c"));

            // then
            assertThat(companion.fileBytes()).isEqualTo(HostLimits.HOST_FILE_BYTES_MIN);
            assertThat(run.ended().status().exitCode()).isZero();
            assertThat(run.text(LogStream.STDOUT).lines())
                    .containsExactly(
                            Long.toString(Math.min(granted.openFiles(), HostLimits.HOST_OPEN_FILES_MIN)),
                            Long.toString(HostLimits.HOST_FILE_BYTES_MIN / 512),
                            "0");
        }
    }

    /** Commands that are locked up outlive their node as others do. */
    @Nested
    class ConfinedOwnership extends OwnershipContract {
        private static final SandboxSettings CONFINED =
                new SandboxSettings(ProcessUser.OWN, ConfinementUse.BUBBLEWRAP, NetworkAccess.NODE, List.of());

        ConfinedOwnership() {
            super(new Remote(CommonLimits.NONE, CONFINED));
        }

        @BeforeAll
        static void whereBubblewrapWorks() {
            try {
                Sandbox.of(CONFINED);
            } catch (IOException e) {
                abort(e.getMessage());
            }
        }
    }
}
