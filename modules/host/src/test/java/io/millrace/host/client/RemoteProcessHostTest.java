package io.millrace.host.client;

import io.millrace.host.CommandsContract;
import io.millrace.host.HostUnderTest;
import io.millrace.host.LeasesContract;
import io.millrace.host.OutputContract;
import io.millrace.host.OwnershipContract;
import io.millrace.host.ProcessHost;
import io.millrace.host.TreesContract;
import io.millrace.host.limits.ControlGroupUse;
import io.millrace.host.sandbox.ProcessUser;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;

/** The host that has a companion do everything, with a companion of its own for each test. */
class RemoteProcessHostTest {
    private static final HostUnderTest REMOTE = new HostUnderTest() {
        @Override
        public ProcessHost open(Path directory) throws IOException {
            return RemoteProcessHost.start(
                    new CompanionSettings(directory, ControlGroupUse.NONE, ProcessUser.OWN, false), () -> {});
        }

        @Override
        public ProcessHost nextLife(ProcessHost before, Path directory) throws IOException {
            before.close();
            return open(directory);
        }
    };

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
}
