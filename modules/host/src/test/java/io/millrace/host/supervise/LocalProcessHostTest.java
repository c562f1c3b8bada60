package io.millrace.host.supervise;

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
import io.millrace.host.sandbox.ProcessUser;
import io.millrace.host.sandbox.Sandbox;
import io.millrace.host.tree.OtherChildren;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;

/** The host that starts commands itself, in the JVM of the test. */
class LocalProcessHostTest {
    private static final HostUnderTest LOCAL = new Local(CommonLimits.NONE);

    private record Local(CommonLimits limits) implements HostUnderTest {
        @Override
        public ProcessHost open(Path directory) throws IOException {
            return LocalProcessHost.start(
                    directory,
                    ControlGroups.none("this test has none"),
                    OtherChildren.POSSIBLE,
                    Sandbox.of(ProcessUser.OWN),
                    limits);
        }

        @Override
        public ProcessHost nextLife(ProcessHost before, Path directory) {
            ((LocalProcessHost) before).detach();
            return before;
        }
    }

    @Nested
    class Commands extends CommandsContract {
        Commands() {
            super(LOCAL);
        }
    }

    @Nested
    class Output extends OutputContract {
        Output() {
            super(LOCAL);
        }
    }

    @Nested
    class Trees extends TreesContract {
        Trees() {
            super(LOCAL);
        }
    }

    @Nested
    class Leases extends LeasesContract {
        Leases() {
            super(LOCAL);
        }
    }

    @Nested
    class Ownership extends OwnershipContract {
        Ownership() {
            super(LOCAL);
        }
    }

    @Nested
    class Limits extends LimitsContract {
        Limits() {
            super(new Local(LIMITS));
        }
    }
}
