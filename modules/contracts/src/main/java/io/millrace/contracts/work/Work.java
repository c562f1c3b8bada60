package io.millrace.contracts.work;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a job does. Exactly one kind per job. */
public sealed interface Work {

    /** The kind this work belongs to. */
    JobKind kind();

    /**
     * An operating system command.
     *
     * @param command argument vector, at least one element; never passed through a shell unless the user names one
     * @param env variables added to the channel's; the node's own environment is never inherited
     * @param stdin text given on standard input, empty for none
     * @param workingDirectory existing directory, absent for a fresh one that is removed when the attempt ends
     */
    record Process(
            List<String> command,
            Map<String, String> env,
            String stdin,
            @Nullable String workingDirectory) implements Work {
        public Process {
            command = List.copyOf(command);
            env = Map.copyOf(env);
        }

        @Override
        public JobKind kind() {
            return JobKind.PROCESS;
        }
    }

    /**
     * Java code found by name through {@link io.millrace.contracts.handler.JobHandler}.
     *
     * @param name name of a handler known to the node
     * @param input JSON value as plain Java: map, list, string, number, boolean or null
     */
    record Handler(String name, @Nullable Object input) implements Work {
        @Override
        public JobKind kind() {
            return JobKind.HANDLER;
        }
    }
}
