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
     * @param command argument vector, at least one element unless there is a script; never passed through a shell unless
     *     the user names one
     * @param env variables added to the channel's; the node's own environment is never inherited
     * @param stdin text given on standard input, empty for none
     * @param workingDirectory existing directory, absent for a fresh one that is removed when the attempt ends
     * @param script what to run instead of a command; looked for when an attempt starts, on its node
     * @param terminal true to give it a terminal of 80 columns and 24 lines: stdout and stderr are then one stream
     * @param stripsAnsi true to take colours and other control sequences out of its output before it is stored
     */
    record Process(
            List<String> command,
            Map<String, String> env,
            String stdin,
            @Nullable String workingDirectory,
            @Nullable Script script,
            boolean terminal,
            boolean stripsAnsi)
            implements Work {
        public Process {
            command = List.copyOf(command);
            env = Map.copyOf(env);
        }

        public Process(List<String> command, Map<String, String> env, String stdin, @Nullable String workingDirectory) {
            this(command, env, stdin, workingDirectory, null, false, false);
        }

        /** The same for a script that was found, with the command that stands for it. */
        public Process found(List<String> foundCommand, String foundDirectory) {
            return new Process(foundCommand, env, stdin, foundDirectory, null, terminal, stripsAnsi);
        }

        @Override
        public JobKind kind() {
            return JobKind.PROCESS;
        }
    }

    /**
     * Something that can be started in a directory, by the name it is listed with there.
     *
     * @param directory absolute path
     */
    record Script(String name, String directory) {}

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
